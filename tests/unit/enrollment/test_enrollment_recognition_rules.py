"""What others taught: its worth, and what does not fit."""

from datetime import date
from typing import Any

import pytest

from services.enrollment.domain.recognitions import lacks_permit, problems, worth
from shared.course_types import TYPE_NAMES, TYPES, with_todays_type

TODAY = date(2026, 11, 26)
GIVEN: dict[str, Any] = {
    "starts_on": date(2026, 11, 1),
    "ends_on": TODAY,
    "permit": None,
    "evidence": {"issued_on": None},
}


@pytest.mark.parametrize(
    ("kind", "amount", "per_unit", "hours"),
    [("course", 7.5, 99, 7.5), ("cme", 3, 2, 6), ("university", 2, 17, 34), ("university", 0.25, 17, 4.25)],
)
def test_an_amount_is_worth_hours(kind: str, amount: float, per_unit: float, hours: float) -> None:
    assert worth(kind, amount, per_unit) == hours


def test_the_last_day_is_today_at_the_latest_and_the_first_employment_at_the_earliest() -> None:
    assert problems(GIVEN, TODAY, TODAY) == {}
    assert list(problems(GIVEN, date(2026, 11, 25), None)) == ["ends_on"]
    assert list(problems(GIVEN, TODAY, date(2026, 11, 27))) == ["ends_on"]
    assert list(problems(GIVEN | {"starts_on": date(2026, 11, 27)}, TODAY, None)) == ["ends_on"]


def test_documents_are_of_their_time() -> None:
    early = {"evidence": {"issued_on": date(2026, 10, 31)}, "permit": {"issued_on": date(2026, 11, 27)}}
    assert sorted(problems(GIVEN | early, TODAY, None)) == ["evidence.issued_on", "permit.issued_on"]


def test_the_policy_says_what_needs_a_licence() -> None:
    assert lacks_permit("course", None, ["course"])
    assert not lacks_permit("course", {"number": "1"}, ["course"])
    assert not lacks_permit("cme", None, ["course"])


@pytest.mark.parametrize(
    ("said", "today"),
    [
        ("۱", "induction"),
        ("2", "job"),
        ("3", "job"),
        ("4-1", "cultural"),
        ("4-2", "general_ability"),
        ("4-3", "general_ability"),
        ("5", "managerial"),
        ("فناوری اطلاعات", "general_ability"),
        ("بهبود مديريت", "managerial"),
    ],
)
def test_types_of_1380_become_those_of_today_and_stay_beside_them(said: str, today: str) -> None:
    assert with_todays_type(said) == {"course_type": today, "original_type": said}
    assert with_todays_type(today) == {"course_type": today, "original_type": None}
    assert TYPES.keys() == TYPE_NAMES.keys()
