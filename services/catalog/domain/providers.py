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
    periods = [_period(each) for each in accreditations if _is_for(each, course_type)]
    return days_covered(periods, starts_on, ends_on)


def accreditation_named(
    accreditations: Iterable[Mapping[str, Any]], course_type: str, starts_on: date, ends_on: date
) -> dict[str, Any] | None:
    """The accreditation that certificates of an offering name; None unless its days are all covered.

    One that holds on all of the days; where one follows another in between, the one under which the course began. Of
    several that do, the one that began first. Given as it is stored: `number`, and the days as ISO text.
    """
    fitting = [each for each in accreditations if _is_for(each, course_type)]
    if first_uncovered_day(fitting, course_type, starts_on, ends_on) is not None:
        return None
    began = [each for each in fitting if days_covered([_period(each)], starts_on, starts_on) is None]
    lasting = [each for each in began if days_covered([_period(each)], starts_on, ends_on) is None]
    named = min(lasting or began, key=lambda each: each["valid_from"])
    first, last = _period(named)
    return {"number": named["number"], "valid_from": first.isoformat(), "valid_to": last and last.isoformat()}


def qualified(qualifications: Iterable[Mapping[str, Any]], course_code: str, course_type: str, day: date) -> bool:
    """Whether an instructor may teach a course on a day: qualified for the course itself or for its type."""
    fitting = [
        (each["valid_from"], _last_day(each["valid_to"], each["withdrawn_on"]))
        for each in qualifications
        if each["course_code"] == course_code or each["course_type"] == course_type
    ]
    return days_covered(fitting, day, day) is None


def _is_for(accreditation: Mapping[str, Any], course_type: str) -> bool:
    return not accreditation["course_types"] or course_type in accreditation["course_types"]


def _period(accreditation: Mapping[str, Any]) -> tuple[date, date | None]:
    return accreditation["valid_from"], _last_day(accreditation["valid_to"], accreditation["withdrawn_on"])


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
