"""What enrollment says, built from the rows it is about. What a whole list has in common is put together once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.events import EnrollmentCompletedV1, EnrollmentConfirmedV1, EnrollmentFailedV1, LocalizedText


class Marked(NamedTuple):
    """An enrollment with its employee, and what was reported: hours, score, and how they miss the rule."""

    row: Any
    attended_hours: float
    score: float
    failures: list[str]


def confirmed(offering: Any, employee: Any, enrollment_id: UUID) -> EnrollmentConfirmedV1:
    return EnrollmentConfirmedV1(
        **_course(offering),
        enrollment_id=enrollment_id,
        employee_id=employee.id,
        agency_code=employee.agency_code,
        full_name=employee.full_name,
        delivery_mode=offering.delivery_mode,
        starts_on=offering.starts_on,
        ends_on=offering.ends_on,
    )


def completed(
    offering: Any, marked: Iterable[Marked], names: Mapping[str, LocalizedText], day: date, now: datetime
) -> Iterator[EnrollmentCompletedV1]:
    """`names` are those of the agencies by code, as the certificates will say them."""
    same = _course(offering) | {
        "provider_code": offering.agency_code,
        "provider_name": names[offering.agency_code],
        "course_version": offering.course_version,
        "course_type": offering.course_type,
        "delivery_mode": offering.delivery_mode,
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
        "refresh_every_months": offering.refresh_every_months,
        "completed_on": day,
        "completed_at": now,
    }
    for row, attended_hours, score, _failures in marked:
        yield EnrollmentCompletedV1(
            **same,
            enrollment_id=row.id,
            employee_id=row.employee_id,
            agency_code=row.agency_code,
            agency_name=names[row.agency_code],
            full_name=row.full_name,
            national_code=row.national_code,
            personnel_number=row.personnel_number,
            job_title=row.job_title,
            attended_hours=attended_hours,
            score=score,
        )


def failed(offering: Any, marked: Iterable[Marked]) -> Iterator[EnrollmentFailedV1]:
    same = _course(offering) | {"min_attendance": offering.min_attendance, "pass_mark": offering.pass_mark}
    for row, attended_hours, score, failures in marked:
        yield EnrollmentFailedV1(
            **same,
            enrollment_id=row.id,
            employee_id=row.employee_id,
            agency_code=row.agency_code,
            full_name=row.full_name,
            attended_hours=attended_hours,
            score=score,
            reasons=failures,  # type: ignore[arg-type]  # the rules speak plain text, the contract checks it
        )


def _course(offering: Any) -> dict[str, Any]:
    return {
        "offering_id": offering.id,
        "course_code": offering.course_code,
        "course_title": LocalizedText(**offering.course_title),
        "hours": offering.hours,
    }
