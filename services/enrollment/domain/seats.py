"""The seats of one offering: who may sit, who waits, and who moves up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.enrollment.domain.reasons import FULL, QUOTA, Reason, refusal


@dataclass(frozen=True)
class Seats:
    """Never more given than there are, and nobody waits beside a seat that they may take.

    `taken` counts the seats of the confirmed and of those with a result, `offered` the seats held for somebody who is
    asked, `waiting` the waitlisted. A request or an invitation holds no seat. `reserved` are the seats kept for single
    agencies today, `taken_by` the seats that these agencies' people have or are offered: they use their agency's
    reserved seats first, then those of the common pool.
    """

    capacity: int
    taken: int
    waitlist_limit: int
    waiting: int
    reserved: Mapping[str, int] = field(default_factory=dict)
    taken_by: Mapping[str, int] = field(default_factory=dict)
    offered: int = 0

    @property
    def free(self) -> int:
        """Seats that nobody has and nobody is offered."""
        return max(0, self.capacity - self.taken - self.offered)

    def free_for(self, agency_code: str) -> int:
        """How many seats this agency's people could take now: the free ones that are not kept for others."""
        kept = sum(
            max(0, seats - self.taken_by.get(code, 0)) for code, seats in self.reserved.items() if code != agency_code
        )
        return max(0, self.free - kept)

    def full_for(self, agency_code: str) -> bool:
        return not self.free_for(agency_code) and self.waiting >= self.waitlist_limit

    def enter(self, agency_code: str) -> tuple[str, "Seats"]:
        """The state of the next person to enter, and the seats after it; Conflict `offering_full` and the like."""
        if self.free_for(agency_code):
            return "confirmed", self._given("taken", agency_code, 1)
        if self.waiting < self.waitlist_limit:
            return "waitlisted", replace(self, waiting=self.waiting + 1)
        raise refusal([self.why_full()])

    def why_full(self) -> Reason:
        """Why somebody gets neither seat nor waiting place: all seats are gone, or the free ones are others'."""
        return Reason(QUOTA.code, QUOTA.message, {"free": self.free}) if self.free else FULL

    def leave(self, state: str, agency_code: str) -> "Seats":
        """The seats once somebody has left `state`; a free one goes to those who `move_up`."""
        if state == "waitlisted":
            return replace(self, waiting=self.waiting - 1)
        if state == "offered":
            return self._given("offered", agency_code, -1)
        return self._given("taken", agency_code, -1) if state == "confirmed" else self

    def accept(self) -> "Seats":
        """An offered seat is taken."""
        return replace(self, offered=self.offered - 1, taken=self.taken + 1)

    def move_up(self, queue: Sequence[str], *, ask: bool) -> tuple[list[int], "Seats"]:
        """Places in the queue of those who get a seat now, and the seats afterwards.

        `queue` holds the agencies of the waiting, the one who waits longest first. With `ask` the seats are offered,
        else given. Everybody takes the first seat that they may take; so once through is enough, as nobody who sits
        down makes room for anybody.
        """
        moved, seats = [], self
        for place, agency_code in enumerate(queue):
            if not seats.free:
                break
            if seats.free_for(agency_code):
                moved.append(place)
                given = seats._given("offered" if ask else "taken", agency_code, 1)
                seats = replace(given, waiting=given.waiting - 1)
        return moved, seats

    def _given(self, kind: str, agency_code: str, change: int) -> "Seats":
        taken_by = {**self.taken_by, agency_code: self.taken_by.get(agency_code, 0) + change}
        counts: dict[str, Any] = {kind: getattr(self, kind) + change}
        return replace(self, taken_by=taken_by, **counts)


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


def waiting_ends_on(starts_on: date, enrollment_closes_on: date) -> date:
    """The last day on which seats pass to those who wait, wholly inside: as long as people may enter, and to the day
    the course starts (policy default)."""
    return max(starts_on, enrollment_closes_on)


def offer_until(now: datetime, hours: float, limits: Sequence[datetime]) -> datetime:
    """When an offered seat passes on: after `hours`, or at the first of `limits` that is still to come.

    The limits are the end of waiting, and the end of the day before the offering is decided on, so that whoever is
    counted then has said yes.
    """
    return min([now + timedelta(hours=hours), *(limit for limit in limits if limit > now)])
