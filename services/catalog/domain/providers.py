"""The rules of who may teach: accreditation of providers, qualification of instructors."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.catalog.domain.calendar import days_covered
from shared.errors import Conflict, Invalid

# Who may give courses (circular 200/51875, R-1389): the national training centre and its provincial offices, training
# units of agencies, and accredited centres.
KINDS = ("national_centre", "agency_unit", "accredited_centre")


def needs_accreditation(kind: str, course_type: str) -> bool:
    """Whether a provider of this kind must be accredited to give this type of course.

    Centres outside the state always (circular 200/51875); for induction everybody but the national centre needs the
    competence certificate of the Organisation (circular 98565).
    """
    if kind == "national_centre":
        return False
    return kind == "accredited_centre" or course_type == "induction"


def first_uncovered_day(
    accreditations: Iterable[Mapping[str, Any]], course_type: str, starts_on: date, ends_on: date
) -> date | None:
    """The first day of an offering on which no accreditation covers its type of course; None when all are covered.

    One accreditation may follow another without a gap. One that was withdrawn ends the day before.
    """
    periods = [
        (each["valid_from"], _last_day(each["valid_to"], each["withdrawn_on"]))
        for each in accreditations
        if not each["course_types"] or course_type in each["course_types"]
    ]
    return days_covered(periods, starts_on, ends_on)


def qualified(qualifications: Iterable[Mapping[str, Any]], course_code: str, course_type: str, day: date) -> bool:
    """Whether an instructor may teach a course on a day: qualified for the course itself or for its type."""
    fitting = [
        (each["valid_from"], _last_day(each["valid_to"], each["withdrawn_on"]))
        for each in qualifications
        if each["course_code"] == course_code or each["course_type"] == course_type
    ]
    return days_covered(fitting, day, day) is None


def _last_day(valid_to: date | None, withdrawn_on: date | None) -> date | None:
    ends = [] if valid_to is None else [valid_to]
    if withdrawn_on is not None:
        ends.append(date.fromordinal(withdrawn_on.toordinal() - 1))
    return min(ends, default=None)


def check_period(valid_from: date, valid_to: date | None) -> None:
    """Raise Invalid when something would end before it begins."""
    if valid_to is not None and valid_to < valid_from:
        raise Invalid.field("valid_to", "must not be before valid_from")


def check_withdrawal(record: Mapping[str, Any], withdrawn_on: date) -> None:
    """Raise unless what was granted can be withdrawn from this day on."""
    if record["withdrawn_on"] is not None:
        raise Conflict("already_withdrawn", f"It was withdrawn from {record['withdrawn_on']} on.")
    if withdrawn_on < record["valid_from"]:
        raise Invalid.field("withdrawn_on", "must not be before valid_from")


def check_qualification(course_code: str | None, course_type: str | None) -> None:
    """Raise Invalid unless a qualification is for one course or for one type of course."""
    if (course_code is None) == (course_type is None):
        raise Invalid.field("course_code", "must be given, or course_type, but not both")
