"""What notification hears: agencies and people, and what people are to be told."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.notification import models
from services.notification.domain.templates import ABOUT, Template
from services.notification.service import calendar_facts
from services.notification.service.certificates import CertificateNews
from services.notification.service.queueing import known_people
from services.notification.service.record import RecordNews
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import (
    AgencyChangedV1,
    AgencyRegisteredV1,
    EmployeeChangedV1,
    EmployeeErasedV1,
    EmployeeRegisteredV1,
    EmployeesMergedV1,
    EnrollmentCancelledV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
    EnrollmentInvitedV1,
    EnrollmentLapsedV1,
    EnrollmentRejectedV1,
    EnrollmentRequestedV1,
    EnrollmentWaitlistedV1,
    EnrollmentWithdrawnV1,
    FormDueV1,
    OfficersChangedV1,
    ProgrammeCompletedV1,
    ResitDueV1,
    ScheduleChangedV1,
    SeatOfferedV1,
)
from shared.messages import Message


class Subscribers(CertificateNews, RecordNews):
    """Mixed into the service."""

    wake: Callable[[str], None]

    @subscribe(AgencyRegisteredV1, batch=200)
    def on_agency_registered(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
        """Remember below which agency it is, which may ask about its people too; the latest that was said counts."""
        models.hear_agencies(tx, _agencies(messages))

    @subscribe(AgencyChangedV1, batch=200)
    def on_agency_changed(self, tx: Transaction, messages: list[Message[AgencyChangedV1]]) -> None:
        """Those above an agency in its new place may ask about its people, those of before may not."""
        models.hear_agencies(tx, _agencies(messages))

    @subscribe(OfficersChangedV1, batch=200)
    def on_officers_changed(self, tx: Transaction, messages: list[Message[OfficersChangedV1]]) -> None:
        """Remember whom an agency's own affairs are told to; of two states of one agency the later one counts."""
        models.hear_officers(tx, _officers(messages))

    @subscribe(EmployeeRegisteredV1, batch=200)
    def on_employee_registered(self, tx: Transaction, messages: list[Message[EmployeeRegisteredV1]]) -> None:
        """Remember whom to write to; of two events about one person the later one counts."""
        models.hear_recipients(tx, _recipients(messages))

    @subscribe(EmployeeChangedV1, batch=200)
    def on_employee_changed(self, tx: Transaction, messages: list[Message[EmployeeChangedV1]]) -> None:
        """Write to the new address, by the new name, and let the new agency ask about the person."""
        models.hear_recipients(tx, _recipients(messages))

    @subscribe(EmployeesMergedV1, batch=50)
    def on_employees_merged(self, tx: Transaction, messages: list[Message[EmployeesMergedV1]]) -> None:
        """What a duplicate was told belongs to the kept person; a mail that still waits goes to them. Unavailable while
        the kept person has not been heard of: what waits would go to nobody."""
        known_people(tx, {message.event.employee_id for message in messages})
        for message in sorted(messages, key=lambda message: message.event.merged_at):
            models.merge_recipients(tx, message.event.duplicate_id, message.event.employee_id, message.event.merged_at)

    @subscribe(EmployeeErasedV1, batch=50)
    def on_employee_erased(self, tx: Transaction, messages: list[Message[EmployeeErasedV1]]) -> None:
        """Forget name and address, end what still waits, and write to nobody of that id ever again."""
        for message in sorted(messages, key=lambda message: message.event.employee_id):
            models.erase_recipient(tx, message.event.employee_id, message.event.erased_at)

    @subscribe(EnrollmentConfirmedV1, batch=200)
    def on_enrollment_confirmed(self, tx: Transaction, messages: list[Message[EnrollmentConfirmedV1]]) -> None:
        """Tell people that they have a place."""
        self.queue(tx, Template.ENROLLMENT_CONFIRMED, messages, more=calendar_facts.of_seat)

    @subscribe(EnrollmentFailedV1, batch=200)
    def on_enrollment_failed(self, tx: Transaction, messages: list[Message[EnrollmentFailedV1]]) -> None:
        """Tell people that they did not pass, and why."""
        self.queue(tx, Template.RESULT_FAILED, messages)

    @subscribe(EnrollmentCancelledV1, batch=200)
    def on_enrollment_cancelled(self, tx: Transaction, messages: list[Message[EnrollmentCancelledV1]]) -> None:
        """Tell people that the course is not held, and why."""
        self.queue(tx, Template.ENROLLMENT_CANCELLED, messages, more=calendar_facts.of_ends(tx, messages))

    @subscribe(ScheduleChangedV1, batch=200)
    def on_schedule_changed(self, tx: Transaction, messages: list[Message[ScheduleChangedV1]]) -> None:
        """Tell people when and where they are taught now."""
        self.queue(tx, Template.SCHEDULE_CHANGED, messages, more=calendar_facts.of_changes(tx, messages))

    @subscribe(ProgrammeCompletedV1, batch=200)
    def on_programme_completed(self, tx: Transaction, messages: list[Message[ProgrammeCompletedV1]]) -> None:
        """Tell people that they have completed a programme."""
        self.queue(tx, Template.PROGRAMME_COMPLETED, messages)

    @subscribe(EnrollmentRequestedV1, batch=200)
    def on_enrollment_requested(self, tx: Transaction, messages: list[Message[EnrollmentRequestedV1]]) -> None:
        """Tell people that their request waits for a decision, once for all steps, and deciders at each of them."""
        first = [message for message in messages if message.event.is_first]
        if first:
            self.queue(tx, Template.ENROLLMENT_REQUESTED, first)
        self.queue(tx, Template.APPROVAL_DUE, messages, _deciders, _what_to_decide)

    @subscribe(EnrollmentInvitedV1, batch=200)
    def on_enrollment_invited(self, tx: Transaction, messages: list[Message[EnrollmentInvitedV1]]) -> None:
        """Tell people that they are invited."""
        self.queue(tx, Template.ENROLLMENT_INVITED, messages)

    @subscribe(EnrollmentWaitlistedV1, batch=200)
    def on_enrollment_waitlisted(self, tx: Transaction, messages: list[Message[EnrollmentWaitlistedV1]]) -> None:
        """Tell people that they wait for a place."""
        self.queue(tx, Template.ENROLLMENT_WAITLISTED, messages)

    @subscribe(SeatOfferedV1, batch=200)
    def on_seat_offered(self, tx: Transaction, messages: list[Message[SeatOfferedV1]]) -> None:
        """Tell people that a place is held for them, and how long."""
        self.queue(tx, Template.SEAT_OFFERED, messages)

    @subscribe(EnrollmentRejectedV1, batch=200)
    def on_enrollment_rejected(self, tx: Transaction, messages: list[Message[EnrollmentRejectedV1]]) -> None:
        """Tell people that their request was not approved."""
        self.queue(tx, Template.ENROLLMENT_REJECTED, messages)

    @subscribe(EnrollmentLapsedV1, batch=200)
    def on_enrollment_lapsed(self, tx: Transaction, messages: list[Message[EnrollmentLapsedV1]]) -> None:
        """Tell people that time is over."""
        self.queue(tx, Template.ENROLLMENT_LAPSED, messages)

    @subscribe(EnrollmentWithdrawnV1, batch=200)
    def on_enrollment_withdrawn(self, tx: Transaction, messages: list[Message[EnrollmentWithdrawnV1]]) -> None:
        """Tell people that they are out of a course."""
        self.queue(tx, Template.ENROLLMENT_WITHDRAWN, messages, more=calendar_facts.of_ends(tx, messages))

    @subscribe(ResitDueV1, batch=200)
    def on_resit_due(self, tx: Transaction, messages: list[Message[ResitDueV1]]) -> None:
        """Tell people that they may sit again."""
        self.queue(tx, Template.RESIT_DUE, messages)

    @subscribe(FormDueV1, batch=200)
    def on_form_due(self, tx: Transaction, messages: list[Message[FormDueV1]]) -> None:
        """Ask people for their answers to a form."""
        self.queue(tx, Template.FORM_DUE, messages, more=_participants(tx, messages))


def _deciders(event: EnrollmentRequestedV1) -> Sequence[UUID]:
    """Who may decide, but for somebody who asks for a seat themselves."""
    return [each for each in dict.fromkeys(event.deciders) if each != event.employee_id]


def _what_to_decide(message: Message[EnrollmentRequestedV1]) -> dict[str, Any]:
    event = message.event
    return {"participant_name": event.full_name, "step": event.steps[0], ABOUT: str(event.employee_id)}


def _participants(
    tx: Transaction, messages: Sequence[Message[FormDueV1]]
) -> Callable[[Message[FormDueV1]], dict[str, Any]]:
    """Whom each form is about, as far as their seats have been heard of."""
    people = models.seat_holders(tx, {message.event.enrollment_id for message in messages})

    def about(message: Message[FormDueV1]) -> dict[str, Any]:
        person = people.get(message.event.enrollment_id)
        return {} if person is None else {ABOUT: str(person)}

    return about


def _agencies(messages: Sequence[Message[AgencyRegisteredV1 | AgencyChangedV1]]) -> list[dict[str, Any]]:
    """The latest that was said of each agency."""
    latest = {message.event.code: message for message in sorted(messages, key=lambda message: message.time)}
    return [
        {
            "code": message.event.code,
            "parent_code": message.event.parent_code,
            "name": message.event.name.as_dict(),
            "heard_at": message.time,
        }
        for message in latest.values()
    ]


def _officers(messages: Sequence[Message[OfficersChangedV1]]) -> list[dict[str, Any]]:
    """The latest state of each agency."""
    latest = {each.event.agency_code: each.event for each in sorted(messages, key=lambda each: each.event.changed_at)}
    return [
        {
            "agency_code": event.agency_code,
            "officers": msgspec.to_builtins(event.officers),
            "heard_at": event.changed_at,
        }
        for event in latest.values()
    ]


def _recipients(messages: Sequence[Message[Any]]) -> list[dict[str, Any]]:
    """The latest that was said of each person."""
    latest = {message.event.employee_id: message for message in sorted(messages, key=lambda message: message.time)}
    names = ("employee_id", "agency_code", "full_name", "email", "language")
    return [
        {name: getattr(m.event, name) for name in names}
        | {"heard_at": m.time, "registered_at": m.time if isinstance(m.event, EmployeeRegisteredV1) else None}
        for m in latest.values()
    ]
