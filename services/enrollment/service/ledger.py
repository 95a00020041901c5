"""Reading the ledger: an offering's seats and people, a person's bookings, decisions to be made, history."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import ACTIVE
from services.enrollment.models import employees, enrollments, history, offerings, queries
from services.enrollment.schemas import ledger as schemas
from services.enrollment.service import officers, roles, scope, seating
from services.enrollment.service.reading import visible_to
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class LedgerQueries:
    @query(schemas.GetLedger, reply=schemas.Ledger, roles=roles.READERS)
    def get_ledger(self, tx: Transaction, caller: Caller, offering_id: UUID) -> dict[str, Any]:
        """The seats of an offering of one's own agency: taken, offered, free, reserved, waiting.

        NotFound `offering_not_found`, also while the news of it is on its way.
        """
        offering = _own_offering(tx, caller, offering_id)
        seats = seating.seats_of(tx, offering, tehran_date(tx.now))
        own = enrollments.c.offering_id == offering_id
        counted = (
            sa.select(enrollments.c.status, sa.func.count().label("people")).where(own).group_by(enrollments.c.status)
        )
        people = {row.status: row.people for row in tx.execute(counted)}
        reserved = [
            {"agency_code": code, "seats": kept, "used": min(kept, seats.taken_by.get(code, 0))}
            for code, kept in sorted(seats.reserved.items())
        ]
        shown = {"taken": seats.taken, "offered": seats.offered, "free": seats.free, "reserved": reserved}
        return {"offering_id": offering_id, **offering._mapping, **shown, "people": people}

    @query(schemas.ListRoster, reply=page_of(schemas.RosterRow), roles=roles.READERS)
    def list_roster(
        self, tx: Transaction, caller: Caller, offering_id: UUID, status: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Everybody in an offering of one's own agency in the order they came; of another one, one's own staff.

        NotFound `offering_not_found` when nothing of it is theirs to see.
        """
        offering = tx.execute(sa.select(offerings).where(offerings.c.id == offering_id)).first()
        own = enrollments.c
        columns = ("status", "origin", "pending_step", "expires_at", "enrolled_at", "attended_hours", "score")
        ranked = (
            sa.select(own.id, sa.func.row_number().over(order_by=own.waiting_number).label("place"))
            .where(own.offering_id == offering_id, own.waiting_number.is_not(None))
            .subquery()
        )
        statement = (
            visible_to(
                tx,
                caller,
                sa.select(
                    own.id.label("enrollment_id"),
                    own.employee_id,
                    employees.c.full_name,
                    employees.c.personnel_number,
                    employees.c.agency_code,
                    ranked.c.place,
                    *(own[name] for name in columns),
                ),
            )
            .outerjoin(ranked, ranked.c.id == own.id)
            .where(own.offering_id == offering_id)
            .order_by(own.id)
        )
        if status is not None:
            statement = statement.where(own.status == status)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        if not rows and (offering is None or not scope.sees(tx, caller, offering.agency_code)):
            raise NotFound("offering_not_found", "There is no such offering.")
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.enrollment_id})}

    @query(schemas.ListBookings, reply=page_of(schemas.Booking), roles=roles.READERS)
    def list_bookings(
        self, tx: Transaction, caller: Caller, employee_id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """What a person of one's staff is booked on, waits for or is asked about, with the sessions; oldest first.

        NotFound `employee_not_found`.
        """
        own_employee(tx, caller, employee_id)
        own, of = enrollments.c, offerings.c
        names = ("course_code", "course_title", "hours", "delivery_mode", "starts_on", "ends_on", "sessions")
        statement = (
            sa.select(
                own.id.label("enrollment_id"),
                own.status,
                own.expires_at,
                own.pending_step,
                own.offering_id,
                *(of[name] for name in names),
            )
            .join(offerings, of.id == own.offering_id)
            .where(own.employee_id == employee_id, own.status.in_((*ACTIVE, "resit", "awaiting_form")))
            .order_by(own.id)
        )
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.enrollment_id})}

    @query(schemas.ListPendingDecisions, reply=page_of(schemas.PendingDecision), roles=roles.READERS)
    def list_pending_decisions(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        step: str | None,
        officer_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Requests of one's staff that wait for a decision, the oldest first; of one step, or for one officer.

        NotFound `agency_not_found`, `employee_not_found` (the officer).
        """
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        own, of = enrollments.c, offerings.c
        statement = (
            sa.select(
                own.id.label("enrollment_id"),
                own.employee_id,
                employees.c.full_name,
                employees.c.agency_code,
                own.offering_id,
                of.course_code,
                of.course_title,
                of.starts_on,
                own.pending_step.label("step"),
                own.expires_at.label("decide_by"),
                own.enrolled_at,
            )
            .join(employees, employees.c.id == own.employee_id)
            .join(offerings, of.id == own.offering_id)
            .where(own.pending_step.is_not(None))
            .order_by(own.id)
        )
        if agency_code is not None:
            statement = statement.where(employees.c.agency_code == agency_code)
        else:
            statement = statement.where(scope.within(tx, caller, employees.c.agency_code))
        if officer_id is not None:
            officer = own_employee(tx, caller, officer_id)
            statement = statement.where(officers.decides_about(tx, officer, tehran_date(tx.now)))
        if step is not None:
            statement = statement.where(own.pending_step == step)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.enrollment_id})}

    @query(schemas.ListHistory, reply=page_of(schemas.HistoryRow), roles=roles.READERS)
    def list_history(
        self, tx: Transaction, caller: Caller, enrollment_id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Everything that was done with an enrollment, oldest first. NotFound `enrollment_not_found`."""
        seen = visible_to(tx, caller, sa.select(enrollments.c.id)).where(enrollments.c.id == enrollment_id)
        if tx.execute(seen).first() is None:
            raise NotFound("enrollment_not_found", "There is no such enrollment.")
        statement = sa.select(history).where(history.c.enrollment_id == enrollment_id).order_by(history.c.id)
        if cursor is not None:
            statement = statement.where(history.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.id})}


def _own_offering(tx: Transaction, caller: Caller, offering_id: UUID) -> Any:
    offering = tx.execute(sa.select(offerings).where(offerings.c.id == offering_id)).first()
    if offering is None or not scope.sees(tx, caller, offering.agency_code):
        raise NotFound("offering_not_found", "There is no such offering.")
    return offering
