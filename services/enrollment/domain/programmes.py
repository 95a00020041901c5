"""When somebody has completed a programme, and what is still missing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol


class Programme(Protocol):
    """What the rule asks of a programme; `courses` hold `course_code`, `compulsory` and `min_version`."""

    ordered: Any
    courses: Any
    min_electives: Any
    min_hours: Any


@dataclass(frozen=True)
class Completion:
    """A course that somebody completed."""

    course_code: str
    version: int
    hours: float
    completed_on: date


@dataclass(frozen=True)
class Item:
    """A course of a programme, and how it stands with somebody.

    `status` is `done` (by the completion in `by`), `missing`, `old_version` (completed in a version too low), or
    `too_early` (completed before the compulsory course that comes first).
    """

    course_code: str
    compulsory: bool
    min_version: int | None
    status: str
    by: Completion | None = None


@dataclass(frozen=True)
class State:
    """What is done of a programme. `completed_on` is the last day among what counts, once it is complete."""

    items: tuple[Item, ...]
    missing: tuple[str, ...]
    electives: int
    hours: float
    complete: bool

    @property
    def counted(self) -> list[Completion]:
        return [item.by for item in self.items if item.by is not None]

    @property
    def completed_on(self) -> date | None:
        return max(done.completed_on for done in self.counted) if self.complete else None


def programme_state(
    programme: Programme, completions: Iterable[Completion], equivalent: Mapping[str, Collection[str]]
) -> State:
    """How somebody with these completions stands in a programme.

    Complete: every compulsory course, at least `min_electives` others and `min_hours` altogether. Where it is ordered,
    a compulsory course counts when it was completed on the day of the one above it or later. A course that stands for
    another counts in its place, in any version, for one course, and only if it is no course of the programme itself.
    """
    places = _Places(programme, completions, equivalent)
    items = tuple(places.item(course) for course in programme.courses)
    done = [item for item in items if item.by is not None]
    electives = sum(not item.compulsory for item in done)
    hours = round(sum(item.by.hours for item in done if item.by is not None), 6)
    missing = tuple(item.course_code for item in items if item.compulsory and item.by is None)
    enough = electives >= programme.min_electives and hours >= programme.min_hours
    return State(items, missing, electives, hours, complete=bool(done) and not missing and enough)


class _Places:
    """Gives every course of a programme, from the first on, the earliest completion that may count for it."""

    def __init__(
        self, programme: Programme, completions: Iterable[Completion], equivalent: Mapping[str, Collection[str]]
    ) -> None:
        self._ordered = programme.ordered
        self._own = {course["course_code"] for course in programme.courses}
        self._equivalent = equivalent
        self._completions = sorted(completions, key=lambda done: done.completed_on)
        self._used: set[str] = set()
        self._not_before = date.min

    def item(self, course: Mapping[str, Any]) -> Item:
        code, compulsory, least = course["course_code"], course["compulsory"], course["min_version"]
        same = [done for done in self._completions if done.course_code == code]
        fitting = [done for done in same if done.version >= (least or 1)] + self._standing_for(code)
        in_order = compulsory and self._ordered
        chosen = min(
            (done for done in fitting if not in_order or done.completed_on >= self._not_before),
            key=lambda done: done.completed_on,
            default=None,
        )
        if in_order:
            self._not_before = chosen.completed_on if chosen else date.max
        if chosen:
            self._used.add(chosen.course_code)
            return Item(code, compulsory, least, "done", chosen)
        status = "too_early" if fitting else "old_version" if same else "missing"
        return Item(code, compulsory, least, status)

    def _standing_for(self, code: str) -> list[Completion]:
        others = set(self._equivalent.get(code, ())) - self._own - self._used
        return [done for done in self._completions if done.course_code in others]
