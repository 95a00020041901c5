"""The rules of enrollment: states, seats, who may enter an offering, and when a course counts as completed.

Offerings are passed as anything with the attributes of `Offering` or `CourseRule`; days are those of Tehran.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from shared.errors import Conflict, NotFound, TrainingError

# Every state of an enrollment, what may be done in it, and what becomes of it. There is no other move.
# Entering again after a withdrawal or a rejection re-activates the same row: one row per person and offering.
STATES: dict[str, dict[str, tuple[str, ...]]] = {
    "requested": {
        "decide": ("confirmed", "waitlisted", "rejected"),
        "withdraw": ("withdrawn",),
        "cancel": ("cancelled",),
    },
    "waitlisted": {"promote": ("confirmed",), "withdraw": ("withdrawn",), "cancel": ("cancelled",)},
    "confirmed": {"record_result": ("completed", "failed"), "withdraw": ("withdrawn",), "cancel": ("cancelled",)},
    "completed": {},
    "failed": {},
    "withdrawn": {"enroll": ("requested", "waitlisted", "confirmed")},
    "rejected": {"enroll": ("requested", "waitlisted", "confirmed")},
    "cancelled": {},
}
ACTIVE = tuple(state for state, moves in STATES.items() if "cancel" in moves)
SEATED = ("confirmed", "completed", "failed")


def check_move(state: str, action: str) -> None:
    """Conflict `illegal_state` unless `action` may be done in `state`; details say what may be done instead."""
    if action in STATES[state]:
        return
    possible = sorted(STATES[state])
    hint = f"possible now: {', '.join(possible)}" if possible else "nothing can be done with it any more"
    message = f"The enrollment is {state} and does not allow {action}; {hint}."
    raise Conflict("illegal_state", message, {"state": state, "possible": possible})


@dataclass(frozen=True)
class Reason:
    """One reason for a refusal: a stable code, a sentence, and what the caller needs to act on it."""

    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "details": dict(self.details)}


def refusal(reasons: Sequence[Reason]) -> TrainingError:
    """The error for a refusal: code and details of the first reason, all of them in `details.reasons`."""
    first = reasons[0]
    kind = NotFound if first.code == NOT_OPEN.code else Conflict
    return kind(first.code, first.message, {**first.details, "reasons": [reason.as_dict() for reason in reasons]})


@dataclass(frozen=True)
class Seats:
    """The seats of one offering: never more taken than there are, and nobody waits beside a free one.

    `taken` counts the confirmed, completed and failed; `waiting` the waitlisted. A request holds no seat.
    """

    capacity: int
    taken: int
    waitlist_limit: int
    waiting: int

    @property
    def full(self) -> bool:
        return self.taken >= self.capacity and self.waiting >= self.waitlist_limit

    def enter(self) -> tuple[str, "Seats"]:
        """The state of the next person to enter, and the seats after it; Conflict `offering_full`."""
        if self.taken < self.capacity:
            return "confirmed", replace(self, taken=self.taken + 1)
        if self.waiting < self.waitlist_limit:
            return "waitlisted", replace(self, waiting=self.waiting + 1)
        raise refusal([FULL])

    def leave(self, state: str) -> tuple[bool, "Seats"]:
        """Whether the first waiting person takes over the seat of someone leaving, and the seats after both."""
        if state == "waitlisted":
            return False, replace(self, waiting=self.waiting - 1)
        if state != "confirmed":
            return False, self
        if self.waiting:
            return True, replace(self, waiting=self.waiting - 1)
        return False, replace(self, taken=self.taken - 1)


def admit(approval: str, seats: Seats) -> tuple[str, Seats]:
    """The state in which somebody enters: a request where a supervisor decides, else a seat or a waiting place."""
    return ("requested", seats) if approval == "supervisor" else seats.enter()


class Offering(Protocol):
    """What the rules of entering ask of an offering."""

    agency_code: Any
    open_to: Any
    status: Any
    enrollment_closes_on: Any
    leads_to_degree: Any
    prerequisites: Any


class CourseRule(Protocol):
    """What the rule of completing asks of an offering: hours, least share of them, and pass mark of 100."""

    hours: Any
    min_attendance: Any
    pass_mark: Any


@dataclass(frozen=True)
class Candidate:
    """Someone who wants to enter: the agency, the enrollment they have already, the courses they completed."""

    agency_code: str
    state: str | None = None
    enrollment_id: str | None = None
    completed_courses: Collection[str] = ()


FULL = Reason("offering_full", "All seats and all waiting places are taken.")
NOT_OPEN = Reason("offering_not_found", "There is no such offering.")
CANCELLED = Reason("offering_cancelled", "The offering was cancelled.")
DEGREE = Reason("leads_to_degree", "Staff are not sent to courses that lead to a degree (CSML article 61).")


def is_open_to(offering: Offering, agency_code: str) -> bool:
    """Whether an agency's staff may enter: its own, everybody's, or exactly those of the agencies listed."""
    if offering.open_to == "all":
        return True
    if offering.open_to == "agency":
        return bool(offering.agency_code == agency_code)
    return agency_code in offering.open_to


def refusals(offering: Offering, candidate: Candidate, seats: Seats, today: date) -> list[Reason]:
    """All reasons not to let somebody enter, the weightiest first; empty when they may.

    The closing day is wholly inside (policy default). Degree courses are refused for everybody (CSML article 61).
    An offering that is not open to the agency says nothing else: to them it does not exist.
    """
    if not is_open_to(offering, candidate.agency_code):
        return [NOT_OPEN]
    enrolled = candidate.state is not None and "enroll" not in STATES[candidate.state]
    missing = [code for code in offering.prerequisites if code not in candidate.completed_courses]
    closes_on = offering.enrollment_closes_on
    last_day = {"enrollment_closes_on": closes_on.isoformat()}
    known = {"enrollment_id": candidate.enrollment_id, "status": candidate.state}
    closed = Reason("enrollment_closed", f"Enrollment closed at the end of {closes_on.isoformat()}.", last_day)
    needed = Reason("prerequisite_missing", f"To be completed before: {', '.join(missing)}.", {"missing": missing})
    found = [
        (offering.status == "cancelled", CANCELLED),
        (enrolled, Reason("already_enrolled", "The employee is enrolled already.", known)),
        (today > closes_on, closed),
        (offering.leads_to_degree, DEGREE),
        (bool(missing), needed),
        (seats.full and not enrolled, FULL),
    ]
    return [reason for applies, reason in found if applies]


def completion_failures(course: CourseRule, attended_hours: float, score: float) -> list[str]:
    """Which of "attendance" and "score" miss the course's own rule; empty means completed. Both are inclusive.

    Courses without a rule of their own get 80 % of the hours and 60 of 100 from the catalog (policy default).
    Compared as decimals and without a division, so that 0.8 of 35 hours is 28 and not a hair more.
    """
    needed = _exact(course.min_attendance) * _exact(course.hours)
    failures = ["attendance"] if _exact(attended_hours) < needed else []
    return failures + (["score"] if _exact(score) < _exact(course.pass_mark) else [])


def result_refusal(course: CourseRule, state: str | None, attended_hours: float) -> Reason | None:
    """Why a result cannot be recorded for an enrollment in `state` (None: no such enrollment), or None."""
    if state is None:
        return Reason("enrollment_not_found", "The offering has no such enrollment.")
    if "record_result" not in STATES[state]:
        code = _UNRECORDABLE.get(state, "not_confirmed")
        return Reason(code, f"The enrollment is {state}; results are recorded for confirmed ones.")
    if _exact(attended_hours) > _exact(course.hours):
        return Reason("too_many_hours", f"The course has {course.hours:g} hours.")
    return None


_UNRECORDABLE = {
    "completed": "already_decided",
    "failed": "already_decided",
    "withdrawn": "withdrawn",
    "cancelled": "offering_cancelled",
}


def completion_day(ends_on: date, today: date) -> date:
    """The day a course counts as completed: its last one, or today where results come earlier (policy default)."""
    return min(ends_on, today)


@lru_cache(maxsize=1024)  # a list of results repeats the same few hours and scores
def _exact(number: float) -> Decimal:
    """The number a person meant: six decimals swallow the noise of sums such as 6.999999999999999."""
    return Decimal(str(round(number, 6)))
