"""The arithmetic of annual plans: planned hours against the yearly minimum, needs against seats, done against planned.

Hours are person-hours unless they are said to be per head; money is whole rials. Shares are null where they would be of
nothing, and above 1 where more was done than asked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.catalog.domain.plans import BOTH, MANAGERS, STAFF

Headcount = Mapping[str, int]
Line = Mapping[str, Any]


def required_hours(headcount: Headcount, minimum: Mapping[str, float]) -> float:
    """What the yearly minimum per head (circular 200/90/31146) comes to."""
    return float(headcount[MANAGERS] * minimum[MANAGERS] + headcount[STAFF] * minimum[STAFF])


def seats_of(line: Line) -> int:
    seats: int = line["offerings"] * line["seats"]
    return seats


def figures(content: Mapping[str, Any], minimum: Mapping[str, float] | None) -> dict[str, Any]:
    """What a plan comes to; without a `minimum` in force nothing is required."""
    lines, headcount = content["planned_offerings"], content["headcount"]
    required = required_hours(headcount, minimum) if minimum is not None else None
    planned = sum(seats_of(line) * line["hours"] for line in lines)
    cost = sum(line["cost"] for line in lines)
    return {
        "required_hours": required,
        "needed_hours": rounded(sum(need["people"] * need["hours"] for need in content["needs"])),
        "planned_hours": rounded(planned),
        "planned_seats": sum(seats_of(line) for line in lines),
        "coverage": share(planned, required),
        "shortfall_hours": None if required is None else rounded(max(0.0, required - planned)),
        "hours_per_head": hours_per_head(lines, headcount),
        "planned_cost": cost,
        "budget_left": content["budget"] - cost,
    }


def planned_by_type(lines: Iterable[Line], types: Mapping[tuple[str, int], str]) -> dict[str, tuple[int, float]]:
    """Seats, and hours of all of them, by type of course; `types` are those of the versions that the lines name."""
    found: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for line in lines:
        kind = types[line["course_code"], line["course_version"]]
        people, hours = found[kind]
        found[kind] = people + seats_of(line), hours + seats_of(line) * line["hours"]
    return {kind: (people, rounded(hours)) for kind, (people, hours) in sorted(found.items())}


def hours_per_head(lines: Iterable[Line], headcount: Headcount) -> dict[str, float | None]:
    """Planned hours per manager and per member of staff; what is for both is shared by heads."""
    hours = dict.fromkeys((MANAGERS, STAFF, BOTH), 0.0)
    for line in lines:
        hours[line["audience"]] += seats_of(line) * line["hours"]
    people = headcount[MANAGERS] + headcount[STAFF]
    return {
        group: rounded(hours[group] / headcount[group] + hours[BOTH] / people) if headcount[group] else None
        for group in (MANAGERS, STAFF)
    }


def needs_not_covered(needs: Sequence[Mapping[str, Any]], lines: Sequence[Line]) -> list[dict[str, int]]:
    """Needs for which the planned seats do not suffice; with `seats` 0 nothing planned answers them at all.

    A seat serves one need. Needs that name a course take their seats before those that name a competence alone, each in
    the order of their numbers.
    """
    left = [seats_of(line) for line in lines]
    missing: list[dict[str, int]] = []
    for need in sorted(needs, key=lambda need: (need["course_code"] is None, need["number"])):
        wanted = need["people"]
        for place, line in enumerate(lines):
            taken = min(wanted, left[place]) if answers(line, need) else 0
            left[place], wanted = left[place] - taken, wanted - taken
        if wanted:
            missing.append({"number": need["number"], "people": need["people"], "seats": need["people"] - wanted})
    return sorted(missing, key=lambda need: need["number"])


def answers(line: Line, need: Mapping[str, Any]) -> bool:
    """Whether a planned offering teaches the course a need names, or else its competence."""
    if need["course_code"] is not None:
        return bool(line["course_code"] == need["course_code"])
    return need["competence"] in line["competences"]


class Held(NamedTuple):
    """Offerings of one course that begin in the year. `held` are over and were not cancelled."""

    opened: int = 0
    held: int = 0
    cancelled: int = 0
    seats_offered: int = 0


class Done(NamedTuple):
    """Completions of one course by the agency's people, wherever it was held."""

    people: int = 0
    hours: float = 0.0


def progress(
    lines: Sequence[Line], over: Collection[int], held: Mapping[str, Held], done: Mapping[str, Done]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Each planned course against what became of it, then the courses that were not planned, both by code.

    `over` has the places of the lines whose month or quarter has ended.
    """
    planned: dict[str, dict[str, Any]] = defaultdict(lambda: {"offerings": 0, "due": 0, "seats": 0, "hours": 0.0})
    for place, line in enumerate(lines):
        of_course = planned[line["course_code"]]
        of_course["offerings"] += line["offerings"]
        of_course["due"] += line["offerings"] if place in over else 0
        of_course["seats"] += seats_of(line)
        of_course["hours"] += seats_of(line) * line["hours"]
    beside = sorted((held.keys() | done.keys()) - planned.keys())
    return (
        [_course(code, planned[code], held, done) for code in sorted(planned)],
        [_course(code, None, held, done) for code in beside],
    )


def _course(
    code: str, planned: Mapping[str, Any] | None, held: Mapping[str, Held], done: Mapping[str, Done]
) -> dict[str, Any]:
    people, hours = done.get(code, Done())
    row = {"course_code": code, **held.get(code, Held())._asdict(), "done_people": people, "done_hours": rounded(hours)}
    if planned is not None:
        row |= {f"planned_{name}": value for name, value in planned.items()}
        row["planned_hours"] = rounded(planned["hours"])
    return row


def totals(planned: Iterable[Mapping[str, Any]], unplanned: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The sums over all courses. Shares are of the plan and count planned courses alone, `done_hours` counts all."""
    rows, beside = list(planned), list(unplanned)
    sums: dict[str, Any] = {}
    for name in ("planned_offerings", "planned_due", "planned_seats", "planned_hours"):
        sums[name] = _sum(name, rows)
    for name in ("opened", "held", "cancelled", "seats_offered", "done_people", "done_hours"):
        sums[name], sums[f"unplanned_{name}"] = _sum(name, rows + beside), _sum(name, beside)
    return sums | {
        "held_share": share(sums["held"] - sums["unplanned_held"], sums["planned_offerings"]),
        "seats_share": share(sums["seats_offered"] - sums["unplanned_seats_offered"], sums["planned_seats"]),
        "hours_share": share(sums["done_hours"] - sums["unplanned_done_hours"], sums["planned_hours"]),
    }


def _sum(name: str, rows: Iterable[Mapping[str, Any]]) -> Any:
    total = sum(row[name] for row in rows)
    return rounded(total) if name.endswith("_hours") else total


def against_minimum(
    headcount: Headcount, minimum: Mapping[str, float] | None, done_hours: float, days_gone: int, days: int
) -> dict[str, Any]:
    """Hours done against the part of the yearly minimum that the days gone by ask for (pro rata: a policy default).

    Completions do not say who is a manager, so both sides are averages over all heads of the agency.
    """
    people = headcount[MANAGERS] + headcount[STAFF]
    required = required_hours(headcount, minimum) * days_gone / days if minimum is not None else None
    per_head = rounded(required / people) if required is not None and people else None
    return {
        "required_hours_so_far": None if required is None else rounded(required),
        "minimum_per_head_so_far": per_head,
        "done_per_head": rounded(done_hours / people) if people else None,
        "done_share": share(done_hours, required),
        "shortfall_hours_so_far": None if required is None else rounded(max(0.0, required - done_hours)),
    }


def days_gone(first: date, last: date, today: date) -> tuple[int, int]:
    """Whole days of a year that have gone by before today, and all its days."""
    days = (last - first).days + 1
    return min(max((today - first).days, 0), days), days


def share(part: float, whole: float | None) -> float | None:
    return round(part / whole, 4) if whole else None


def rounded(hours: float) -> float:
    """To the hundredth of an hour: halves and quarters stay exact, and what binary fractions add goes."""
    return round(float(hours), 2)
