"""What certification hears: completions and their corrections, awards, agencies, and people who change."""

from collections.abc import Sequence

from services.certification import models
from services.certification.service import awarding, correcting, erasing, issuing
from services.certification.service.desk import Desk
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import (
    AgencyChangedV1,
    AgencyRegisteredV1,
    EmployeeChangedV1,
    EmployeeErasedV1,
    EmployeeRegisteredV1,
    EmployeesMergedV1,
    EnrollmentCompletedV1,
    ResultCorrectedV1,
    Type2AwardedV1,
)
from shared.messages import Message


class Subscribers(Desk):
    @subscribe(EnrollmentCompletedV1, batch=500)
    def on_enrollment_completed(self, tx: Transaction, messages: list[Message[EnrollmentCompletedV1]]) -> None:
        """Issue a certificate for each completion that has none; what is above the agency's limit waits for release."""
        count = issuing.issue(tx, messages, self.office)
        tx.after_commit(lambda: self.log.info("certificates_issued", count=count))

    @subscribe(ResultCorrectedV1, batch=50)
    def on_result_corrected(self, tx: Transaction, messages: list[Message[ResultCorrectedV1]]) -> None:
        """Replace or revoke the certificates of corrected results."""
        for message in sorted(messages, key=lambda each: (each.event.agency_code, each.event.corrected_at)):
            correcting.correct(tx, message, self.office)

    @subscribe(Type2AwardedV1, batch=50)
    def on_type2_awarded(self, tx: Transaction, messages: list[Message[Type2AwardedV1]]) -> None:
        """Issue a type-2 certificate for each award that has none; two hands have decided it, so no limit holds it."""
        count = awarding.issue(tx, messages, self.office)
        tx.after_commit(lambda: self.log.info("type2_certificates_issued", count=count))

    @subscribe(AgencyRegisteredV1, batch=200)
    def on_agency_registered(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
        """Remember the agency; of several events about it the latest holds, in whatever order they come."""
        _remember_agencies(tx, messages)

    @subscribe(AgencyChangedV1, batch=200)
    def on_agency_changed(self, tx: Transaction, messages: list[Message[AgencyChangedV1]]) -> None:
        """Certificates that exist keep the name they were issued under; those above its new place may see them."""
        _remember_agencies(tx, messages)

    @subscribe(EmployeeRegisteredV1, batch=200)
    def on_employee_registered(self, tx: Transaction, messages: list[Message[EmployeeRegisteredV1]]) -> None:
        """Remember whose employee it is; of several events about a person the latest holds."""
        _remember_employees(tx, messages)

    @subscribe(EmployeeChangedV1, batch=200)
    def on_employee_changed(self, tx: Transaction, messages: list[Message[EmployeeChangedV1]]) -> None:
        """Somebody's agency may be another one now, and that one may see all of their certificates."""
        _remember_employees(tx, messages)

    @subscribe(EmployeesMergedV1, batch=50)
    def on_employees_merged(self, tx: Transaction, messages: list[Message[EmployeesMergedV1]]) -> None:
        """The certificates of a duplicate are the kept person's from now on, whoever that is by now."""
        for message in sorted(messages, key=lambda each: each.event.merged_at):
            event = message.event
            kept = models.people_now(tx, [event.employee_id])[event.employee_id]
            models.merge_people(tx, event.duplicate_id, kept.id, event.agency_code, event.merged_at)
            models.give_held(tx, event.duplicate_id, kept.id)
            models.give_record_documents(tx, event.duplicate_id, kept.id)
            erasing.erase_again(tx, [kept], self.office)

    @subscribe(EmployeeErasedV1, batch=50)
    def on_employee_erased(self, tx: Transaction, messages: list[Message[EmployeeErasedV1]]) -> None:
        """Forget who held certificates, and keep the proof that they were issued."""
        for message in sorted(messages, key=lambda each: each.event.employee_id):
            erasing.erase(tx, message.event.employee_id, message.event.erased_at, self.office)


def _remember_agencies(tx: Transaction, messages: Sequence[Message[AgencyRegisteredV1 | AgencyChangedV1]]) -> None:
    latest = {message.event.code: message for message in sorted(messages, key=lambda message: message.time)}
    rows = [
        {"code": code, "name": m.event.name.as_dict(), "parent_code": m.event.parent_code, "heard_at": m.time}
        for code, m in sorted(latest.items())
    ]
    models.put_agencies(tx, rows)


def _remember_employees(tx: Transaction, messages: Sequence[Message[EmployeeRegisteredV1 | EmployeeChangedV1]]) -> None:
    latest = {message.event.employee_id: message for message in sorted(messages, key=lambda message: message.time)}
    rows = [{"id": i, "agency_code": m.event.agency_code, "heard_at": m.time} for i, m in sorted(latest.items())]
    models.put_employees(tx, rows)
