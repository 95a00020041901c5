"""Results are corrected, for a reason: before a completion, and after it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.enrollment.models import history
from shared.errors import Conflict, Invalid, NotFound
from shared.events import EnrollmentCompletedV1, EnrollmentFailedV1, ResultCorrectedV1


def decided(world: Any, attended_hours: float = 10, score: float = 90) -> str:
    offering_id = world.offering()
    enrollment_id = str(world.enroll(world.employee(), offering_id)["enrollment_id"])
    row = {"enrollment_id": enrollment_id, "attended_hours": attended_hours, "score": score}
    world.call("record_results", offering_id=offering_id, results=[row])
    return enrollment_id


def correct(world: Any, enrollment_id: str, attended_hours: float, score: float, **more: Any) -> Any:
    fields = {"roles": ("training_officer",), "attended_hours": attended_hours, "score": score, "reason": "ثبت نادرست"}
    return world.call("correct_result", enrollment_id=enrollment_id, **(fields | more))


def test_a_failure_that_was_none_completes_as_usual(world: Any) -> None:
    enrollment_id = decided(world, score=6)
    reply = correct(world, enrollment_id, 10, 60)
    assert reply == {"enrollment_id": enrollment_id, "before": "failed", "status": "completed"}
    (event,) = world.said(EnrollmentCompletedV1)
    assert (str(event.enrollment_id), event.score) == (enrollment_id, 60)
    assert world.said(ResultCorrectedV1) == []
    row = world.call("list_history", enrollment_id=enrollment_id)["items"][-1]
    assert (row["action"], row["before"], row["after"], row["reason"]) == (
        "correct",
        "failed",
        "completed",
        "ثبت نادرست",
    )
    assert row["details"] == {"before": {"attended_hours": 10, "score": 6}}


def test_other_numbers_of_a_completion_are_told_with_all_a_certificate_says(world: Any) -> None:
    enrollment_id = decided(world)
    (completed,) = world.said(EnrollmentCompletedV1)
    assert correct(world, enrollment_id, 9, 75)["status"] == "completed"
    (event,) = world.said(ResultCorrectedV1)
    same = set(EnrollmentCompletedV1.__struct_fields__) - {"attended_hours", "score"}
    assert {name: getattr(event, name) for name in same} == {name: getattr(completed, name) for name in same}
    assert (event.outcome, event.attended_hours, event.score) == ("completed", 9, 75)
    assert (event.before_attended_hours, event.before_score, event.reason) == (10, 90, "ثبت نادرست")
    assert len(world.said(EnrollmentCompletedV1)) == 1


def test_a_completion_that_was_none_fails_and_may_be_made_good_again(world: Any) -> None:
    enrollment_id = decided(world)
    assert correct(world, enrollment_id, 10, 59)["status"] == "failed"
    shown = world.call("get_enrollment", enrollment_id=enrollment_id)
    assert (shown["status"], shown["completed_on"], shown["completed_at"]) == ("failed", None, None)
    assert correct(world, enrollment_id, 10, 61)["status"] == "completed"
    first, second = world.said(ResultCorrectedV1)
    assert (first.outcome, second.outcome) == ("failed", "completed")
    assert first.corrected_at < second.corrected_at
    assert len(world.said(EnrollmentCompletedV1)) == 1
    assert world.said(EnrollmentFailedV1) == []


def test_a_completion_made_good_again_counts_from_the_day_it_had(world: Any) -> None:
    enrollment_id = decided(world)
    correct(world, enrollment_id, 10, 59)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        correct(world, enrollment_id, 10, 61)
    first, second = world.said(ResultCorrectedV1)
    assert first.completed_on == second.completed_on == world.today


def test_a_completion_of_before_the_history_is_corrected_too(world: Any) -> None:
    enrollment_id = decided(world)
    with world.harness.db.transaction() as tx:
        tx.execute(sa.delete(history))
    assert correct(world, enrollment_id, 10, 59)["status"] == "failed"
    assert correct(world, enrollment_id, 10, 61)["status"] == "completed"
    assert [event.outcome for event in world.said(ResultCorrectedV1)] == ["failed", "completed"]


def test_who_fails_by_other_numbers_is_told_again_and_by_another_name(world: Any) -> None:
    enrollment_id = decided(world, score=6)
    correct(world, enrollment_id, 10, 46)
    first, second = world.said(EnrollmentFailedV1)
    assert (first.move_id, first.score, second.score) == (None, 6, 46)
    assert second.move_id is not None


def test_who_had_completed_and_fails_by_other_numbers_is_told_those_too(world: Any) -> None:
    enrollment_id = decided(world)
    correct(world, enrollment_id, 10, 40)
    assert world.said(EnrollmentFailedV1) == []
    correct(world, enrollment_id, 10, 50)
    assert [event.score for event in world.said(EnrollmentFailedV1)] == [50]


def test_a_no_show_who_was_there_gets_a_result(world: Any) -> None:
    offering_id = world.offering(ends_on=world.today)
    enrollment_id = world.enroll(world.employee(), offering_id)["enrollment_id"]
    world.call("close_offering", offering_id=offering_id)
    assert correct(world, enrollment_id, 10, 80)["before"] == "no_show"
    assert len(world.said(EnrollmentCompletedV1)) == 1
    assert world.counters(offering_id) == (1, 0)


def test_corrections_that_correct_nothing_or_come_too_early_are_refused(world: Any) -> None:
    enrollment_id = decided(world)
    open_ = world.enroll(world.employee(), world.offering())["enrollment_id"]
    for one, hours, score, code in (
        (enrollment_id, 10, 90, "nothing_changes"),
        (enrollment_id, 10.5, 90, "too_many_hours"),
        (open_, 10, 90, "illegal_state"),
    ):
        with pytest.raises(Conflict) as refused:
            correct(world, one, hours, score)
        assert refused.value.code == code
    with pytest.raises(Invalid) as wrong:
        correct(world, enrollment_id, 9, 101, reason=" ")
    assert set(wrong.value.details["fields"]) == {"score", "reason"}
    for more, one in (({"agency": "AG-B"}, enrollment_id), ({}, str(uuid4()))):
        with pytest.raises(NotFound):
            correct(world, one, 9, 80, **more)
    assert world.said(ResultCorrectedV1) == []
