"""Forms after a course: who is asked, when, once; and the answers."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models import employees, enrollments, history, offerings
from services.enrollment.models.forms import form_answers, form_requests
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import EnrollmentCompletedV1, FormDueV1
from tests.integration.enrollment.forms import BEHAVIOUR, REACTION, RESULTS, forms_of, over, passed, taken

STAFF = ("agency_system",)


def open_forms(world: Any) -> list[Any]:
    """Run the timer; everybody who was asked so far."""
    world.harness.service.open_forms()
    return list(world.said(FormDueV1))


def set_row(world: Any, table: Any, row_id: str, **columns: Any) -> None:
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(table).where(table.c.id == UUID(row_id)).values(**columns))


def test_a_course_that_is_over_asks_everybody_in_it_once(world: Any) -> None:
    offering_id, (one, two, gone) = taken(world, 3, **over(world))
    world.call("withdraw", enrollment_id=gone, reason="بیماری")
    asked = open_forms(world)
    assert {str(event.enrollment_id) for event in asked} == {one, two}
    (first, _second) = asked
    assert (first.kind, first.agency_code, first.participant_name) == ("reaction", "AG-A", first.full_name)
    assert (first.due_on, first.certificate_waits) == (world.today + timedelta(days=14), False)
    assert (first.course_title.en, str(first.offering_id)) == ("Sample course", offering_id)
    assert len(open_forms(world)) == 2
    shown = world.call("list_forms", offering_id=offering_id, roles=STAFF)["items"]
    assert {form["enrollment_id"] for form in shown} == {one, two}
    assert (shown[0]["kind"], shown[0]["opened_on"]) == ("reaction", world.today.isoformat())


def test_on_its_last_day_a_course_is_not_over(world: Any) -> None:
    taken(world, 1, starts_on=world.today, ends_on=world.today)
    assert open_forms(world) == []


def test_a_course_that_ended_long_before_asks_nobody(world: Any) -> None:
    day = world.today - timedelta(days=31)
    taken(world, 1, starts_on=day, ends_on=day)
    assert open_forms(world) == []


def test_who_completes_before_the_last_day_is_asked_the_day_after_and_not_again_at_the_end(world: Any) -> None:
    offering_id, (early, late) = taken(world, 2)
    passed(world, offering_id, early)
    assert open_forms(world) == []
    set_row(world, enrollments, early, completed_at=datetime.now(UTC) - timedelta(days=1))
    assert [str(event.enrollment_id) for event in open_forms(world)] == [early]
    set_row(world, offerings, offering_id, ends_on=world.today - timedelta(days=1))
    assert [str(event.enrollment_id) for event in open_forms(world)] == [early, late]


def test_a_no_show_who_was_there_after_all_is_asked_the_day_after_the_correction(world: Any) -> None:
    offering_id, (absent, present) = taken(world, 2, **over(world))
    passed(world, offering_id, present)
    world.call("close_offering", offering_id=offering_id)
    assert [str(event.enrollment_id) for event in open_forms(world)] == [present]
    world.call("correct_result", enrollment_id=absent, attended_hours=10, score=80, reason="حاضر بود")
    assert len(open_forms(world)) == 1
    set_row(world, enrollments, absent, completed_at=datetime.now(UTC) - timedelta(days=1))
    assert [str(event.enrollment_id) for event in open_forms(world)] == [present, absent]
    assert len(open_forms(world)) == 2


def test_nobody_is_asked_who_left_or_was_erased(world: Any) -> None:
    offering_id, (one, two, three) = taken(world, 3, **over(world))
    people = world.call("list_enrollments", offering_id=offering_id)["items"]
    set_row(world, employees, people[0]["employee_id"], left_on=world.today)
    set_row(world, employees, people[1]["employee_id"], erased_at=datetime.now(UTC), full_name=None)
    assert [str(event.enrollment_id) for event in open_forms(world)] == [three]
    assert {one, two}.isdisjoint(form["enrollment_id"] for form in forms_of(world, offering_id))


def test_two_replicas_at_once_ask_once(world: Any) -> None:
    _offering, people = taken(world, 10, capacity=20, **over(world))
    threads = [threading.Thread(target=world.harness.service.open_forms) for _replica in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    open_forms(world)
    assert sorted(str(event.enrollment_id) for event in world.said(FormDueV1)) == sorted(people)


def test_a_long_list_is_asked_with_a_fixed_number_of_statements(world: Any) -> None:
    counts = []
    for count in (2, 30):
        taken(world, count, capacity=50, **over(world))
        with world.statements() as seen:
            open_forms(world)
            counts.append(len(seen))
    assert counts[0] == counts[1]


def after_90_days(world: Any, *, days: int = 90, supervised: bool = True) -> tuple[str, str]:
    """A completion of long ago: the enrollment and the supervisor."""
    employee_id, supervisor_id = world.employee(), world.employee()
    enrollment_id = world.complete(employee_id)
    at = datetime.now(UTC) - timedelta(days=days)
    set_row(world, enrollments, enrollment_id, completed_at=at, completed_on=at.date())
    if supervised:
        set_row(world, employees, employee_id, supervisor_id=UUID(supervisor_id))
    return enrollment_id, supervisor_id


def behaviour_asked(world: Any) -> list[Any]:
    return [event for event in open_forms(world) if event.kind == "behaviour"]


def test_the_supervisor_is_asked_after_90_days_and_once(world: Any) -> None:
    enrollment_id, supervisor_id = after_90_days(world)
    (event,) = behaviour_asked(world)
    assert (str(event.enrollment_id), str(event.employee_id)) == (enrollment_id, supervisor_id)
    assert event.participant_name != event.full_name
    assert len(behaviour_asked(world)) == 1
    (form,) = world.call("list_forms", respondent_id=supervisor_id, roles=STAFF)["items"]
    assert (form["kind"], form["full_name"]) == ("behaviour", event.participant_name)


@pytest.mark.parametrize("days", [89, 121])
def test_behaviour_is_asked_for_neither_early_nor_when_it_is_long_past(world: Any, days: int) -> None:
    after_90_days(world, days=days)
    assert behaviour_asked(world) == []


def test_without_a_supervisor_the_agency_answers_and_nobody_is_mailed(world: Any) -> None:
    enrollment_id, _nobody = after_90_days(world, supervised=False)
    assert behaviour_asked(world) == []
    (form,) = world.call("list_forms", kind="behaviour", roles=STAFF)["items"]
    assert (form["enrollment_id"], form["respondent_id"]) == (enrollment_id, None)
    world.call("submit_form", form_id=form["form_id"], answers=BEHAVIOUR, roles=STAFF)


@pytest.mark.parametrize("change", ["left_on", "erased_at", "merged_into"])
def test_a_supervisor_who_is_not_there_any_more_is_not_asked(world: Any, change: str) -> None:
    _enrollment, supervisor_id = after_90_days(world)
    values = {"left_on": world.today, "erased_at": datetime.now(UTC), "merged_into": UUID(world.employee())}
    set_row(world, employees, supervisor_id, **{change: values[change]})
    assert behaviour_asked(world) == []
    assert world.call("list_forms", kind="behaviour")["items"][0]["respondent_id"] is None


def asked(world: Any, **changes: Any) -> dict[str, Any]:
    """A reaction form that waits."""
    offering_id, _people = taken(world, 1, **over(world) | changes)
    open_forms(world)
    return dict(forms_of(world, offering_id)[0])


def test_a_form_shows_its_questions_in_both_languages(world: Any) -> None:
    form = world.call("get_form", form_id=asked(world)["form_id"], roles=STAFF)
    items = form["questionnaire"]["items"]
    assert (form["questionnaire"]["code"], len(items)) == ("REACTION", 10)
    assert all(item["text"]["fa"] and item["text"]["en"] for item in items)
    assert items[0]["labels"]["min"]["en"] == "I fully disagree"


def test_answers_are_kept_and_the_same_ones_again_answer_the_same(world: Any) -> None:
    form = asked(world)
    first = world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=STAFF)
    assert (first["late"], first["enrollment_status"]) == (False, "confirmed")
    again = world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=STAFF)
    assert again == first
    with pytest.raises(Conflict) as refused:
        world.call("submit_form", form_id=form["form_id"], answers=REACTION | {"overall": 1}, roles=STAFF)
    assert refused.value.code == "already_answered"
    assert forms_of(world, form["offering_id"], open_only=True) == []


def test_digits_and_half_spaces_are_normalised_and_kept(world: Any) -> None:
    form = asked(world)
    typed = REACTION | {"overall": "۵", "remarks": "  كتاب‌‌ها  را مي‌خوانيم ", "time": 3.0}
    world.call("submit_form", form_id=form["form_id"], answers=typed)
    with world.harness.db.reading() as tx:
        rows = tx.execute(sa.select(form_answers.c.item, form_answers.c.number, form_answers.c.text))
        kept = {row.item: row.number if row.text is None else row.text for row in rows}
    assert (kept["overall"], kept["time"], kept["remarks"]) == (5.0, 3.0, "کتاب‌ها را می‌خوانیم")
    again = typed | {"overall": 5, "remarks": "کتاب‌ها را می‌خوانیم"}
    assert world.call("submit_form", form_id=form["form_id"], answers=again)["late"] is False


def test_every_wrong_answer_is_named_and_nothing_is_kept(world: Any) -> None:
    form = asked(world)
    wrong = {**REACTION, "overall": 6, "time": 2.5, "place": True, "remarks": "x" * 1001, "another": 1}
    del wrong["materials"]
    with pytest.raises(Invalid) as refused:
        world.call("submit_form", form_id=form["form_id"], answers=wrong)
    assert refused.value.code == "invalid_answers"
    names = ("another", "materials", "overall", "place", "remarks", "time")
    assert sorted(refused.value.details["fields"]) == [f"answers.{name}" for name in names]
    assert len(forms_of(world, form["offering_id"], open_only=True)) == 1


def test_the_last_day_is_wholly_inside_and_late_answers_count(world: Any) -> None:
    today, yesterday = asked(world), asked(world)
    set_row(world, form_requests, today["form_id"], due_on=world.today)
    set_row(world, form_requests, yesterday["form_id"], due_on=world.today - timedelta(days=1))
    late = [world.call("submit_form", form_id=form["form_id"], answers=REACTION)["late"] for form in (today, yesterday)]
    assert late == [False, True]
    figures = world.call("effectiveness", course_code="RD-01")["reaction"]
    assert (figures["answered"], figures["late"]) == (2, 1)


def test_another_agency_finds_no_form_not_even_the_one_that_gives_the_course(world: Any) -> None:
    offering_id, _people = taken(world, 1, agency_code="AG-B", open_to="all", **over(world))
    open_forms(world)
    (form,) = forms_of(world, offering_id)
    for agency in ("AG-B", "AG-C"):
        assert world.call("list_forms", roles=STAFF, agency=agency)["items"] == []
        for method, more in (("get_form", {}), ("submit_form", {"answers": REACTION})):
            with pytest.raises(NotFound) as refused:
                world.call(method, form_id=form["form_id"], roles=STAFF, agency=agency, **more)
            assert refused.value.code == "form_not_found"
    with pytest.raises(Forbidden):
        world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=("auditor",))


def test_a_unit_without_a_system_of_its_own_answers_by_the_agency_above_it(world: Any) -> None:
    world.call("change_agency", code="AG-B", parent_code="AG-A")
    offering_id, _people = taken(world, 1, "AG-B", agency_code="AG-B", **over(world))
    open_forms(world)
    assert world.call("list_forms", STAFF, agency="AG-C", offering_id=offering_id)["items"] == []
    (form,) = world.call("list_forms", STAFF, agency="AG-A", offering_id=offering_id)["items"]
    fields = {"form_id": form["form_id"], "answers": REACTION}
    with pytest.raises(NotFound):
        world.call("submit_form", STAFF, agency="AG-C", **fields)
    assert world.call("submit_form", STAFF, agency="AG-A", **fields)["answered_at"]


def test_who_moves_to_another_agency_answers_there(world: Any) -> None:
    form = asked(world)
    set_row(world, employees, form["employee_id"], agency_code="AG-C")
    with pytest.raises(NotFound):
        world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=STAFF, agency="AG-A")
    assert world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=STAFF, agency="AG-C")


def test_no_reply_shows_anybody_s_answers(world: Any) -> None:
    form = asked(world)
    text = "این را کسی جز نویسنده نمی‌داند"
    replies = [
        world.call("submit_form", form_id=form["form_id"], answers=REACTION | {"remarks": text}),
        world.call("get_form", form_id=form["form_id"]),
        world.call("list_forms"),
        world.call("list_remarks", offering_id=form["offering_id"]),
        world.call("effectiveness", offering_id=form["offering_id"]),
    ]
    assert text not in str(replies)


def test_lists_of_forms_are_paged(world: Any) -> None:
    taken(world, 5, **over(world))
    open_forms(world)
    first = world.call("list_forms", limit=3)
    rest = world.call("list_forms", limit=3, cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)


def waits(world: Any, count: int = 1, **changes: Any) -> tuple[str, list[str]]:
    return taken(world, count, form_before_certificate=True, **changes)


def test_where_the_certificate_waits_for_the_form_the_answers_complete(world: Any) -> None:
    day = world.today - timedelta(days=2)
    offering_id, (enrollment_id,) = waits(world, starts_on=day, ends_on=day)
    row = {"enrollment_id": enrollment_id, "attended_hours": 9, "score": 77.5}
    reply = world.call("record_results", offering_id=offering_id, results=[row])
    assert reply == {"completed": 0, "awaiting_form": 1, "failed": 0, "rejected": []}
    assert (world.status(enrollment_id), world.said(EnrollmentCompletedV1)) == ("awaiting_form", [])
    (due,) = world.said(FormDueV1)
    assert due.certificate_waits
    assert forms_of(world, offering_id)[0]["certificate_waits"]
    before = datetime.now(UTC)
    reply = world.call("submit_form", form_id=due.form_id, answers=REACTION, roles=STAFF)
    assert reply["enrollment_status"] == "completed"
    (event,) = world.said(EnrollmentCompletedV1)
    assert (event.attended_hours, event.score, event.completed_on) == (9.0, 77.5, day)
    assert event.completed_at >= before
    shown = world.call("get_enrollment", enrollment_id=enrollment_id)
    assert (shown["completed_on"], shown["score"]) == (day.isoformat(), 77.5)
    assert world.counters(offering_id) == (1, 0)
    world.call("submit_form", form_id=due.form_id, answers=REACTION, roles=STAFF)
    assert len(world.said(EnrollmentCompletedV1)) == 1
    with world.harness.db.reading() as tx:
        steps = tx.execute(sa.select(history.c.action, history.c.before, history.c.after).order_by(history.c.id))
        moved = [tuple(step) for step in steps if step.after in ("awaiting_form", "completed")]
    assert moved[-2:] == [
        ("record_result", "confirmed", "awaiting_form"),
        ("submit_form", "awaiting_form", "completed"),
    ]


def test_who_answered_before_the_result_completes_with_it(world: Any) -> None:
    offering_id, (one, two) = waits(world, 2, **over(world))
    open_forms(world)
    form = next(form for form in forms_of(world, offering_id) if form["enrollment_id"] == one)
    assert world.call("submit_form", form_id=form["form_id"], answers=REACTION)["enrollment_status"] == "confirmed"
    rows = [{"enrollment_id": each, "attended_hours": 10, "score": 90} for each in (one, two)]
    reply = world.call("record_results", offering_id=offering_id, results=rows)
    assert (reply["completed"], reply["awaiting_form"]) == (1, 1)
    assert [str(event.enrollment_id) for event in world.said(EnrollmentCompletedV1)] == [one]
    assert len(world.said(FormDueV1)) == 2


def test_a_result_of_somebody_who_waits_for_the_form_is_not_recorded_again(world: Any) -> None:
    offering_id, (enrollment_id,) = waits(world)
    passed(world, offering_id, enrollment_id)
    (rejected,) = passed(world, offering_id, enrollment_id)["rejected"]
    assert (rejected["code"], world.status(enrollment_id)) == ("already_decided", "awaiting_form")


def test_who_fails_needs_no_form(world: Any) -> None:
    offering_id, (enrollment_id,) = waits(world)
    row = {"enrollment_id": enrollment_id, "attended_hours": 1, "score": 1}
    reply = world.call("record_results", offering_id=offering_id, results=[row])
    assert (reply["failed"], reply["awaiting_form"], world.said(FormDueV1)) == (1, 0, [])


def test_who_left_meanwhile_still_gets_the_certificate_by_the_agency(world: Any) -> None:
    offering_id, (enrollment_id,) = waits(world)
    employee_id = world.call("get_enrollment", enrollment_id=enrollment_id)["employee_id"]
    set_row(world, employees, employee_id, left_on=world.today)
    passed(world, offering_id, enrollment_id)
    (form,) = forms_of(world, offering_id)
    assert (form["respondent_id"], world.said(FormDueV1)) == (None, [])
    world.call("submit_form", form_id=form["form_id"], answers=REACTION, roles=STAFF)
    assert world.status(enrollment_id) == "completed"


def test_two_callers_at_once_complete_once(world: Any) -> None:
    offering_id, (enrollment_id,) = waits(world)
    passed(world, offering_id, enrollment_id)
    (form,) = forms_of(world, offering_id)
    outcomes = []

    def submit(overall: int) -> None:
        try:
            answers = REACTION | {"overall": overall}
            outcomes.append(world.call("submit_form", form_id=form["form_id"], answers=answers)["enrollment_status"])
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=submit, args=(number,)) for number in (1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_answered", "completed"]
    assert len(world.said(EnrollmentCompletedV1)) == 1


def test_many_who_wait_take_a_fixed_number_of_statements(world: Any) -> None:
    counts = []
    for count in (2, 40):
        offering_id, people = waits(world, count, capacity=100)
        rows = [{"enrollment_id": each, "attended_hours": 10, "score": 90} for each in people]
        with world.statements() as seen:
            world.call("record_results", offering_id=offering_id, results=rows)
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_an_agency_says_once_what_an_offering_brought_it(world: Any) -> None:
    offering_id, _people = taken(world, 1, agency_code="AG-B", open_to="all", **over(world))
    officer = {"roles": ("training_officer",), "offering_id": offering_id}
    first = world.call("submit_results_form", answers=RESULTS, **officer)
    assert world.call("submit_results_form", answers=RESULTS, **officer) == first
    with pytest.raises(Conflict) as refused:
        world.call("submit_results_form", answers=RESULTS | {"goals": 1}, **officer)
    assert refused.value.code == "already_answered"
    other = world.call("submit_results_form", answers=RESULTS, agency="AG-B", **officer)
    assert other["form_id"] != first["form_id"]
    for more, code in (({"agency": "AG-C"}, "offering_not_found"), ({"agency_code": "AG-B"}, "agency_not_found")):
        with pytest.raises(NotFound) as hidden:
            world.call("submit_results_form", answers=RESULTS, **officer | more)
        assert hidden.value.code == code


def test_results_are_asked_for_when_the_offering_is_over(world: Any) -> None:
    offering_id, _people = taken(world, 1)
    with pytest.raises(Conflict) as refused:
        world.call("submit_results_form", offering_id=offering_id, answers=RESULTS, roles=("training_officer",))
    assert refused.value.code == "offering_not_over"
