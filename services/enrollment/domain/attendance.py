"""What was recorded of somebody in a course, added up: hours of sessions with excuses, and weighted assessments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.enrollment.domain.reasons import Reason
from services.enrollment.domain.results import completion_failures, exact

# An offering of whose assessments nothing is said has one, and all of the score is its.
EXAM: list[dict[str, Any]] = [{"code": "exam", "title": {"fa": "آزمون", "en": "Exam"}, "weight": 1.0}]


@dataclass(frozen=True)
class Excuses:
    """Kinds of excuse by what they count as (`attended`, `excused`, `absent`), and up to which share of the course's
    hours excused ones count as attended (policies `excuse_kinds`, `max_excused_share`)."""

    counts: Mapping[str, str] = field(default_factory=dict)
    max_share: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """What was recorded: hours and excuse by session, and scores by assessment and sitting."""

    sessions: Mapping[int, tuple[float, str | None]] = field(default_factory=dict)
    scores: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Nobody ever saw this person: no hour, no excuse, no score."""
        return not self.scores and not any(hours or excuse for hours, excuse in self.sessions.values())


@dataclass(frozen=True)
class Standing:
    """Where somebody stands: hours of the course that count, how many of them are excused, and the score so far."""

    attended_hours: float
    excused_hours: float
    score: float
    missing_sessions: tuple[int, ...]
    missing_assessments: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.missing_sessions and not self.missing_assessments


def session_lengths(offering: Any) -> dict[int, float]:
    """Hours of each session by its number; an offering without sessions is one, as long as the course."""
    if not offering.sessions:
        return {1: offering.hours}
    found = {}
    for session in offering.sessions:
        first, last = (datetime.fromisoformat(session[name]) for name in ("starts_at", "ends_at"))
        found[session["number"]] = (last - first).total_seconds() / 3600
    return found


def assessments_of(offering: Any) -> list[dict[str, Any]]:
    return list(offering.assessments) or EXAM


def standing(offering: Any, sheet: Sheet, excuses: Excuses, *, best_counts: bool = False) -> Standing:
    """Add up what was recorded of somebody.

    The hours of the sessions are a share of all of them, and that share of the course's hours is what counts: breaks
    and rounding of a timetable make nobody fail, and a session that became shorter makes up for no other. What a
    session lacks is excused where its kind says so, altogether up to the policy's share. Of several sittings of an
    assessment the last counts, or the best (policy `resit_counts`); weights such as three times 0.333 are shares of
    their sum, so that equal scores are the score.
    """
    lengths = session_lengths(offering)
    whole = sum(exact(length) for length in lengths.values()) or Decimal(1)
    hours = exact(offering.hours)
    present, excused = Decimal(0), Decimal(0)
    for number, length in lengths.items():
        said, excuse = sheet.sessions.get(number, (0.0, None))
        kind = excuses.counts.get(excuse or "", "absent")
        there = min(exact(said), exact(length))
        present += exact(length) if kind == "attended" else there
        excused += exact(length) - there if kind == "excused" else 0
    counted = min(excused * hours / whole, exact(excuses.max_share) * hours)
    attended = min(present * hours / whole + counted, hours)
    parts = assessments_of(offering)
    weights = sum(exact(part["weight"]) for part in parts)
    points = sum(exact(part["weight"]) * _of(sheet.scores.get(part["code"], {}), best_counts) for part in parts)
    return Standing(
        attended_hours=round(float(attended), 6),
        excused_hours=round(float(counted), 6),
        score=round(float(points / weights), 6),
        missing_sessions=tuple(number for number in sorted(lengths) if number not in sheet.sessions),
        missing_assessments=tuple(part["code"] for part in parts if not sheet.scores.get(part["code"])),
    )


def to_sit_again(offering: Any, sheet: Sheet, sitting: int) -> list[str]:
    """The assessments of a sitting that are still to come: those below the pass mark that have no score of it."""
    return [
        part["code"]
        for part in assessments_of(offering)
        if sitting not in (scores := sheet.scores.get(part["code"], {}))
        and _of(scores, best_counts=True) < exact(offering.pass_mark)
    ]


def may_still_pass(
    offering: Any, sheet: Sheet, excuses: Excuses, sitting: int, sittings_left: int, *, best_counts: bool = False
) -> bool:
    """Whether being there all the time and full marks in what is still to come would do, a further sitting among it."""
    sessions = {number: (length, None) for number, length in session_lengths(offering).items()}
    hoped = {code: {**sheet.scores.get(code, {}), sitting: 100.0} for code in to_sit_again(offering, sheet, sitting)}
    best = Sheet({**sessions, **sheet.sessions}, {**sheet.scores, **hoped})
    stands = standing(offering, best, excuses, best_counts=best_counts)
    failures = completion_failures(offering, stands.attended_hours, stands.score)
    return not failures or (failures == ["score"] and sittings_left > 0)


def attendance_refusal(length: float | None, hours: float, excuse: str | None, excuses: Excuses) -> Reason | None:
    """Why hours of a session cannot be recorded, or None. `length` is None where there is no such session."""
    if length is None:
        return Reason("session_not_found", "The offering has no such session.")
    if exact(hours) > exact(length):
        return Reason("too_many_hours", f"The session has {length:g} hours.", {"hours": length})
    if excuse is not None and excuse not in excuses.counts:
        known = sorted(excuses.counts)
        return Reason("unknown_excuse", f"The excuse is none of {', '.join(known)}.", {"known": known})
    return None


def _of(scores: Mapping[int, float], best_counts: bool) -> Decimal:
    if not scores:
        return Decimal(0)
    return exact(max(scores.values()) if best_counts else scores[max(scores)])
