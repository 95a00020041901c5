"""What enrollment says, built from the rows it is about. What a whole list has in common is put together once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec

from services.enrollment.models.queries import HOLDER
from services.enrollment.service.history import Step
from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
    EnrollmentInvitedV1,
    EnrollmentLapsedV1,
    EnrollmentRejectedV1,
    EnrollmentRequestedV1,
    EnrollmentWaitlistedV1,
    EnrollmentWithdrawnV1,
    FormDueV1,
    LocalizedText,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingDecidedV1,
    ProgrammeCompletedV1,
    ResitDueV1,
    ResultCorrectedV1,
    ScheduleChangedV1,
    SeatOfferedV1,
)
from shared.events.catalog import Accreditation, Permit, Session


class Marked(NamedTuple):
    """An enrollment with its employee, what was reported, how it misses the rule, and what becomes of it."""

    row: Any
    attended_hours: float
    score: float
    failures: list[str]
    status: str
    resits_used: int = 0
    resits_left: int = 0


def confirmed(offering: Any, employee: Any, step: Step) -> EnrollmentConfirmedV1:
    sessions = msgspec.convert(offering.sessions, list[Session])
    return EnrollmentConfirmedV1(**_move(offering, employee, step), revision=offering.revision, sessions=sessions)


def requested(
    offering: Any, employee: Any, step: Step, steps: Sequence[str], decide_by: datetime, deciders: list[UUID]
) -> EnrollmentRequestedV1:
    left: list[Any] = list(steps)
    more = {"decide_by": decide_by, "deciders": deciders, "is_first": step.before != "requested"}
    return EnrollmentRequestedV1(**_move(offering, employee, step), steps=left, **more)  # type: ignore[arg-type]


def invited(offering: Any, employee: Any, step: Step, answer_by: datetime) -> EnrollmentInvitedV1:
    return EnrollmentInvitedV1(**_move(offering, employee, step), answer_by=answer_by, reason=step.reason)


def waitlisted(offering: Any, employee: Any, step: Step, place: int) -> EnrollmentWaitlistedV1:
    return EnrollmentWaitlistedV1(**_move(offering, employee, step), place=place)


def seat_offered(offering: Any, employee: Any, step: Step, answer_by: datetime) -> SeatOfferedV1:
    return SeatOfferedV1(**_move(offering, employee, step), answer_by=answer_by)


def rejected(offering: Any, employee: Any, step: Step) -> EnrollmentRejectedV1:
    by: Any = step.step
    return EnrollmentRejectedV1(**_move(offering, employee, step), step=by, reason=step.reason)


def lapsed(offering: Any, employee: Any, step: Step) -> EnrollmentLapsedV1:
    state: Any = step.before
    return EnrollmentLapsedV1(**_move(offering, employee, step), state=state)


def withdrawn(offering: Any, employee: Any, step: Step) -> EnrollmentWithdrawnV1:
    state: Any = step.before
    return EnrollmentWithdrawnV1(**_move(offering, employee, step), state=state, reason=step.reason or "")


def completed(
    offering: Any, marked: Iterable[Marked], names: Mapping[str, LocalizedText], day: date, now: datetime
) -> Iterator[EnrollmentCompletedV1]:
    """`names` are those of the agencies and of the provider by code, as the certificates will say them."""
    same = _certified(offering, names, day, now)
    for mark in marked:
        yield EnrollmentCompletedV1(**same, **_holder(mark, names))


def result_corrected(
    offering: Any, mark: Marked, names: Mapping[str, LocalizedText], correction: Mapping[str, Any]
) -> ResultCorrectedV1:
    """`correction` has `correction_id`, `outcome`, `reason`, `corrected_at`, and the days of the completion."""
    row = mark.row
    return ResultCorrectedV1(
        **_certified(offering, names, correction["completed_on"], correction["completed_at"]),
        **_holder(mark, names),
        **{name: correction[name] for name in ("correction_id", "outcome", "reason", "corrected_at")},
        before_attended_hours=row.attended_hours,
        before_score=row.score,
    )


def _certified(offering: Any, names: Mapping[str, LocalizedText], day: date, now: datetime) -> dict[str, Any]:
    provider = provider_of(offering)
    return _course(offering) | {
        "provider_code": provider,
        "provider_name": names[provider],
        "course_version": offering.course_version,
        "course_type": offering.course_type,
        "delivery_mode": offering.delivery_mode,
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
        "refresh_every_months": offering.refresh_every_months,
        "pass_mark": offering.pass_mark,
        "certificate_template": offering.certificate_template,
        "permit": msgspec.convert(offering.permit, Permit | None),
        "accreditation": msgspec.convert(offering.provider_accreditation, Accreditation | None),
        "completed_on": day,
        "completed_at": now,
    }


def _holder(mark: Marked, names: Mapping[str, LocalizedText]) -> dict[str, Any]:
    row = mark.row
    return {name: getattr(row, name) for name in ("employee_id", *HOLDER)} | {
        "enrollment_id": row.id,
        "agency_name": names[row.agency_code],
        "attended_hours": mark.attended_hours,
        "score": mark.score,
    }


def failed(
    offering: Any, marked: Iterable[Marked], *, no_show: bool = False, correction_id: UUID | None = None
) -> Iterator[EnrollmentFailedV1]:
    same = _course(offering) | {"min_attendance": offering.min_attendance, "pass_mark": offering.pass_mark}
    for mark in marked:
        yield EnrollmentFailedV1(
            **same,
            **_marks(mark),
            reasons=mark.failures,  # type: ignore[arg-type]  # the rules speak plain text, the contract checks it
            no_show=no_show,
            move_id=correction_id,
        )


def resit_due(offering: Any, mark: Marked, step: Step) -> ResitDueV1:
    return ResitDueV1(
        **_course(offering),
        **_marks(mark),
        move_id=step.id,
        pass_mark=offering.pass_mark,
        sittings_left=mark.resits_left,
    )


def _marks(mark: Marked) -> dict[str, Any]:
    row = mark.row
    return {
        "enrollment_id": row.id,
        "employee_id": row.employee_id,
        "agency_code": row.agency_code,
        "full_name": row.full_name,
        "attended_hours": mark.attended_hours,
        "score": mark.score,
    }


def cancelled(offering: Any, people: Iterable[Any], event: OfferingCancelledV1) -> Iterator[EnrollmentCancelledV1]:
    same = _course(offering) | {"starts_on": offering.starts_on, "ends_on": offering.ends_on}
    for row in people:
        yield EnrollmentCancelledV1(
            **same, **_person(row), state=_told(row.status), cause=event.cause, reason=event.reason
        )


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
        yield ScheduleChangedV1(**same, **_person(row), schedule_id=schedule_id, state=_told(row.status))


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


def _told(state: str) -> Any:
    """The state as those two events knew it when they were released: neither offers nor invitations."""
    return {"offered": "waitlisted", "invited": "requested"}.get(state, state)


def _move(offering: Any, employee: Any, step: Step) -> dict[str, Any]:
    return _course(offering) | {
        "move_id": step.id,
        "enrollment_id": step.enrollment_id,
        "employee_id": employee.id,
        "agency_code": employee.agency_code,
        "full_name": employee.full_name,
        "delivery_mode": offering.delivery_mode,
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
    }


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
