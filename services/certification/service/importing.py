"""Certificates for records of the past: an agency's own books, in lists, with a fixed number of statements each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain import past_records as rules
from services.certification.schemas import past_records as schemas
from services.certification.service import issuing
from services.certification.service.desk import Desk
from services.certification.service.minting import Draft, Office
from services.certification.service.numbering import Numbers
from services.certification.service.telling import taken_in
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.entrypoints.operations import loaded
from shared.errors import Invalid, NotFound, Problems
from shared.events import EnrollmentCompletedV1, LocalizedText
from shared.messages import Message
from shared.persian import end_of_day, tehran_date

OFFICERS = ("training_officer", "certification_officer", "national")


@dataclass
class _Row:
    """A row of the list: what it says, and what came of it."""

    reference: Any
    said: dict[str, Any] = field(default_factory=dict)
    reasons: Problems = field(default_factory=dict)
    outcome: str = "refused"
    certificate_id: UUID | None = None
    serial: str | None = None
    enrollment_id: UUID | None = None


class ImportCalls(Desk):
    @command(schemas.ImportCertificates, reply=schemas.Imported, roles=OFFICERS)
    def import_certificates(
        self, tx: Transaction, caller: Caller, agency_code: str, rows: list[dict[str, Any]], mail: bool, dry_run: bool
    ) -> dict[str, Any]:
        """Issue certificates for courses that an agency's staff passed before, from its own records.

        Each row has its own outcome: `issued`; `exists` when a certificate of this `reference` is there, or when the
        person has one of the course that held on that day; or `refused` with all its reasons by field. So a list may be
        sent again. The certificate says that it rests on a past record, by which the agency answers for it alone: no
        other provider signs it, the limit of `issuance_brake` does not stop it, and nobody is written to unless `mail`.
        `dry_run` says what would come of each row and issues nothing. The person must be registered, and of this
        agency now. NotFound `agency_not_found`.
        """
        name = models.agency_name(tx, agency_code)
        if name is None or not caller.sees(agency_code):
            raise NotFound("agency_not_found", "There is no such agency.")
        found = _read(rows, agency_code, tehran_date(tx.now))
        with tx.begin_nested() as attempt:
            numbers = Numbers(tx, [agency_code])
            _refuse_strangers(tx, found, agency_code)
            drafts = _drafts(tx, [row for row in found if not row.reasons], agency_code, name, numbers)
            stored = [] if dry_run else _store(tx, caller, self.office, found, drafts, numbers, mail=mail)
            _conclude(tx, found, drafts, stored)
            if dry_run:
                attempt.rollback()
        counts = Counter(row.outcome for row in found)
        if not dry_run:
            said = {"agency": agency_code, "system": caller.system, **counts}
            tx.after_commit(lambda: self.log.info("past_records_imported", **said))
        counted = {outcome: counts[outcome] for outcome in schemas.OUTCOMES}
        return {"dry_run": dry_run, **counted, "rows": [vars(row) | {"reasons": row.reasons or None} for row in found]}


def _read(rows: Sequence[dict[str, Any]], agency_code: str, today: Any) -> list[_Row]:
    """The rows as they can be judged each for itself."""
    found, seen = list[_Row](), set[str]()
    for values in rows:
        row = _Row(values.get("reference") if isinstance(values.get("reference"), str) else None)
        found.append(row)
        try:
            row.said = loaded(schemas.PastRecord, values)
        except Invalid as error:
            row.reasons = error.details["fields"]
            continue
        row.reference = row.said["reference"]
        row.enrollment_id = rules.enrollment_id(agency_code, row.reference)
        row.reasons = rules.problems(row.said, today)
        if row.reference in seen:
            row.reasons["reference"] = ["is in the list more than once"]
        seen.add(row.reference)
    return found


def _refuse_strangers(tx: Transaction, found: Sequence[_Row], agency_code: str) -> None:
    """Refuse rows of people who are not of this agency, or whose data was erased."""
    ids = {row.said["employee_id"] for row in found if row.said}
    employers, people = models.employers(tx, ids), models.people_now(tx, ids)
    for row in found:
        if not row.said:
            continue
        employee_id = row.said["employee_id"]
        if employers.get(employee_id) != agency_code:
            row.reasons["employee_id"] = ["is nobody of this agency"]
        elif people[employee_id].erased_at is not None:
            row.reasons["employee_id"] = ["is of a person whose data was erased"]


def _drafts(
    tx: Transaction, rows: Sequence[_Row], agency_code: str, name: Mapping[str, str], numbers: Numbers
) -> list[Draft]:
    messages = [_completion(tx, row, agency_code, LocalizedText(**name)) for row in rows]
    wanted = issuing.without_certificate(tx, messages)
    return issuing.drafts_of(tx, wanted, numbers) if wanted else []


def _completion(tx: Transaction, row: _Row, agency_code: str, name: LocalizedText) -> Message[EnrollmentCompletedV1]:
    """A record in the form of what is certified otherwise."""
    said, ended = row.said, end_of_day(row.said["ends_on"])
    assert row.enrollment_id is not None
    own = said["provider_code"] is None and said["provider_name"] is None
    taken = ("employee_id", "full_name", "national_code", "personnel_number", "course_code", "course_type")
    event = EnrollmentCompletedV1(
        **{name: said[name] for name in (*taken, "delivery_mode", "hours", "starts_on", "ends_on")},
        enrollment_id=row.enrollment_id,
        agency_code=agency_code,
        agency_name=name,
        provider_code=agency_code if own else said["provider_code"] or "",
        provider_name=name if own else LocalizedText(**(said["provider_name"] or {"fa": said["provider_code"]})),
        offering_id=row.enrollment_id,
        course_version=rules.NO_VERSION,
        course_title=LocalizedText(**said["course_title"]),
        attended_hours=said["hours"],
        score=said["score"] or 0.0,  # the snapshot says the score of the record, which may not be known
        completed_on=said["ends_on"],
        completed_at=ended,
    )
    return Message(row.enrollment_id, event, tx.now, tx.cause.correlation_id, tx.cause.traceparent)


def _store(
    tx: Transaction,
    caller: Caller,
    office: Office,
    found: Sequence[_Row],
    drafts: Sequence[Draft],
    numbers: Numbers,
    *,
    mail: bool,
) -> list[dict[str, Any]]:
    """Mint the drafts as what they are, remember which record each is of, and tell those who keep training records."""
    by_id = {row.enrollment_id: row for row in found if not row.reasons}
    marked, known = list[Draft](), list[dict[str, Any]]()
    taken = {"imported_at": tx.now, "imported_by": caller.system, "told_at": tx.now}
    for draft in drafts:
        completion = draft.completion
        row = by_id[completion.enrollment_id]
        past = {"basis": rules.basis(row.said), "score": row.said["score"]}
        marked.append(replace(draft, mail=mail, past=past))
        key = {"agency_code": completion.agency_code, "reference": row.reference}
        known.append({**key, "enrollment_id": completion.enrollment_id, **taken})
    models.add_past_records(tx, known)
    stored = issuing.finish(tx, office, numbers, marked)
    for certificate in stored:
        tx.publish(taken_in(certificate, by_id[certificate["enrollment_id"]].reference, tx.now))
    return stored


def _conclude(
    tx: Transaction, found: Sequence[_Row], drafts: Sequence[Draft], stored: Sequence[dict[str, Any]]
) -> None:
    """Say of each row what came of it."""
    new = {draft.completion.enrollment_id for draft in drafts}
    made = {row["enrollment_id"]: (row["id"], row["serial"]) for row in stored}
    others = [row.enrollment_id for row in found if not row.reasons and row.enrollment_id not in new]
    made |= {each: (row.id, row.serial) for each, row in models.certified(tx, [i for i in others if i]).items()}
    for row in found:
        if row.reasons or row.enrollment_id is None:
            continue
        row.outcome = "issued" if row.enrollment_id in new else "exists"
        row.certificate_id, row.serial = made.get(row.enrollment_id, (None, None))
