"""What happens around an application: hours are taken back, people leave, move, are merged and forgotten."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.enrollment.service.type2 import applications as type2
from shared.errors import Conflict, NotFound, TrainingError
from shared.events import Type2AwardedV1, Type2MovedV1
from shared.persian import jalali_year, jalali_year_bounds
from tests.integration.enrollment.type2 import (
    NATIONAL,
    REGISTRY,
    add_line,
    applicant,
    apply,
    awarded,
    lines_of,
    passed,
    review,
    sign,
    take_back,
    whole,
)


def revoke(world: Any, application_id: str) -> int:
    """As the news of a revoked certificate does."""
    award_id = UUID(whole(world, application_id)["award_id"])
    with world.harness.db.transaction() as tx:
        return type2.revoked(tx, [award_id], "گواهینامه باطل شد")


def test_what_is_taken_back_before_the_award_stops_the_second_signature(world: Any) -> None:
    employee_id = applicant(world)
    application_id = passed(world, employee_id)
    sign(world, application_id, "committee")
    (first, *_rest) = lines_of(world, employee_id)
    take_back(world, UUID(first["line_id"]))
    assert {each["code"] for each in whole(world, application_id)["missing"]} == {"counted_hours", "job_side_hours"}
    with pytest.raises(Conflict) as missing:
        sign(world, application_id, "organisation")
    assert missing.value.code == "not_eligible"
    assert whole(world, application_id)["state"] == "exam_passed"
    add_line(world, employee_id, jalali_year_bounds(jalali_year(world.today) - 1)[0], 80)
    assert sign(world, application_id, "organisation")["state"] == "awarded"


def test_what_is_taken_back_after_the_award_is_shown_and_takes_nothing_back(world: Any) -> None:
    employee_id = applicant(world)
    application_id = awarded(world, employee_id)
    line = lines_of(world, employee_id)[0]
    take_back(world, UUID(line["line_id"]))
    shown = whole(world, application_id)
    assert shown["state"] == "awarded"
    same = {"line_id": line["line_id"], "taken_hours": 80, "hours_now": 0}
    assert shown["differences"] == [{"cause": "taken_back", **same}]


def test_a_revoked_certificate_frees_the_hours_and_the_one_award(world: Any) -> None:
    employee_id = applicant(world)
    application_id = awarded(world, employee_id)
    assert (revoke(world, application_id), revoke(world, application_id)) == (1, 0)
    shown = whole(world, application_id)
    assert (shown["state"], shown["moves"][-1]["reason"]) == ("revoked", "گواهینامه باطل شد")
    assert world.said(Type2MovedV1)[-1].state == "awarded"
    again = awarded(world, employee_id)
    assert again != application_id
    assert len(world.said(Type2AwardedV1)) == 2


def test_who_leaves_has_no_application_any_more(world: Any) -> None:
    employee_id = applicant(world)
    application_id = passed(world, employee_id)
    with pytest.raises(Conflict) as running:
        world.call("erase_employee", employee_id=employee_id, reason="درخواست")
    assert running.value.details == {"type2_application": application_id, "state": "exam_passed"}
    world.call("end_employment", employee_id=employee_id, on=world.today - timedelta(days=1), reason="retired")
    assert world.said(Type2MovedV1)[-1].state == "withdrawn"
    with pytest.raises(Conflict) as left:
        apply(world, employee_id)
    assert [each["code"] for each in left.value.details["missing"]] == ["employed"]
    world.call("erase_employee", employee_id=employee_id, reason="درخواست")
    shown = whole(world, application_id)
    assert (shown["full_name"], {each["reason"] for each in shown["moves"]}) == (None, {None})


def test_an_application_moves_with_its_person(world: Any) -> None:
    person = world.person(education="دیپلم")
    employee_id = applicant(world, **person)
    done, running = passed(world, applicant(world)), passed(world, employee_id)
    sign(world, running, "committee")
    asked = {"agency_code": "AG-B", "personnel_number": "B-1", "effective_on": world.today, "reason": "انتقال"}
    transfer = world.call("transfer_employee", REGISTRY, "AG-B", national_code=person["national_code"], **asked)
    world.call("decide_transfer", transfer_id=transfer["transfer_id"], approve=True)
    assert whole(world, running, roles=REGISTRY, agency="AG-B")["agency_code"] == "AG-B"
    for application_id, agency in ((running, "AG-A"), (done, "AG-B")):
        with pytest.raises(NotFound):
            whole(world, application_id, roles=REGISTRY, agency=agency)
    # The certificate will be AG-B's, so what AG-A's committee signed is not enough.
    assert sign(world, running, "organisation")["state"] == "exam_passed"
    assert sign(world, running, "committee", agency="AG-B", system="desk-b")["state"] == "awarded"
    assert world.said(Type2AwardedV1)[0].agency_code == "AG-B"


def test_an_award_is_seen_by_the_agency_that_gave_it_and_by_the_next(world: Any) -> None:
    person = world.person(education="دیپلم")
    application_id = awarded(world, applicant(world, **person))
    asked = {"agency_code": "AG-B", "personnel_number": "B-1", "effective_on": world.today, "reason": "انتقال"}
    transfer = world.call("transfer_employee", REGISTRY, "AG-B", national_code=person["national_code"], **asked)
    world.call("decide_transfer", transfer_id=transfer["transfer_id"], approve=True)
    for agency in ("AG-A", "AG-B"):
        assert whole(world, application_id, roles=REGISTRY, agency=agency)["agency_code"] == "AG-A"
    with pytest.raises(NotFound):
        whole(world, application_id, roles=REGISTRY, agency="AG-C")


def test_a_merge_joins_applications_and_refuses_two_of_one_kind(world: Any) -> None:
    kept, duplicate = applicant(world), applicant(world)
    one, other = passed(world, kept), apply(world, duplicate)["application_id"]

    def merge() -> Any:
        return world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="یک نفر")

    with pytest.raises(Conflict) as both:
        merge()
    assert (both.value.code, both.value.details) == ("both_applied", {"applications": sorted([one, other])})
    world.call("withdraw_type2_application", application_id=other)
    merge()
    assert whole(world, other)["employee_id"] == kept
    sign(world, one, "committee")
    assert sign(world, one, "organisation")["state"] == "awarded"
    third = applicant(world)
    awarded(world, third)
    with pytest.raises(Conflict) as two:
        world.call("merge_employees", employee_id=kept, duplicate_id=third, reason="یک نفر")
    assert two.value.code == "both_awarded"


def test_two_at_once_decide_once(world: Any) -> None:
    application_id = apply(world, applicant(world))["application_id"]
    said = together(
        lambda: review(world, application_id, "accepted"),
        lambda: review(world, application_id, "refused", reason="مغایرت"),
    )
    assert sorted(said) in (["accepted", "illegal_state"], ["illegal_state", "refused"])
    assert len(world.said(Type2MovedV1)) == 2


def test_two_signatures_at_once_make_one_award(world: Any) -> None:
    application_id = passed(world, applicant(world))
    said = together(
        lambda: sign(world, application_id, "committee"), lambda: sign(world, application_id, "organisation")
    )
    assert sorted(said) == ["awarded", "exam_passed"]
    assert len(world.said(Type2AwardedV1)) == 1


def test_two_applications_at_once_are_one(world: Any) -> None:
    employee_id = applicant(world)
    assert together(*[lambda: apply(world, employee_id)] * 2) == ["applied"] * 2
    (one,) = world.call("list_type2_applications", NATIONAL, employee_id=employee_id)["items"]
    assert len(whole(world, one["application_id"])["moves"]) == 1


def together(*calls: Any) -> list[str]:
    """What came of calls that begin at one moment: the state, or the code of the error."""
    start, said = threading.Barrier(len(calls)), list[str]()

    def run(call: Any) -> None:
        start.wait(10)
        try:
            said.append(call()["state"])
        except TrainingError as error:
            said.append(error.code)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said
