"""Moving people between agencies: asked by the new one, confirmed by the old, carried out on the day."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.entry import is_open_to
from services.enrollment.domain.states import ACTIVE
from services.enrollment.models import employees, enrollments, offerings, people, queries, type2
from services.enrollment.models.people import transfers
from services.enrollment.policies import value_on
from services.enrollment.schemas import transfers as schemas
from services.enrollment.service import leaving, roles, scope, seating
from services.enrollment.service.employment import turn_period
from services.enrollment.service.history import CLOCK, Actor
from services.enrollment.service.staff import KEEPERS, tell_change
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query, timer
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

if TYPE_CHECKING:
    from shared.database import Database


class TransferCalls:
    db: "Database"

    @command(schemas.TransferEmployee, reply=schemas.Transfer, roles=KEEPERS)
    def transfer_employee(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        national_code: str,
        personnel_number: str,
        effective_on: date,
        reason: str,
        **job: Any,
    ) -> dict[str, Any]:
        """The new agency asks for somebody by their national code; the old one or the national role confirms.

        On the day, and not before both, the whole record moves; past records stay readable by the old agency, and
        certificates keep their issuer. Courses that have begun go on with them, others by the policy
        `transfer_running_enrollments`; roles in the old agency and supervision there end. The same again answers the
        same. NotFound `agency_not_found`, `employee_not_found` (nobody with the code is employed); Conflict
        `same_agency`, `transfer_running`, `personnel_number_taken`; Invalid for a day before the present period of
        employment.
        """
        scope.must_see(tx, caller, agency_code)
        found = sa.select(employees).where(employees.c.national_code == national_code, employees.c.left_on.is_(None))
        person = tx.execute(found.with_for_update()).first()
        if person is None:
            raise NotFound("employee_not_found", "Nobody with this national code is employed.")
        if person.agency_code == agency_code:
            raise Conflict("same_agency", "The person is employed by this agency already.")
        asked = {"to_agency": agency_code, "personnel_number": personnel_number, "effective_on": effective_on}
        known = _running(tx, person.id)
        if known is not None:
            if all(getattr(known, name) == value for name, value in asked.items()):
                return _shown(known)
            raise Conflict("transfer_running", "A transfer of this person is being decided on already.")
        period = people.open_period(tx, person.id)
        if period is not None and effective_on <= period.from_day:
            raise Invalid.field("effective_on", f"must be after {period.from_day}, when the present period began")
        _refuse_number(tx, agency_code, personnel_number)
        row = {
            "id": new_id(),
            "employee_id": person.id,
            "from_agency": person.agency_code,
            **asked,
            "job": job,
            "status": "requested",
            "reason": reason,
            "requested_by": caller.system,
            "requested_at": tx.now,
        }
        tx.execute(sa.insert(transfers).values(row))
        return _shown(_locked(tx, row["id"]))

    @command(schemas.DecideTransfer, reply=schemas.Transfer, roles=KEEPERS)
    def decide_transfer(
        self, tx: Transaction, caller: Caller, transfer_id: UUID, approve: bool, reason: str | None
    ) -> dict[str, Any]:
        """The old agency, or the national role, confirms or refuses; a confirmed one is carried out on its day.

        NotFound `transfer_not_found`; Conflict `transfer_decided`, `decided_by_asker` (the same system asked),
        `personnel_number_taken`.
        """
        asked = tx.execute(sa.select(transfers).where(transfers.c.id == transfer_id)).first()
        if asked is None or not scope.sees(tx, caller, asked.from_agency):
            raise _none()
        # The person comes first in the order of locks: whoever asks, moves or lets somebody leave holds them.
        people.lock_person(tx, asked.employee_id)
        row = _locked(tx, transfer_id)
        if row.status != "requested":
            wanted = ("confirmed", "done") if approve else ("refused",)
            if row.status in wanted and row.decided_by == caller.system:
                return _shown(row)
            raise Conflict("transfer_decided", f"The transfer is {row.status}.", {"status": row.status})
        # Systems of two agencies may have one name; only who sees the new agency can have asked for it.
        is_asker = row.requested_by == caller.system and scope.sees(tx, caller, row.to_agency)
        if is_asker and not caller.is_national:
            raise Conflict("decided_by_asker", "Who asked for a transfer does not decide on it.")
        said = {"decided_by": caller.system, "decided_at": tx.now, "decision_reason": reason}
        _set(tx, transfer_id, status="confirmed" if approve else "refused", **said)
        if approve:
            _refuse_number(tx, row.to_agency, row.personnel_number)
            if row.effective_on <= tehran_date(tx.now):
                _carry_out(tx, Actor.of(caller), row)
        return _shown(_locked(tx, transfer_id))

    @command(schemas.WithdrawTransfer, reply=schemas.Transfer, roles=KEEPERS)
    def withdraw_transfer(self, tx: Transaction, caller: Caller, transfer_id: UUID) -> dict[str, Any]:
        """The new agency does not want it any more, as long as it was not carried out.

        NotFound `transfer_not_found`; Conflict `transfer_decided`.
        """
        row = _locked(tx, transfer_id)
        if row is None or not scope.sees(tx, caller, row.to_agency):
            raise _none()
        if row.status not in ("requested", "confirmed", "withdrawn"):
            raise Conflict("transfer_decided", f"The transfer is {row.status}.", {"status": row.status})
        _set(tx, transfer_id, status="withdrawn")
        return _shown(_locked(tx, transfer_id))

    @query(schemas.ListTransfers, reply=page_of(schemas.Transfer), roles=roles.READERS)
    def list_transfers(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        direction: str | None,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Transfers to and from an agency, the oldest first. NotFound `agency_not_found`."""
        own = transfers.c
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
            to, away = own.to_agency == agency_code, own.from_agency == agency_code
        else:
            to, away = (scope.within(tx, caller, column) for column in (own.to_agency, own.from_agency))
        either = {"in": to, "out": away, None: sa.or_(to, away)}[direction]
        statement = sa.select(transfers).where(either).order_by(own.id)
        if status is not None:
            statement = statement.where(own.status == status)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.id})}

    @timer(interval=60)
    def carry_out_transfers(self) -> None:
        """Carry out confirmed transfers whose day has begun in Tehran; what cannot be is noted and tried again."""
        with self.db.reading() as tx:
            due = _due(tx, tehran_date(tx.now))
        for transfer_id, employee_id in due:
            with self.db.transaction() as tx:
                people.lock_person(tx, employee_id)
                row = _locked(tx, transfer_id)
                if row.status == "confirmed":
                    _carry_out(tx, CLOCK, row)


def _due(tx: Transaction, today: date) -> list[tuple[UUID, UUID]]:
    own = transfers.c
    statement = sa.select(own.id, own.employee_id).where(own.status == "confirmed", own.effective_on <= today)
    return [(row.id, row.employee_id) for row in tx.execute(statement.order_by(own.id))]


def _carry_out(tx: Transaction, actor: Actor, transfer: Any) -> None:
    """Move a locked person; what began at the old agency on the day or later has a day of its own before it ends."""
    person = people.lock_person(tx, transfer.employee_id)
    period = people.open_period(tx, transfer.employee_id)
    if person.left_on is not None or period is None or person.agency_code != transfer.from_agency:
        _set(tx, transfer.id, status="withdrawn", problem="not_employed")
        return
    first_day = max(transfer.effective_on, period.from_day + timedelta(days=1))
    if first_day > tehran_date(tx.now):
        return
    if _taken(tx, transfer.to_agency, transfer.personnel_number):
        _set(tx, transfer.id, problem="personnel_number_taken")
        return
    moved = {"agency_code": transfer.to_agency, "personnel_number": transfer.personnel_number, "supervisor_id": None}
    tx.execute(sa.update(employees).where(employees.c.id == person.id).values(**moved, **transfer.job))
    turn_period(tx, period, first_day, "transferred")
    people.relieve(tx, person.id, first_day - timedelta(days=1))
    _follow(tx, actor, person.id, transfer.to_agency)
    type2.follow(tx, person.id, transfer.to_agency)
    _set(tx, transfer.id, status="done", done_at=tx.now, problem=None)
    changed = ["agency_code", "personnel_number", *transfer.job]
    tell_change(tx, person.id, changed, reason=transfer.reason, before_agency_code=transfer.from_agency)


def _follow(tx: Transaction, actor: Actor, employee_id: UUID, agency_code: str) -> None:
    """What runs follows the policy `transfer_running_enrollments`; what is kept belongs to the new agency."""
    today = tehran_date(tx.now)
    rule = value_on(tx, "transfer_running_enrollments", today)

    def may_stay(offering: Any) -> bool:
        return bool(rule["open" if is_open_to(offering, agency_code) else "not_open"] == "keep")

    leaving.withdraw_running(tx, actor, employee_id, leaving.MOVED, may_stay)
    own = enrollments.c
    kept = sa.update(enrollments).where(own.employee_id == employee_id, own.status.in_((*ACTIVE, "resit")))
    tx.execute(kept.values(agency_code=agency_code))
    # Seats that are reserved for an agency may be another one's now; these offerings are locked already.
    theirs = sa.select(own.offering_id).where(own.employee_id == employee_id, own.status.in_(ACTIVE))
    reserved = sa.select(offerings).where(offerings.c.id.in_(theirs), offerings.c.releases_on.is_not(None))
    for offering in tx.execute(reserved).all():
        seating.pass_on(tx, offering, seating.seats_of(tx, offering, today))


def refuse_transfers(tx: Transaction, employee_id: UUID) -> None:
    """Conflict `transfer_running` while a transfer of this person is asked for or waits for its day."""
    if _running(tx, employee_id) is not None:
        raise Conflict("transfer_running", "A transfer of this person is being decided on already.")


def _running(tx: Transaction, employee_id: UUID) -> Any:
    own = transfers.c
    asked = sa.select(transfers).where(own.employee_id == employee_id, own.status.in_(people.RUNNING))
    return tx.execute(asked).first()


def _taken(tx: Transaction, agency_code: str, personnel_number: str) -> bool:
    own = employees.c
    same = sa.select(own.id).where(own.agency_code == agency_code, own.personnel_number == personnel_number)
    return tx.execute(same).first() is not None


def _refuse_number(tx: Transaction, agency_code: str, personnel_number: str) -> None:
    if _taken(tx, agency_code, personnel_number):
        raise Conflict("personnel_number_taken", "Another employee of the agency has this personnel number.")


def _locked(tx: Transaction, transfer_id: UUID) -> Any:
    return tx.execute(sa.select(transfers).where(transfers.c.id == transfer_id).with_for_update()).first()


def _set(tx: Transaction, transfer_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(transfers).where(transfers.c.id == transfer_id).values(**columns))


def _shown(row: Any) -> dict[str, Any]:
    return {"transfer_id": row.id, **row._mapping}


def _none() -> NotFound:
    return NotFound("transfer_not_found", "There is no such transfer.")
