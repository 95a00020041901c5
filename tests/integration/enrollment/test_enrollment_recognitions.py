"""What others taught enters the record with evidence and a decision, and counts once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models.record import person_years
from shared.errors import Conflict, Invalid, NotFound

TITLE = "مدیریت\u200cپروژه"


def training(world: Any, **changes: Any) -> dict[str, Any]:
    """Arguments of a request: ten days ago, of one day, eight hours."""
    day = (world.today - timedelta(days=10)).isoformat()
    fields: dict[str, Any] = {
        "title": {"fa": TITLE},
        "kind": "course",
        "amount": 8,
        "course_type": "2",
        "provider_name": {"fa": "مرکز نمونه"},
        "starts_on": day,
        "ends_on": day,
        "permit": {"number": "۱۲/۳۴", "issued_on": day},
        "evidence": {"kind": "certificate", "number": "A-1", "issuer": "مرکز نمونه", "issued_on": day},
    }
    return fields | changes


def evidence(number: str) -> dict[str, Any]:
    return {"kind": "certificate", "number": number, "issuer": "مرکز نمونه"}


def ask(world: Any, person: str, **changes: Any) -> Any:
    given = {"roles": ("agency_system",), "system": "liaison"}
    return world.harness.call(
        "request_recognition",
        token_roles=given["roles"],
        system="liaison",
        employee_id=person,
        **training(world, **changes),
    )


def decide(world: Any, asked: Any, decision: str = "accepted", system: str = "committee", **more: Any) -> Any:
    said = {"minutes_number": "۷"} if decision == "accepted" else {"reason": "بی‌ارتباط با شغل"}
    return world.harness.call(
        "decide_recognition",
        token_roles=("training_officer",),
        system=system,
        recognition_id=asked["recognition_id"],
        decision=decision,
        **(said | more),
    )


def record(world: Any, person: str) -> Any:
    return world.call("get_training_record", employee_id=person)


def test_what_is_accepted_is_a_line_with_its_evidence_and_may_be_taken_back(world: Any) -> None:
    person = world.employee(hired_on="2010-01-01")
    asked = ask(world, person)
    assert (asked["status"], asked["hours_asked"], asked["original_type"], asked["course_type"]) == (
        "requested",
        8,
        "2",
        "job",
    )
    assert ask(world, person)["recognition_id"] == asked["recognition_id"]
    assert record(world, person)["lines"] == []
    with pytest.raises(Conflict, match="decided_by_asker"):
        decide(world, asked, system="liaison")
    with pytest.raises(Conflict, match="too_many_hours"):
        decide(world, asked, hours=9)
    done = decide(world, asked, hours=6, course_type="managerial")
    assert (done["status"], done["hours"], done["counted"], done["minutes_number"]) == ("accepted", 6, True, "۷")
    assert decide(world, asked, hours=6)["status"] == "accepted"
    with pytest.raises(Conflict, match="recognition_decided"):
        decide(world, asked, "refused")
    shown = record(world, person)
    (line,) = shown["lines"]
    assert (line["source"], line["hours"], line["course_type"], line["original_type"]) == (
        "recognised",
        6,
        "managerial",
        "2",
    )
    assert (line["course_title"]["fa"], line["permit_number"], line["agency_code"]) == (TITLE, "۱۲/۳۴", "AG-A")
    assert "A-1" in line["evidence"]
    for _time in range(2):
        back = world.call("reverse_recognition", recognition_id=asked["recognition_id"], reason="سند جعلی بود")
    assert back["status"] == "reversed"
    shown = record(world, person)
    assert (shown["lines"], [row["reason"] for row in shown["corrections"]]) == ([], ["سند جعلی بود"])
    assert ask(world, person)["status"] == "requested"


def test_points_and_units_become_hours_by_policies_that_are_named(world: Any) -> None:
    person = world.employee()
    points = ask(world, person, kind="cme", amount=5, permit=None)
    assert points["hours_asked"] == 10
    assert [(each["key"], each["basis"]) for each in points["policies"]] == [("hours_per_cme_point", "provincial_rule")]
    other = {"evidence": evidence("A-2"), "permit": None, "title": {"fa": "آمار"}}
    units = ask(world, person, kind="university", amount=2, **other)
    assert units["hours_asked"] == 34
    assert decide(world, points)["hours"] == 10
    with pytest.raises(Conflict, match="permit_missing"):
        decide(world, units)
    assert decide(world, units, permit={"number": "55"})["permit"] == {"number": "55"}


def test_the_same_training_counts_once_however_it_came_in(world: Any) -> None:
    person = world.employee()
    own = world.complete(person)
    day = world.today.isoformat()
    by_code = ask(world, person, course_code="RD-01")
    by_title = ask(world, person, evidence=evidence("A-2"), title={"fa": "دوره نمونه"}, starts_on=day, ends_on=day)
    other = ask(world, person, evidence=evidence("A-3"), title={"fa": "دوره دیگر"}, starts_on=day, ends_on=day)
    assert [each["same_as"] for each in (by_code, by_title, other)] == [own, own, None]
    assert [decide(world, each)["counted"] for each in (by_code, by_title, other)] == [False, False, True]
    lines = record(world, person)["lines"]
    assert sorted((line["source"], line["counts"]) for line in lines) == [
        ("own", True),
        ("recognised", False),
        ("recognised", False),
        ("recognised", True),
    ]
    result = {"attended_hours": 10, "score": 1, "reason": "ثبت نادرست"}
    world.call("correct_result", enrollment_id=own, **result)
    counted = [line["line_id"] for line in record(world, person)["lines"] if line["counts"]]
    assert by_code["recognition_id"] in counted
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.sum(person_years.c.lines))) == len(counted)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": "2999-01-01"}, "ends_on"),
        ({"starts_on": "2020-01-02", "ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "2009-01-01", "ends_on": "2009-12-31"}, "ends_on"),
        ({"course_type": "عمومی"}, "course_type"),
        ({"amount": 0}, "amount"),
        ({"evidence": {"kind": "certificate", "number": "--", "issuer": "x"}}, "evidence.number"),
        ({"evidence": {"kind": "certificate", "number": "1", "issuer": "x", "sha256": "zz"}}, "evidence.sha256"),
    ],
)
def test_what_does_not_fit_is_named(world: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(world, world.employee(hired_on="2010-01-01"), **changes)
    assert list(refused.value.details["fields"]) == [field]


def test_a_list_is_taken_row_by_row_and_may_be_sent_again(world: Any) -> None:
    people = [world.call("get_employee", employee_id=person) for person in world.employees(3)]
    other = world.call("get_employee", employee_id=world.employee(agency_code="AG-B"))
    rows = [
        training(world, national_code=people[0]["national_code"]),
        training(world, personnel_number=people[1]["personnel_number"]),
        training(world, employee_id=people[2]["employee_id"], amount="many"),
        training(world, employee_id=other["employee_id"]),
        training(world),
        training(world, national_code=people[0]["national_code"], amount=3),
    ]

    def send(dry_run: bool = False) -> Any:
        return world.call("request_recognitions", agency_code="AG-A", rows=rows, dry_run=dry_run)

    tried = send(dry_run=True)
    assert (tried["requested"], world.call("list_recognitions")["items"]) == (2, [])
    sent = send()
    assert [row["outcome"] for row in sent["rows"]] == ["requested", "requested", *["refused"] * 4]
    assert [list(row["reasons"] or ()) for row in sent["rows"]] == [
        [],
        [],
        ["amount"],
        ["employee_id"],
        ["employee_id"],
        ["evidence.number"],
    ]
    again = send()
    assert [row["outcome"] for row in again["rows"]] == ["exists", "exists", *["refused"] * 4]
    assert again["rows"][0]["recognition_id"] == sent["rows"][0]["recognition_id"]
    listed = world.call("list_recognitions", agency_code="AG-A", status="requested", limit=1)
    assert (len(listed["items"]), listed["next"] is not None) == (1, True)


def test_another_agency_finds_nothing(world: Any) -> None:
    asked = ask(world, world.employee())
    strange = {"roles": ("training_officer",), "agency": "AG-B"}
    for method, more in (
        ("get_recognition", {}),
        ("withdraw_recognition", {"reason": "x"}),
        ("reverse_recognition", {"reason": "x"}),
        ("decide_recognition", {"decision": "refused", "reason": "x"}),
    ):
        with pytest.raises(NotFound, match="recognition_not_found"):
            world.call(method, recognition_id=asked["recognition_id"], **more, **strange)
    assert world.call("list_recognitions", **strange)["items"] == []
    with pytest.raises(NotFound, match="agency_not_found"):
        world.call("request_recognitions", agency_code="AG-A", rows=[training(world)], **strange)


def test_two_who_decide_at_once_come_to_one_decision(world: Any) -> None:
    asked = ask(world, world.employee())
    outcomes: list[str] = []

    def decided(decision: str) -> None:
        try:
            outcomes.append(decide(world, asked, decision, system=decision)["status"])
        except Conflict as refused:
            outcomes.append(refused.code)

    both = [threading.Thread(target=decided, args=(decision,)) for decision in ("accepted", "refused")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(outcomes) in (["accepted", "recognition_decided"], ["recognition_decided", "refused"])


def test_merged_people_have_one_record_and_erased_ones_keep_theirs(world: Any) -> None:
    kept, duplicate = world.employees(2)
    for person in (kept, duplicate):
        decide(world, ask(world, person))
    world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="ثبت دوباره")
    assert sorted(line["counts"] for line in record(world, kept)["lines"]) == [False, True]
    waiting = ask(world, kept, evidence=evidence("A-9"))
    world.call("erase_employee", employee_id=kept, reason="درخواست خود شخص")
    shown = world.call("get_recognition", recognition_id=waiting["recognition_id"])
    assert (shown["status"], shown["evidence"]) == ("withdrawn", {})
    with pytest.raises(Conflict, match="employee_erased"):
        decide(world, waiting)
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.sum(person_years.c.job_hours))) == 8
