"""What enrollment says, built from the rows it is about. What a whole list has in common is put together once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec

from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
    FormDueV1,
    LocalizedText,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingDecidedV1,
    ProgrammeCompletedV1,
    ScheduleChangedV1,
)
from shared.events.catalog import Session


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
    """`names` are those of the agencies and of the provider by code, as the certificates will say them."""
    provider = provider_of(offering)
    same = _course(offering) | {
        "provider_code": provider,
        "provider_name": names[provider],
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


def cancelled(offering: Any, people: Iterable[Any], event: OfferingCancelledV1) -> Iterator[EnrollmentCancelledV1]:
    same = _course(offering) | {"starts_on": offering.starts_on, "ends_on": offering.ends_on}
    for row in people:
        yield EnrollmentCancelledV1(**same, **_person(row), state=row.status, cause=event.cause, reason=event.reason)


def schedule_changed(
    offering: Any, people: Iterable[Any], event: OfferingChangedV1, changed: list[str]
) -> Iterator[ScheduleChangedV1]:
    """`schedule_id` follows from the enrollment and the revision, so that told again it is the same."""
    same = _course(offering) | {
        "delivery_mode": offering.delivery_mode,
        "revision": event.revision,
        "changed": changed,
        "reason": event.reason,
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
        "sessions": msgspec.convert(offering.sessions, list[Session]),
    }
    for row in people:
        schedule_id = uuid5(row.enrollment_id, f"schedule {event.revision}")
        yield ScheduleChangedV1(**same, **_person(row), schedule_id=schedule_id, state=row.status)


def decided(offering: Any, formed: bool, now: datetime) -> OfferingDecidedV1:
    return OfferingDecidedV1(
        offering_id=offering.id,
        formed=formed,
        seats_taken=offering.seats_taken,
        min_seats=offering.min_seats,
        decided_at=now,
    )


def programme_completed(programme: Any, person: Any, completion: Mapping[str, Any]) -> ProgrammeCompletedV1:
    same = ("employee_id", "programme_code", "programme_version", "hours", "course_codes", "completed_on")
    return ProgrammeCompletedV1(
        **{name: completion[name] for name in same},
        completion_id=completion["id"],
        agency_code=person.agency_code,
        full_name=person.full_name,
        programme_title=LocalizedText(**programme.title),
        purpose=programme.purpose,
        completed_at=completion["completed_at"],
    )


def form_due(offering: Any, person: Any, respondent: Any, form: Mapping[str, Any]) -> FormDueV1:
    """`person` is the participant whom the form is about, `respondent` who is to answer it."""
    return FormDueV1(
        **_course(offering),
        form_id=form["id"],
        kind=form["kind"],
        employee_id=respondent.id,
        agency_code=respondent.agency_code,
        full_name=respondent.full_name,
        enrollment_id=person.enrollment_id,
        participant_name=person.participant_full_name,
        ends_on=offering.ends_on,
        due_on=form["due_on"],
        certificate_waits=form["kind"] == "reaction" and offering.form_before_certificate,
    )


def provider_of(offering: Any) -> str:
    """Who gives the course: the provider that the catalog names, else the agency that opened the offering."""
    return str(offering.provider_code or offering.agency_code)


def _person(row: Any) -> dict[str, Any]:
    return {
        "enrollment_id": row.enrollment_id,
        "employee_id": row.id,
        "agency_code": row.agency_code,
        "full_name": row.full_name,
    }


def _course(offering: Any) -> dict[str, Any]:
    return {
        "offering_id": offering.id,
        "course_code": offering.course_code,
        "course_title": LocalizedText(**offering.course_title),
        "hours": offering.hours,
    }
