"""How often one person gets a certificate of one course: once in a cycle, and when the next cycle begins."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.certification.domain.states import IN_FORCE


class Held(NamedTuple):
    """A certificate of the course that the person has already. `valid_until` None: it never expires."""

    certificate_id: UUID
    course_version: int
    cycle: int
    status: str
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        return self.status in IN_FORCE and (self.valid_until is None or day <= self.valid_until)


class Covered(NamedTuple):
    """No second certificate: this one says it already."""

    certificate_id: UUID


class Begins(NamedTuple):
    """A new cycle; `renews` is the last day of the certificate that it renews inside its window."""

    cycle: int
    renews: date | None


def place(
    held: Iterable[Held], course_version: int, completed_on: date, opens_on: Callable[[date], date]
) -> Covered | Begins:
    """Whether a completion begins a cycle. `opens_on` gives the first day on which a last day may be renewed.

    It does where no certificate of this version or a higher one holds on that day (none was there, or it was revoked,
    or has expired), and inside the renewal window. A suspended one holds here: it may be reinstated.
    """
    known = list(held)
    covering = [
        each
        for each in known
        if each.holds_on(completed_on)
        and each.course_version >= course_version
        and (each.valid_until is None or completed_on < opens_on(each.valid_until))
    ]
    if covering:
        return Covered(max(covering, key=lambda each: (each.valid_until or date.max, each.cycle)).certificate_id)
    return Begins(1 + max((each.cycle for each in known), default=0), renewed(known, completed_on, opens_on))


def renewed(held: Iterable[Held], completed_on: date, opens_on: Callable[[date], date]) -> date | None:
    """The last day of the certificate whose renewal window a completion falls into; None outside of any."""
    days = [each.valid_until for each in held if each.holds_on(completed_on)]
    return max((day for day in days if day is not None and opens_on(day) <= completed_on), default=None)
