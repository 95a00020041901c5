"""The one door into an offering, for a single person and for a list alike. All is decided under one row lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.entry import Candidate, Related, refusals
from services.enrollment.domain.reasons import Reason
from services.enrollment.domain.seats import admit
from services.enrollment.models import enrollments, queries
from services.enrollment.models.courses import related_courses
from services.enrollment.service import facts, seating
from shared.database import Transaction
from shared.ids import new_id


@dataclass
class Entry:
    """How one person fared: a status, or the reasons against it."""

    employee: Any
    enrollment_id: UUID
    status: str = "refused"
    waiting_number: int | None = None
    is_new: bool = True
    reasons: list[Reason] = field(default_factory=list)


class Entrance:
    """Decides on people one after the other in memory, then writes all of them with a handful of statements."""

    def __init__(self, tx: Transaction, offering: Any, employees: Mapping[UUID, Any], today: date) -> None:
        self.tx, self.offering, self.today = tx, offering, today
        # Reserved seats may have become everybody's since the timer ran last: who waits for them comes first.
        self._moved_up, self.seats = seating.next_up(tx, offering, seating.seats_of(tx, offering, today))
        self.last_waiting_number = offering.last_waiting_number
        self.entered: list[Entry] = []
        self._existing = queries.enrollments_of(tx, offering.id, employees)
        self._related = Related(**related_courses(tx, {offering.course_code, *offering.prerequisites}))
        self._completed = queries.completed_versions(tx, employees, self._courses_that_matter())

    def _courses_that_matter(self) -> set[str]:
        codes = {*self.offering.prerequisites, *self._related.counts_once.get(self.offering.course_code, ())}
        for code in self.offering.prerequisites:
            codes.update(self._related.equivalent.get(code, ()))
        return codes

    def consider(self, employee: Any) -> Entry:
        """Let one person in, or say why not. Nobody may be considered twice."""
        existing = self._existing.get(employee.id)
        entry = Entry(employee, existing.id if existing else new_id(), is_new=existing is None)
        candidate = self._candidate(employee, existing)
        entry.reasons = refusals(self.offering, candidate, self.seats, self.today, self._related)
        if not entry.reasons:
            entry.status, self.seats = admit(self.offering.approval, self.seats, employee.agency_code)
            if entry.status == "waitlisted":
                self.last_waiting_number += 1
                entry.waiting_number = self.last_waiting_number
            self.entered.append(entry)
        return entry

    def _candidate(self, employee: Any, existing: Any) -> Candidate:
        return Candidate(
            agency_code=employee.agency_code,
            state=existing.status if existing else None,
            enrollment_id=str(existing.id) if existing else None,
            is_manager=employee.is_manager,
            employment=employee.employment,
            is_veteran=employee.is_veteran,
            completed=self._completed.get(employee.id, {}),
        )

    def write(self) -> None:
        """Rows, seat counters and events of everybody who was let in."""
        if not self.entered:
            return
        seating.seat(self.tx, self.offering, self._moved_up)
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
        seating.count(self.tx, self.offering, self.seats, last_waiting_number=self.last_waiting_number)
        for entry in self.entered:
            if entry.status == "confirmed":
                self.tx.publish(facts.confirmed(self.offering, entry.employee, entry.enrollment_id))


def _changes(entry: Entry) -> dict[str, Any]:
    return {"id": entry.enrollment_id, "status": entry.status, "waiting_number": entry.waiting_number}
