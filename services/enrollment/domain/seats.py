"""The seats of one offering: who may sit, who waits, and who moves up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from services.enrollment.domain.reasons import FULL, refusal


@dataclass(frozen=True)
class Seats:
    """Never more taken than there are, and nobody waits beside a seat that they may take.

    `taken` counts the confirmed, completed and failed; `waiting` the waitlisted. A request holds no seat.
    `reserved` are the seats kept for single agencies today, `taken_by` the seats that these agencies' people have:
    they use their agency's reserved seats first, then those of the common pool.
    """

    capacity: int
    taken: int
    waitlist_limit: int
    waiting: int
    reserved: Mapping[str, int] = field(default_factory=dict)
    taken_by: Mapping[str, int] = field(default_factory=dict)

    def free_for(self, agency_code: str) -> int:
        """How many seats this agency's people could take now: the free ones that are not kept for others."""
        kept = sum(
            max(0, seats - self.taken_by.get(code, 0)) for code, seats in self.reserved.items() if code != agency_code
        )
        return max(0, self.capacity - self.taken - kept)

    def full_for(self, agency_code: str) -> bool:
        return not self.free_for(agency_code) and self.waiting >= self.waitlist_limit

    def enter(self, agency_code: str) -> tuple[str, "Seats"]:
        """The state of the next person to enter, and the seats after it; Conflict `offering_full`."""
        if self.free_for(agency_code):
            return "confirmed", self._seated(agency_code, 1)
        if self.waiting < self.waitlist_limit:
            return "waitlisted", replace(self, waiting=self.waiting + 1)
        raise refusal([FULL])

    def leave(self, state: str, agency_code: str) -> "Seats":
        """The seats once somebody has left; a free one goes to those who `move_up`."""
        if state == "waitlisted":
            return replace(self, waiting=self.waiting - 1)
        return self._seated(agency_code, -1) if state == "confirmed" else self

    def move_up(self, queue: Sequence[str]) -> tuple[list[int], "Seats"]:
        """Places in the queue of those who get a seat now, and the seats afterwards.

        `queue` holds the agencies of the waiting, the one who waits longest first. Everybody takes the first seat
        that they may take; so once through is enough, as nobody who sits down makes room for anybody.
        """
        moved, seats = [], self
        for place, agency_code in enumerate(queue):
            if seats.taken >= seats.capacity:
                break
            if seats.free_for(agency_code):
                moved.append(place)
                seats = replace(seats._seated(agency_code, 1), waiting=seats.waiting - 1)
        return moved, seats

    def _seated(self, agency_code: str, change: int) -> "Seats":
        taken_by = {**self.taken_by, agency_code: self.taken_by.get(agency_code, 0) + change}
        return replace(self, taken=self.taken + change, taken_by=taken_by)


def admit(approval: str, seats: Seats, agency_code: str) -> tuple[str, Seats]:
    """The state in which somebody enters: a request where a supervisor decides, else a seat or a waiting place."""
    return ("requested", seats) if approval == "supervisor" else seats.enter(agency_code)


def reserved_on(reservations: Sequence[Mapping[str, Any]], today: date) -> dict[str, int]:
    """Seats kept for each agency today; the last day of a reservation is wholly inside it."""
    found: dict[str, int] = {}
    for each in reservations:
        if date.fromisoformat(each["until"]) >= today:
            found[each["agency_code"]] = found.get(each["agency_code"], 0) + each["seats"]
    return found


def next_release(reservations: Sequence[Mapping[str, Any]], today: date) -> date | None:
    """The next day on which a reservation has ended and its seats are everybody's; None when no more will."""
    ends = [date.fromisoformat(each["until"]) for each in reservations]
    return min((until + timedelta(days=1) for until in ends if until >= today), default=None)
