"""Hours with excuses, weighted assessments, sittings."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain.attendance import (
    Excuses,
    Sheet,
    attendance_refusal,
    may_still_pass,
    session_lengths,
    standing,
    to_sit_again,
)
from services.enrollment.domain.results import outcome

BEGIN = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
EXCUSES = Excuses({"sick_leave": "excused", "leave": "absent", "court": "attended"}, max_share=0.1)


@dataclass
class Course:
    hours: float = 10.0
    min_attendance: float = 0.8
    pass_mark: float = 60.0
    sessions: list[dict[str, Any]] = field(default_factory=list)
    assessments: list[dict[str, Any]] = field(default_factory=list)


def sessions(*lengths: float) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "starts_at": (BEGIN + timedelta(days=number)).isoformat(),
            "ends_at": (BEGIN + timedelta(days=number, hours=length)).isoformat(),
        }
        for number, length in enumerate(lengths, 1)
    ]


def parts(**weights: float) -> list[dict[str, Any]]:
    return [{"code": code, "weight": weight} for code, weight in weights.items()]


def test_an_offering_without_sessions_is_one_as_long_as_the_course() -> None:
    assert session_lengths(Course(hours=6)) == {1: 6}
    stands = standing(Course(hours=6), Sheet({1: (4.5, None)}), EXCUSES)
    assert (stands.attended_hours, stands.missing_sessions, stands.missing_assessments) == (4.5, (), ("exam",))


def test_hours_count_as_a_share_of_the_timetable() -> None:
    course = Course(hours=10, sessions=sessions(4, 4, 4))
    assert standing(course, Sheet({1: (4, None), 2: (4, None), 3: (4, None)}), EXCUSES).attended_hours == 10
    stands = standing(course, Sheet({1: (4, None), 2: (2, None)}), EXCUSES)
    assert (stands.attended_hours, stands.missing_sessions) == (5, (3,))


@pytest.mark.parametrize(
    ("excuse", "attended", "excused"),
    [("sick_leave", 9, 1), ("leave", 8, 0), ("court", 10, 0), (None, 8, 0), ("abolished", 8, 0)],
)
def test_excuses_count_as_their_kind_says_and_only_to_their_share(
    excuse: str | None, attended: float, excused: float
) -> None:
    course = Course(sessions=sessions(5, 5))
    stands = standing(course, Sheet({1: (5, None), 2: (3, excuse)}), EXCUSES)
    assert (stands.attended_hours, stands.excused_hours) == (attended, excused)


def test_weights_make_the_score_and_the_last_sitting_counts_unless_the_best_does() -> None:
    course = Course(assessments=parts(theory=0.6, practice=0.4))
    sheet = Sheet(scores={"theory": {0: 80.0, 1: 50.0}, "practice": {0: 70.0}})
    assert standing(course, sheet, EXCUSES).score == 58
    assert standing(course, sheet, EXCUSES, best_counts=True).score == 76
    assert standing(course, Sheet(scores={"theory": {0: 100.0}}), EXCUSES).missing_assessments == ("practice",)


def test_tenths_add_up_to_a_whole() -> None:
    course = Course(assessments=parts(a=0.1, b=0.2, c=0.7))
    stands = standing(course, Sheet(scores={code: {0: 60.0} for code in "abc"}), EXCUSES)
    assert stands.score == 60
    assert outcome(course, 10, stands.score, 0, False) == "completed"


@pytest.mark.parametrize("weight", [0.333, 0.3336])
def test_weights_that_are_not_quite_one_together_cost_and_give_nothing(weight: float) -> None:
    course = Course(assessments=parts(a=weight, b=weight, c=weight))
    for points in (60.0, 100.0):
        assert standing(course, Sheet(scores={code: {0: points} for code in "abc"}), EXCUSES).score == points


def test_a_session_that_became_shorter_makes_up_for_no_other() -> None:
    course = Course(hours=4, sessions=sessions(2, 2))
    assert standing(course, Sheet({1: (4, None), 2: (0, None)}), EXCUSES).attended_hours == 2


@pytest.mark.parametrize(
    ("recorded", "scores", "sitting", "left", "expected"),
    [
        ({1: (3.0, None)}, {}, 0, 0, True),
        ({1: (2.9, None)}, {}, 0, 0, False),
        ({}, {"theory": {0: 33.0}}, 0, 0, False),
        ({}, {"theory": {0: 34.0}}, 0, 0, True),
        ({}, {"theory": {0: 0.0}, "practice": {0: 0.0}}, 0, 1, True),
        ({}, {"theory": {0: 10.0}, "practice": {0: 70.0}}, 1, 0, True),
        ({}, {"theory": {0: 10.0, 1: 20.0}, "practice": {0: 40.0}}, 1, 0, False),
    ],
)
def test_whether_somebody_may_still_pass(recorded: Any, scores: Any, sitting: int, left: int, expected: bool) -> None:
    course = Course(sessions=sessions(5, 5), assessments=parts(theory=0.6, practice=0.4))
    assert may_still_pass(course, Sheet(recorded, scores), EXCUSES, sitting, left) is expected


def test_a_resit_is_of_what_was_below_the_pass_mark() -> None:
    course = Course(assessments=parts(theory=0.6, practice=0.4))
    first = {"theory": {0: 40.0}, "practice": {0: 70.0}}
    assert to_sit_again(course, Sheet(scores=first), 1) == ["theory"]
    assert to_sit_again(course, Sheet(scores=first | {"theory": {0: 40.0, 1: 45.0}}), 1) == []
    assert to_sit_again(course, Sheet(scores={"theory": {1: 45.0}}), 1) == ["practice"]


@pytest.mark.parametrize(
    ("hours", "score", "left", "form", "expected"),
    [
        (8, 60, 0, False, "completed"),
        (8, 60, 0, True, "awaiting_form"),
        (8, 59.9, 1, False, "resit"),
        (8, 59.9, 0, False, "failed"),
        (7.9, 59.9, 1, False, "failed"),
        (7.9, 100, 1, True, "failed"),
    ],
)
def test_what_becomes_of_a_result(hours: float, score: float, left: int, form: bool, expected: str) -> None:
    assert outcome(Course(), hours, score, left, form) == expected


@pytest.mark.parametrize(
    ("length", "hours", "excuse", "code"),
    [
        (None, 1, None, "session_not_found"),
        (2.0, 2.1, None, "too_many_hours"),
        (2.0, 1, "holiday", "unknown_excuse"),
    ],
)
def test_impossible_attendance_is_refused(length: float | None, hours: float, excuse: str | None, code: str) -> None:
    refused = attendance_refusal(length, hours, excuse, EXCUSES)
    assert refused is not None
    assert refused.code == code
    assert attendance_refusal(2.0, 2.0, "leave", EXCUSES) is None


lengths = st.lists(st.integers(1, 8), min_size=1, max_size=6)


@given(lengths=lengths, shares=st.lists(st.integers(0, 4), min_size=6, max_size=6), data=st.data())
def test_more_presence_never_counts_less_and_nobody_exceeds_the_course(
    lengths: list[int], shares: list[int], data: st.DataObject
) -> None:
    course = Course(hours=float(sum(lengths)), sessions=sessions(*lengths))
    kinds = data.draw(st.lists(st.sampled_from([None, *EXCUSES.counts]), min_size=6, max_size=6))
    sheet = {
        number: (length * share / 4, kind)
        for number, (length, share, kind) in enumerate(zip(lengths, shares, kinds, strict=False), 1)
    }
    before = standing(course, Sheet(sheet), EXCUSES)
    assert 0 <= before.excused_hours <= before.attended_hours <= course.hours
    more = {**sheet, 1: (float(lengths[0]), sheet[1][1])}
    assert standing(course, Sheet(more), EXCUSES).attended_hours >= before.attended_hours - 1e-6
