"""What others taught enters the record: asked for with evidence, decided by the committee, perhaps taken back."""

from collections import Counter
from typing import Any
from uuid import UUID

from services.enrollment.domain.recognitions import lacks_permit
from services.enrollment.models import people, queries
from services.enrollment.models import recognitions as models
from services.enrollment.models import recording as lines
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import recognitions as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.history import Actor
from services.enrollment.service.record import counting, recognising, recording
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.course_types import with_todays_type
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound, refuse
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class RecognitionCalls:
    @command(schemas.RequestRecognition, reply=schemas.Recognition, roles=roles.STAFF)
    def request_recognition(
        self, tx: Transaction, caller: Caller, employee_id: UUID, **training: Any
    ) -> dict[str, Any]:
        """Ask for something to be recognised that others taught a person of one's staff, with a document as evidence.

        The training committee decides (`decide_recognition`). One document is asked for once: the same again answers
        the same. Somebody who has left may still hand in what is of their time. NotFound `employee_not_found`; Invalid
        for days to come, in the wrong order, or before the person was first employed; Conflict `evidence_known` with
        the `recognition_id` when the document came before with other data.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        asked = recognising.Request(tx, [person])
        refuse(asked.problems(person, training))
        known = asked.known(person, training)
        if known is not None:
            if not recognising.is_same(known, training):
                details = {"recognition_id": str(known.id)}
                raise Conflict("evidence_known", "This document came before, with other data.", details)
            return recognising.shown(tx, known)
        row = asked.row(person, training, caller)
        asked.write([row])
        return recognising.shown(tx, models.recognition(tx, row["id"]))

    @command(schemas.RequestRecognitions, reply=schemas.RequestedRecognitions, roles=roles.STAFF)
    def request_recognitions(
        self, tx: Transaction, caller: Caller, agency_code: str, rows: list[dict[str, Any]], dry_run: bool
    ) -> dict[str, Any]:
        """Ask for up to 1 000 recognitions for the staff of one agency, each as by `request_recognition`.

        Each row has its own outcome: `requested`; `exists` when this very one was asked for before; or `refused` with
        all its reasons by field. So a list may be sent again. With `dry_run` nothing is written. NotFound
        `agency_not_found`.
        """
        scope.must_see(tx, caller, agency_code)
        found = recognising.request_many(tx, caller, agency_code, rows, dry_run=dry_run)
        counts = Counter(row["outcome"] for row in found)
        return {"dry_run": dry_run, **{name: counts[name] for name in schemas.OUTCOMES}, "rows": found}

    @command(schemas.DecideRecognition, reply=schemas.Recognition, roles=roles.OFFICERS)
    def decide_recognition(
        self, tx: Transaction, caller: Caller, recognition_id: UUID, decision: str, **decided: Any
    ) -> dict[str, Any]:
        """The committee's decision; what is accepted enters the record at once, as of the employer at that time.

        Only what has a licence of the committee, or comes from the centre of medical education, is accepted (a
        hospital's form of the record; policy `recognition_needs_permit`). Hours are those of the amount by the policies
        `hours_per_cme_point` and `hours_per_university_unit`, or fewer. What counts in another line already is entered
        as not counted. Who asked does not decide, by the policy `recognition_four_eyes`, unless it is the national
        role. The same decision again answers the same. NotFound `recognition_not_found`; Conflict
        `recognition_decided` with the `status`, `decided_by_asker`, `permit_missing`, `too_many_hours`,
        `employee_erased`.
        """
        row = _locked(tx, caller, recognition_id)
        if row.status != "requested":
            if (row.status, row.decided_by) == (decision, caller.system):
                return recognising.shown(tx, row)
            raise Conflict("recognition_decided", f"The recognition is {row.status}.", {"status": row.status})
        day = tehran_date(tx.now)
        is_asker = row.requested_by == caller.system and not caller.is_national
        if is_asker and value_on(tx, "recognition_four_eyes", day) == "yes":
            raise Conflict("decided_by_asker", "Who asked for a recognition does not decide on it.")
        said = {"decided_by": caller.system, "decided_at": tx.now, "decision_reason": decided["reason"]}
        said["minutes_number"] = decided["minutes_number"]
        if decision == "accepted":
            said |= _accepted(tx, row, decided)
        models.set_recognition(tx, recognition_id, status=decision, **said)
        row = models.recognition(tx, recognition_id)
        if decision == "accepted":
            recording.enter(tx, [recognising.entry(row, caller, tx.now)])
        return recognising.shown(tx, row)

    @command(schemas.EndRecognition, reply=schemas.Recognition, roles=roles.STAFF)
    def withdraw_recognition(
        self, tx: Transaction, caller: Caller, recognition_id: UUID, reason: str
    ) -> dict[str, Any]:
        """Take a request back that was not decided on; the same again answers the same. NotFound
        `recognition_not_found`; Conflict `recognition_decided` with the `status`."""
        row = _locked(tx, caller, recognition_id)
        return _ended(tx, caller, row, "requested", "withdrawn", reason)

    @command(schemas.EndRecognition, reply=schemas.Recognition, roles=roles.OFFICERS)
    def reverse_recognition(self, tx: Transaction, caller: Caller, recognition_id: UUID, reason: str) -> dict[str, Any]:
        """Take back what was accepted, by a counter-entry; the document may be asked for anew. The same again answers
        the same. NotFound `recognition_not_found`; Conflict `recognition_decided` with the `status`."""
        row = _locked(tx, caller, recognition_id)
        standing = lines.standing_line(tx, recognition_id) if row.status == "accepted" else None
        reply = _ended(tx, caller, row, "accepted", "reversed", reason)
        if standing is not None:
            counting.take_back(tx, Actor.of(caller), [standing], reason, tx.now)
            counting.settle(tx, Actor.of(caller), {row.employee_id: [standing]}, tx.now)
        return reply

    @query(schemas.GetRecognition, reply=schemas.Recognition, roles=roles.READERS)
    def get_recognition(self, tx: Transaction, caller: Caller, recognition_id: UUID) -> dict[str, Any]:
        """A recognition of the caller's staff, or one that its agency asked for. NotFound `recognition_not_found`."""
        return recognising.shown(tx, _own(tx, caller, recognition_id))

    @query(schemas.ListRecognitions, reply=page_of(schemas.Recognition), roles=roles.READERS)
    def list_recognitions(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        employee_id: UUID | None,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Recognitions that an agency asked for, or of a person of the caller's staff, the oldest first.

        NotFound `agency_not_found`, `employee_not_found`.
        """
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        if employee_id is not None:
            own_employee(tx, caller, employee_id)
        after = decode_cursor(cursor, {"id": UUID})["id"] if cursor is not None else None
        statement = models.listed(agency_code, employee_id, status, after)
        if agency_code is None and employee_id is None:
            statement = statement.where(scope.within(tx, caller, models.recognitions.c.agency_code))
        rows, last = queries.page(tx, statement, limit)
        return {"items": recognising.shown_all(tx, rows), "next": last and encode_cursor({"id": last.id})}


def _accepted(tx: Transaction, row: Any, decided: dict[str, Any]) -> dict[str, Any]:
    """What the decision makes of a request; Conflict `permit_missing`, `too_many_hours`."""
    permit = recognising.plain(decided["permit"]) or row.permit
    if lacks_permit(row.kind, permit, value_on(tx, "recognition_needs_permit", max(row.ends_on, FIRST_DAY))):
        raise Conflict("permit_missing", "Only what has a licence of the training committee is recognised.")
    most = recognising.hours_asked(tx, row)
    hours = most if decided["hours"] is None else decided["hours"]
    if hours > most:
        raise Conflict("too_many_hours", f"The training comes to {most:g} hours.", {"hours": most})
    types = with_todays_type(decided["course_type"]) if decided["course_type"] else {}
    if types and types["original_type"] is None:
        types = {"course_type": types["course_type"]}  # what the books called it stays beside it
    return {"hours": hours, "permit": permit, **types}


def _locked(tx: Transaction, caller: Caller, recognition_id: UUID) -> Any:
    """A recognition whose person is locked, and after that itself: whoever merges or erases them holds them."""
    row = _own(tx, caller, recognition_id)
    people.lock_person(tx, row.employee_id)
    row = models.recognition(tx, recognition_id, lock=True)
    person = queries.employees_by_id(tx, [row.employee_id])[row.employee_id]
    if person.erased_at is not None:
        raise Conflict("employee_erased", "The person's data was erased; their record stays as it is.")
    return row


def _own(tx: Transaction, caller: Caller, recognition_id: UUID) -> Any:
    row = models.recognition(tx, recognition_id)
    if row is not None:
        person = queries.employees_by_id(tx, [row.employee_id])[row.employee_id]
        if any(scope.sees(tx, caller, code) for code in (person.agency_code, row.agency_code)):
            return row
    raise NotFound("recognition_not_found", "There is no such recognition.")


def _ended(tx: Transaction, caller: Caller, row: Any, before: str, after: str, reason: str) -> dict[str, Any]:
    if row.status not in (before, after):
        raise Conflict("recognition_decided", f"The recognition is {row.status}.", {"status": row.status})
    if row.status == before:
        ended = {"ended_by": caller.system, "ended_at": tx.now, "end_reason": reason}
        models.set_recognition(tx, row.id, status=after, **ended)
    return recognising.shown(tx, models.recognition(tx, row.id))
