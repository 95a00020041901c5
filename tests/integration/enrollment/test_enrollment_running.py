"""A course runs: attendance by session, assessments, resits, closing."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import (
    EnrollmentCompletedV1,
    EnrollmentFailedV1,
    EnrollmentLapsedV1,
    LocalizedText,
    ResitDueV1,
)
from shared.events.catalog import Assessment, CompletionRule, Session
from shared.persian import end_of_day

OFFICER = ("training_officer",)
TITLE = LocalizedText("بخش")
BOTH = [Assessment("theory", TITLE, 0.6), Assessment("practice", TITLE, 0.4)]


def course(world: Any, lengths: tuple[float, ...] = (5, 5), resits: int | None = 0, **changes: Any) -> str:
    """An offering of today with these sessions and two assessments."""
    meetings = meetings_of(world, *lengths)
    rule = CompletionRule(min_attendance=0.8, pass_mark=60.0, assessments=BOTH, resits=resits)
    fields = {"sessions": meetings, "completion_rule": rule, "ends_on": world.today, "capacity": 1000}
    return str(world.offering(**(fields | changes)))


def meetings_of(world: Any, *lengths: float) -> list[Session]:
    midnight = end_of_day(world.today - timedelta(days=1)) + timedelta(microseconds=1)
    return [
        Session(
            number=number,
            starts_at=midnight + timedelta(hours=6 * number),
            ends_at=midnight + timedelta(hours=6 * number + length),
        )
        for number, length in enumerate(lengths, 1)
    ]


def seats(world: Any, offering_id: str, count: int) -> list[str]:
    return [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(count)]


def attend(world: Any, offering_id: str, session: int, rows: dict[str, Any], **more: Any) -> Any:
    """`rows`: hours, or (hours, excuse), by enrollment."""
    sent = [
        {"enrollment_id": one, "hours": said[0], "excuse": said[1]}
        if isinstance(said, tuple)
        else {"enrollment_id": one, "hours": said}
        for one, said in rows.items()
    ]
    return world.call(
        "record_attendance", **({"roles": OFFICER, "offering_id": offering_id, "session": session, "rows": sent} | more)
    )


def score(world: Any, offering_id: str, assessment: str, rows: dict[str, float], **more: Any) -> Any:
    sent = [{"enrollment_id": one, "score": points} for one, points in rows.items()]
    fields = {"roles": OFFICER, "offering_id": offering_id, "assessment": assessment, "rows": sent}
    return world.call("record_assessment", **(fields | more))


def progress(world: Any, offering_id: str, enrollment_id: str) -> Any:
    (row,) = world.call("list_progress", OFFICER, offering_id=offering_id, enrollment_id=enrollment_id)["items"]
    return row


def test_a_result_follows_with_the_last_piece_and_not_before(world: Any) -> None:
    offering_id = course(world)
    good, bad = seats(world, offering_id, 2)
    attend(world, offering_id, 1, {good: 5, bad: 5})
    score(world, offering_id, "Theory", {good: 70, bad: 70})
    attend(world, offering_id, 2, {good: 3, bad: 2})
    assert [world.status(one) for one in (good, bad)] == ["confirmed", "confirmed"]
    row = progress(world, offering_id, good)
    assert (row["attended_hours"], row["score"], row["missing_sessions"]) == (8, 42, [])
    assert row["missing_assessments"] == ["practice"]
    reply = score(world, offering_id, "practice", {good: 45, bad: 45})
    assert (reply["recorded"], reply["decided"]) == (2, {"completed": 1, "failed": 1})
    (done,), (failed,) = world.said(EnrollmentCompletedV1), world.said(EnrollmentFailedV1)
    assert (str(done.enrollment_id), done.attended_hours, done.score) == (good, 8, 60)
    assert (str(failed.enrollment_id), failed.attended_hours, failed.reasons) == (bad, 7, ["attendance"])
    row = progress(world, offering_id, good)
    assert (row["status"], row["missing_assessments"], row["attended_hours"]) == ("completed", [], 8)
    assert row["assessments"] == [
        {"assessment": "practice", "scores": [45]},
        {"assessment": "theory", "scores": [70]},
    ]


def test_excuses_are_data_and_count_up_to_their_share(world: Any) -> None:
    kinds = world.call("list_excuse_kinds", ("agency_system",))
    counts = {kind["code"]: kind["counts"] for kind in kinds["items"]}
    assert (counts["sick_leave"], counts["official_mission"], kinds["max_excused_share"]) == ("excused", "absent", 0.1)
    offering_id = course(world)
    sick, away = seats(world, offering_id, 2)
    attend(world, offering_id, 1, {sick: 5, away: 5})
    attend(world, offering_id, 2, {sick: (2, "sick_leave"), away: (2, "official_mission")})
    rows = [progress(world, offering_id, one) for one in (sick, away)]
    assert [(row["attended_hours"], row["excused_hours"]) for row in rows] == [(8, 1), (7, 0)]
    assert rows[0]["sessions"][1] == {"session": 2, "hours": 2, "excuse": "sick_leave"}


def test_hours_may_be_set_right_while_the_course_runs_and_the_old_ones_stay_in_the_history(world: Any) -> None:
    offering_id = course(world)
    (one,) = seats(world, offering_id, 1)
    for hours in (5, 5, (1, "sick_leave")):
        attend(world, offering_id, 1, {one: hours})
    assert progress(world, offering_id, one)["sessions"] == [{"session": 1, "hours": 1, "excuse": "sick_leave"}]
    changes = [row for row in world.call("list_history", enrollment_id=one)["items"] if row["details"]]
    assert [row["details"] for row in changes] == [{"session": 1, "hours": 5, "excuse": None}]


def test_a_score_set_right_before_the_result_stays_in_the_history(world: Any) -> None:
    offering_id = course(world)
    (one,) = seats(world, offering_id, 1)
    for points in (40, 40, 45):
        score(world, offering_id, "theory", {one: points})
    assert progress(world, offering_id, one)["assessments"] == [{"assessment": "theory", "scores": [45]}]
    changes = [row["details"] for row in world.call("list_history", enrollment_id=one)["items"] if row["details"]]
    assert changes == [{"assessment": "theory", "sitting": 0, "score": 40}]


def test_a_course_is_judged_by_the_excuses_of_its_first_day(world: Any) -> None:
    began = world.today - timedelta(days=1)
    offering_id = course(world, starts_on=began)
    (one,) = seats(world, offering_id, 1)
    kinds = [{"code": "strike", "title": {"fa": "اعتصاب"}, "counts": "excused"}]
    told = {"source": "نمونه", "confidence": "policy_default", "reason": "آزمون", "effective_from": world.today}
    world.call("record_policy", key="excuse_kinds", value=kinds, **told)
    assert world.call("list_excuse_kinds")["items"] == kinds
    assert world.call("list_excuse_kinds", on=began)["items"] != kinds
    refused = attend(world, offering_id, 1, {one: (2, "strike")})["rejected"]
    assert [row["code"] for row in refused] == ["unknown_excuse"]
    attend(world, offering_id, 1, {one: (4, "sick_leave")})
    assert progress(world, offering_id, one)["excused_hours"] == 1


def test_a_course_of_before_all_policies_is_judged_by_the_first_ones(world: Any) -> None:
    offering_id = course(world, resits=None, starts_on=date(1999, 1, 1), ends_on=world.today)
    (one,) = seats(world, offering_id, 1)
    attend(world, offering_id, 1, {one: (4, "sick_leave")})
    assert progress(world, offering_id, one)["excused_hours"] == 1
    assert world.call("list_excuse_kinds", on=date(1999, 1, 1))["max_excused_share"] == 0.1


def test_a_session_that_is_not_held_any_more_is_not_waited_for(world: Any) -> None:
    opened = world.opened(ends_on=world.today, sessions=meetings_of(world, 5, 5))
    world.harness.deliver(opened)
    (one,) = seats(world, str(opened.offering_id), 1)
    attend(world, str(opened.offering_id), 2, {one: 5})
    left = meetings_of(world, 5)
    world.harness.deliver(world.changed(opened, 2, ["sessions"], sessions=left))
    with pytest.raises(NotFound) as gone:
        attend(world, str(opened.offering_id), 2, {one: 5})
    assert gone.value.code == "session_not_found"
    row = progress(world, str(opened.offering_id), one)
    assert (row["attended_hours"], row["missing_sessions"]) == (0, [1])


def test_who_cannot_pass_any_more_is_seen_before_the_end(world: Any) -> None:
    offering_id = course(world)
    fine, lost = seats(world, offering_id, 2)
    attend(world, offering_id, 1, {fine: 3, lost: 2})
    assert [progress(world, offering_id, one)["may_pass"] for one in (fine, lost)] == [True, False]
    attend(world, offering_id, 2, {fine: 5, lost: 5})
    for part in ("theory", "practice"):
        score(world, offering_id, part, {fine: 60, lost: 60})
    assert [progress(world, offering_id, one)["may_pass"] for one in (fine, lost)] == [True, False]


def test_rows_are_rejected_one_by_one_and_a_dry_run_writes_nothing(world: Any) -> None:
    offering_id = course(world)
    one, long, odd = seats(world, offering_id, 3)
    (gone,) = seats(world, offering_id, 1)
    world.call("withdraw", enrollment_id=gone, reason="بیماری")
    rows = {one: 5, long: 5.5, odd: (1, "holiday"), gone: 5, str(uuid4()): 1}
    expected = ["too_many_hours", "unknown_excuse", "withdrawn", "enrollment_not_found"]
    for dry_run in (True, False):
        reply = attend(world, offering_id, 1, rows, dry_run=dry_run)
        assert (reply["recorded"], [row["code"] for row in reply["rejected"]]) == (1, expected)
        assert len(progress(world, offering_id, one)["sessions"]) == (0 if dry_run else 1)
    twice = [{"enrollment_id": one, "score": 50}, {"enrollment_id": one, "score": 90}]
    reply = world.call("record_assessment", offering_id=offering_id, assessment="theory", rows=twice)
    assert [row["code"] for row in reply["rejected"]] == ["duplicate_row"]
    assert progress(world, offering_id, one)["assessments"] == [{"assessment": "theory", "scores": [50]}]


def test_what_the_course_does_not_have_is_named(world: Any) -> None:
    offering_id = course(world)
    (one,) = seats(world, offering_id, 1)
    with pytest.raises(NotFound) as unknown:
        attend(world, offering_id, 3, {one: 1})
    assert unknown.value.code == "session_not_found"
    with pytest.raises(Invalid) as wrong:
        score(world, offering_id, "exam", {one: 50})
    assert "theory, practice" in wrong.value.details["fields"]["assessment"][0]
    with pytest.raises(Invalid) as range_:
        score(world, offering_id, "theory", {one: 101})
    assert "rows[0].score" in range_.value.details["fields"]
    with pytest.raises(Forbidden):
        attend(world, offering_id, 1, {one: 1}, roles=("agency_system",))
    for call in (attend, score):
        with pytest.raises(NotFound):
            call(world, offering_id, 1 if call is attend else "theory", {one: 1}, agency="AG-B")


def test_who_misses_the_score_alone_sits_again_what_was_below_the_mark(world: Any) -> None:
    offering_id = course(world, resits=1)
    passes, fails, absent = seats(world, offering_id, 3)
    everybody = dict.fromkeys((passes, fails, absent))
    attend(world, offering_id, 1, dict.fromkeys(everybody, 5))
    attend(world, offering_id, 2, {passes: 5, fails: 5, absent: 0})
    score(world, offering_id, "practice", dict.fromkeys(everybody, 70))
    reply = score(world, offering_id, "theory", dict.fromkeys(everybody, 40))
    assert reply["decided"] == {"resit": 2, "failed": 1}
    assert [(str(event.enrollment_id), event.score, event.sittings_left) for event in world.said(ResitDueV1)] == [
        (passes, 52, 1),
        (fails, 52, 1),
    ]
    assert [str(event.enrollment_id) for event in world.said(EnrollmentFailedV1)] == [absent]
    reply = score(world, offering_id, "theory", {passes: 60, fails: 45})
    assert reply["decided"] == {"completed": 1, "failed": 1}
    assert progress(world, offering_id, fails)["resits_used"] == 1
    assert world.said(EnrollmentCompletedV1)[0].attended_hours == 10
    assert progress(world, offering_id, passes)["assessments"][1] == {"assessment": "theory", "scores": [40, 60]}
    assert world.counters(offering_id) == (3, 0)


def test_a_resit_keeps_the_hours_that_were_reported_as_a_whole(world: Any) -> None:
    offering_id = course(world, resits=1)
    (one,) = seats(world, offering_id, 1)
    attend(world, offering_id, 1, {one: 1})
    row = {"enrollment_id": one, "attended_hours": 9, "score": 10}
    assert world.call("record_results", offering_id=offering_id, results=[row])["resit"] == 1
    shown = progress(world, offering_id, one)
    assert (shown["attended_hours"], shown["score"], shown["missing_sessions"]) == (9, 10, [])
    assert (shown["missing_assessments"], shown["may_pass"]) == (["theory", "practice"], True)
    score(world, offering_id, "theory", {one: 70})
    assert score(world, offering_id, "practice", {one: 70})["decided"] == {"completed": 1}
    assert world.said(EnrollmentCompletedV1)[0].attended_hours == 9


def test_a_resit_may_be_reported_as_a_whole(world: Any) -> None:
    rule = CompletionRule(min_attendance=0.8, pass_mark=60.0, resits=2)
    offering_id = world.offering(completion_rule=rule)
    (one,) = seats(world, offering_id, 1)

    def record(points: float) -> Any:
        row = {"enrollment_id": one, "attended_hours": 9, "score": points}
        return world.call("record_results", offering_id=offering_id, results=[row])

    assert record(10) == {"completed": 0, "failed": 0, "rejected": [], "resit": 1}
    assert record(20)["resit"] == 1
    assert [event.sittings_left for event in world.said(ResitDueV1)] == [2, 1]
    assert record(30)["failed"] == 1
    assert record(90)["rejected"][0]["code"] == "already_decided"


def test_a_dry_run_of_results_says_what_would_happen(world: Any) -> None:
    offering_id = world.offering()
    (one,) = seats(world, offering_id, 1)
    row = {"enrollment_id": one, "attended_hours": 9, "score": 70}
    reply = world.call("record_results", offering_id=offering_id, results=[row], dry_run=True)
    assert (reply["completed"], world.status(one), world.said(EnrollmentCompletedV1)) == (1, "confirmed", [])


def test_closing_decides_the_rest(world: Any) -> None:
    offering_id = course(world, resits=1, waitlist_limit=5, capacity=5)
    done, partly, never, again, told = seats(world, offering_id, 5)
    (waits,) = seats(world, offering_id, 1)
    attend(world, offering_id, 1, {done: 5, partly: 5, again: 5, told: (0, "sick_leave")})
    attend(world, offering_id, 2, {done: 5, again: 5})
    score(world, offering_id, "practice", {done: 90, again: 90})
    score(world, offering_id, "theory", {done: 90, again: 10})
    expected = {"failed": 3, "no_show": 1}
    assert world.call("close_offering", OFFICER, offering_id=offering_id, dry_run=True)["decided"] == expected
    assert world.status(never) == "confirmed"
    reply = world.call("close_offering", OFFICER, offering_id=offering_id, reason="پایان دوره")
    assert reply["decided"] == expected
    last = world.call("list_history", enrollment_id=never)["items"][-1]
    assert (last["action"], last["after"], last["reason"]) == ("close", "no_show", "پایان دوره")
    assert reply["people"] == {"completed": 1, "failed": 3, "no_show": 1, "lapsed": 1}
    assert (world.status(never), world.status(again), world.status(waits)) == ("no_show", "failed", "lapsed")
    assert [event.state for event in world.said(EnrollmentLapsedV1)] == ["waitlisted"]
    failed = {str(event.enrollment_id): event for event in world.said(EnrollmentFailedV1)}
    assert set(failed) == {partly, never, again, told}
    assert (failed[never].no_show, failed[never].reasons, failed[never].attended_hours) == (True, ["attendance"], 0)
    assert (failed[partly].no_show, failed[partly].attended_hours) == (False, 5)
    assert failed[again].score == 42
    assert world.counters(offering_id) == (5, 0)
    assert world.call("close_offering", OFFICER, offering_id=offering_id) == reply
    assert len(world.said(EnrollmentFailedV1)) == 4
    with pytest.raises(Conflict) as refused:
        attend(world, offering_id, 1, {never: 5})
    assert refused.value.code == "offering_closed"


def test_who_passes_without_the_missing_session_completes_at_closing(world: Any) -> None:
    offering_id = course(world, lengths=(4, 4, 2))
    (one,) = seats(world, offering_id, 1)
    for session in (1, 2):
        attend(world, offering_id, session, {one: 4})
    for part in ("theory", "practice"):
        score(world, offering_id, part, {one: 60})
    assert world.status(one) == "confirmed"
    assert world.call("close_offering", offering_id=offering_id)["decided"] == {"completed": 1}


def test_only_a_course_that_is_over_is_closed_and_only_by_its_agency(world: Any) -> None:
    goes_on = world.offering(ends_on=world.today + timedelta(days=1))
    cancelled = world.offering(ends_on=world.today)
    world.cancel(cancelled)
    for offering_id, code in ((goes_on, "offering_not_over"), (cancelled, "offering_cancelled")):
        with pytest.raises(Conflict) as refused:
            world.call("close_offering", offering_id=offering_id)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        world.call("close_offering", OFFICER, agency="AG-B", offering_id=goes_on)
    assert world.call("close_offering", offering_id=world.offering(ends_on=world.today))["people"] == {}


def test_what_is_over_and_not_closed_is_listed(world: Any) -> None:
    yesterday = world.today - timedelta(days=1)
    past = {"starts_on": yesterday, "ends_on": yesterday}
    open_, _empty = world.offering(**past), world.offering(**past)
    seats(world, open_, 1)
    seats(world, world.offering(), 1)
    listed = world.call("list_unclosed", ("auditor",))["items"]
    assert [(row["offering_id"], row["ends_on"]) for row in listed] == [(open_, yesterday.isoformat())]
    assert world.call("list_unclosed", ("auditor",), agency="AG-B")["items"] == []
    with pytest.raises(NotFound):
        world.call("list_unclosed", ("auditor",), agency_code="AG-B")
    world.call("close_offering", offering_id=open_)
    assert world.call("list_unclosed")["items"] == []


def test_no_shows_are_remembered_at_the_next_door(world: Any) -> None:
    person = world.employee()
    for number in range(2):
        missed = world.offering(course_code=f"RD-1{number}", ends_on=world.today)
        assert world.enroll(person, missed)["status"] == "confirmed"
        world.call("close_offering", offering_id=missed)
    reply = world.enroll(person, world.offering(course_code="RD-20"))
    assert reply["status"] == "requested"
    (row,) = world.call("list_pending_decisions")["items"]
    assert (row["enrollment_id"], row["step"]) == (reply["enrollment_id"], "training_officer")


def test_a_thousand_people_take_as_many_statements_as_three(world: Any) -> None:
    counts = []
    for people in (3, 40):
        offering_id = course(world)
        ids = seats(world, offering_id, people)
        attend(world, offering_id, 1, dict.fromkeys(ids, 5))
        attend(world, offering_id, 2, dict.fromkeys(ids, 5))
        score(world, offering_id, "theory", dict.fromkeys(ids, 90))
        with world.statements() as statements:
            score(world, offering_id, "practice", dict.fromkeys(ids, 90))
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_closing_takes_as_many_statements_for_forty_as_for_four(world: Any) -> None:
    counts = []
    for people in (4, 40):
        offering_id = course(world)
        ids = seats(world, offering_id, people)
        for session in (1, 2):
            attend(world, offering_id, session, dict.fromkeys(ids[people // 2 :], 5))
        score(world, offering_id, "theory", dict.fromkeys(ids[people // 2 :], 100))
        with world.statements() as statements:
            reply = world.call("close_offering", offering_id=offering_id)
        assert reply["decided"] == {"completed": people // 2, "no_show": people // 2}
        counts.append(len(statements))
    assert counts[0] == counts[1]
