"""The one door into an offering, for a single person and for a list alike. All is decided under one row lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment import domain
from services.enrollment.models import enrollments, queries
from services.enrollment.service import facts
from shared.database import Transaction
from shared.errors import Unavailable
from shared.ids import new_id


def known_offering(tx: Transaction, offering_id: UUID) -> Any:
    """The offering's row, locked. Unavailable `offering_not_known_yet`: its event may be on the way."""
    offering = queries.lock_offering(tx, offering_id)
    if offering is None:
        raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
    return offering


def seats_of(offering: Any) -> domain.Seats:
    return domain.Seats(offering.capacity, offering.seats_taken, offering.waitlist_limit, offering.waiting)


@dataclass
class Entry:
    """How one person fared: a status, or the reasons against it."""

    employee: Any
    enrollment_id: UUID
    status: str = "refused"
    waiting_number: int | None = None
    is_new: bool = True
    reasons: list[domain.Reason] = field(default_factory=list)


class Entrance:
    """Decides on people one after the other in memory, then writes all of them with a handful of statements."""

    def __init__(self, tx: Transaction, offering: Any, employees: Mapping[UUID, Any], today: date) -> None:
        self.tx, self.offering, self.today = tx, offering, today
        self.seats = seats_of(offering)
        self.last_waiting_number = offering.last_waiting_number
        self.entered: list[Entry] = []
        self._existing = queries.enrollments_of(tx, offering.id, employees)
        self._completed = queries.completed_courses(tx, employees, offering.prerequisites)

    def consider(self, employee: Any) -> Entry:
        """Let one person in, or say why not. Nobody may be considered twice."""
        existing = self._existing.get(employee.id)
        candidate = domain.Candidate(
            agency_code=employee.agency_code,
            state=existing.status if existing else None,
            enrollment_id=str(existing.id) if existing else None,
            completed_courses=self._completed.get(employee.id, ()),
        )
        entry = Entry(employee, existing.id if existing else new_id(), is_new=existing is None)
        entry.reasons = domain.refusals(self.offering, candidate, self.seats, self.today)
        if not entry.reasons:
            entry.status, self.seats = domain.admit(self.offering.approval, self.seats)
            if entry.status == "waitlisted":
                self.last_waiting_number += 1
                entry.waiting_number = self.last_waiting_number
            self.entered.append(entry)
        return entry

    def write(self) -> None:
        """Rows, seat counters and events of everybody who was let in."""
        if not self.entered:
            return
        now = self.tx.now
        same = {"reason": None, "enrolled_at": now, "changed_at": now}
        new = [
            {"employee_id": entry.employee.id, "offering_id": self.offering.id, **_changes(entry), **same}
            for entry in self.entered
            if entry.is_new
        ]
        if new:
            self.tx.execute(sa.insert(enrollments), new)
        queries.update_each(self.tx, [_changes(entry) for entry in self.entered if not entry.is_new], **same)
        queries.set_offering(
            self.tx,
            self.offering.id,
            seats_taken=self.seats.taken,
            waiting=self.seats.waiting,
            last_waiting_number=self.last_waiting_number,
        )
        for entry in self.entered:
            if entry.status == "confirmed":
                self.tx.publish(facts.confirmed(self.offering, entry.employee, entry.enrollment_id))


def _changes(entry: Entry) -> dict[str, Any]:
    return {"id": entry.enrollment_id, "status": entry.status, "waiting_number": entry.waiting_number}
