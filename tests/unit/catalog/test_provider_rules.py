"""The rules of who may teach."""

from datetime import date
from typing import Any

import pytest

from services.catalog.domain import providers
from shared.errors import Conflict, Invalid

FIRST, LAST = date(2027, 1, 10), date(2027, 1, 12)


def granted(valid_from: date, valid_to: date | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "number": "1",
        "course_types": [],
        "valid_from": valid_from,
        "valid_to": valid_to,
        "withdrawn_on": None,
    } | changes


@pytest.mark.parametrize(
    ("kind", "course_type", "needed"),
    [
        ("national_centre", "induction", False),
        ("agency_unit", "job", False),
        ("agency_unit", "induction", True),
        ("accredited_centre", "job", True),
    ],
)
def test_who_needs_accreditation_for_what(kind: str, course_type: str, needed: bool) -> None:
    assert providers.needs_accreditation(kind, course_type) is needed


@pytest.mark.parametrize(
    ("accreditations", "uncovered"),
    [
        ([granted(FIRST, LAST)], None),
        ([granted(FIRST)], None),
        ([], FIRST),
        ([granted(FIRST, date(2027, 1, 11))], LAST),
        ([granted(date(2027, 1, 11))], FIRST),
        ([granted(FIRST, FIRST), granted(date(2027, 1, 11), LAST)], None),
        ([granted(FIRST, FIRST), granted(LAST)], date(2027, 1, 11)),
        ([granted(FIRST, withdrawn_on=LAST)], LAST),
        ([granted(FIRST, withdrawn_on=date(2027, 1, 13))], None),
        ([granted(FIRST, course_types=["cultural"])], FIRST),
        ([granted(FIRST, course_types=["cultural", "job"])], None),
    ],
)
def test_every_day_of_an_offering_is_covered_or_the_first_that_is_not_is_named(
    accreditations: list[dict[str, Any]], uncovered: date | None
) -> None:
    assert providers.first_uncovered_day(accreditations, "job", FIRST, LAST) == uncovered


BEFORE, AFTER = date(2027, 1, 1), date(2027, 2, 1)


@pytest.mark.parametrize(
    ("accreditations", "named"),
    [
        ([granted(BEFORE, number="A")], ("A", "2027-01-01", None)),
        ([granted(BEFORE, AFTER, number="A", withdrawn_on=date(2027, 1, 13))], ("A", "2027-01-01", "2027-01-12")),
        ([granted(BEFORE, FIRST, number="A"), granted(BEFORE, LAST, number="B")], ("B", "2027-01-01", "2027-01-12")),
        ([granted(BEFORE, FIRST, number="A"), granted(FIRST, number="B")], ("B", "2027-01-10", None)),
        (
            [granted(BEFORE, FIRST, number="A"), granted(date(2027, 1, 11), number="B")],
            ("A", "2027-01-01", "2027-01-10"),
        ),
        (
            [granted(BEFORE, number="A", course_types=["cultural"]), granted(FIRST, number="B")],
            ("B", "2027-01-10", None),
        ),
        ([granted(BEFORE, number="A", withdrawn_on=LAST)], None),
        ([], None),
    ],
)
def test_certificates_name_the_accreditation_that_held_on_the_days_of_the_course(
    accreditations: list[dict[str, Any]], named: tuple[str, str, str | None] | None
) -> None:
    found = providers.accreditation_named(accreditations, "job", FIRST, LAST)
    assert (tuple(found.values()) if found else None) == named


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({"course_code": "RD-01"}, True),
        ({"course_type": "job"}, True),
        ({"course_code": "RD-02"}, False),
        ({"course_type": "cultural"}, False),
        ({"course_code": "RD-01", "valid_to": date(2027, 1, 9)}, False),
        ({"course_code": "RD-01", "valid_to": FIRST}, True),
        ({"course_code": "RD-01", "withdrawn_on": FIRST}, False),
    ],
)
def test_an_instructor_teaches_what_they_are_qualified_for_on_that_day(changes: dict[str, Any], may: bool) -> None:
    record = granted(date(2026, 1, 1)) | {"course_code": None, "course_type": None} | changes
    assert providers.qualified([record], "RD-01", "job", FIRST) is may


def test_nothing_ends_before_it_begins() -> None:
    providers.check_period(FIRST, FIRST)
    with pytest.raises(Invalid):
        providers.check_period(LAST, FIRST)


def test_what_was_granted_is_withdrawn_once_and_not_before_it_began() -> None:
    providers.check_withdrawal(granted(FIRST), FIRST)
    with pytest.raises(Invalid):
        providers.check_withdrawal(granted(LAST), FIRST)
    with pytest.raises(Conflict):
        providers.check_withdrawal(granted(FIRST, withdrawn_on=LAST), LAST)


@pytest.mark.parametrize("both", [(None, None), ("RD-01", "job")])
def test_a_qualification_is_for_a_course_or_for_a_type(both: tuple[str | None, str | None]) -> None:
    with pytest.raises(Invalid):
        providers.check_qualification(*both)
