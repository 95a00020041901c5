"""Figures of agencies: shares, averages and what is missing, from sums over their people.

Whether the yearly minimum (circular 200/90/31146) binds each person or the average of the agency was not found, so both
are worked out: people who miss hours of their own, and hours that the agency misses as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.enrollment.domain.hours import GROUPS
from services.enrollment.domain.record import TYPES, hours_by_side

APART, UNKNOWN = "contract", "unknown"
COUNTED = ("people", "trained", "lines", "people_short")

Sums = Mapping[str, Any]


def added(rows: Iterable[Sums]) -> dict[str, Any]:
    """Sums of several groups or agencies together."""
    names = (*COUNTED, *(f"{kind}_hours" for kind in TYPES), "required_hours", "missing_hours")
    total = dict.fromkeys(names, 0)
    for row in rows:
        for name in names:
            total[name] += row[name]
    return total


def figures(sums: Sums, induction_side: str, bound: Sums | None = None) -> dict[str, Any]:
    """What sums over people with known employment come to; null is what would be divided by nobody or nothing.

    `bound` are the sums of those of them whom the minimum is asked of, where these are not all.
    """
    job, general = _sides(sums, induction_side)
    people, bound = sums["people"], sums if bound is None else bound
    heads, hours, required = bound["people"], sum(_sides(bound, induction_side)), float(bound["required_hours"])
    missing = max(0.0, required - hours)
    return {
        "people": people,
        "trained": sums["trained"],
        "coverage": share(sums["trained"], people),
        "completions": sums["lines"],
        "hours": rounded(job + general),
        "job_hours": rounded(job),
        "general_hours": rounded(general),
        "hours_per_head": per_head(job + general, people),
        "person": {
            "people": heads,
            "people_short": bound["people_short"],
            "share_short": share(bound["people_short"], heads),
            "missing_hours": rounded(bound["missing_hours"]),
        },
        "average": {
            "people": heads,
            "hours": rounded(hours),
            "hours_per_head": per_head(hours, heads),
            "required_hours": rounded(required),
            "required_per_head": per_head(required, heads),
            "reached": share(hours, required),
            "missing_hours": rounded(missing),
            "missing_per_head": per_head(missing, heads),
        },
    }


def total(groups: Mapping[str, Sums], induction_side: str) -> dict[str, Any]:
    """The figures of all groups together. Contract staff are part of what was done; their minimum is counted apart."""
    bound = added(sums for group, sums in groups.items() if group != APART)
    return figures(added(groups.values()), induction_side, bound)


def person(row: Sums, induction_side: str) -> dict[str, Any]:
    """A person's hours in an agency and year, and what is missing there."""
    job, general = _sides(row, induction_side)
    return {
        "hours": rounded(job + general),
        "job_hours": rounded(job),
        "general_hours": rounded(general),
        "required_hours": rounded(row["required_hours"]),
        "missing_hours": rounded(max(0.0, row["required_hours"] - job - general)),
    }


def beside(sums: Sums) -> dict[str, Any]:
    """Hours of people of whose employment there nothing is known: they are in no average."""
    hours = sum(float(sums[f"{kind}_hours"]) for kind in TYPES)
    return {"people": sums["people"], "completions": sums["lines"], "hours": rounded(hours)}


def by_group(rows: Iterable[Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The sums of each group of staff, and those of people of unknown employment; zeros where there are none."""
    found = {row["staff_group"]: row for row in rows}
    groups = {group: added([found[group]] if group in found else []) for group in GROUPS}
    return groups, added([found[UNKNOWN]] if UNKNOWN in found else [])


def calendar(first: date, last: date, today: date) -> dict[str, Any]:
    """A year's days, how many of them are over, and whether it is over, running or ahead."""
    days = (last - first).days + 1
    gone = min(max((today - first).days, 0), days)
    state = "ahead" if today < first else "running" if today <= last else "over"
    return {"from_on": first, "until_on": last, "state": state, "days_gone": gone, "days_of_year": days}


def plan_against_done(
    plan: Mapping[str, Any], done: Mapping[str, tuple[int, float]], days_gone: int, days: int
) -> dict[str, Any]:
    """Each type of course of an approved plan against completions and their hours, and what was done beside it."""
    planned = {row["course_type"]: row for row in plan["by_type"]}
    rows = []
    for kind in TYPES:
        people, hours = planned.get(kind, {}).get("people", 0), planned.get(kind, {}).get("hours", 0.0)
        done_people, done_hours = done.get(kind, (0, 0.0))
        if people or done_people or done_hours:
            rows.append(
                {
                    "course_type": kind,
                    "planned_people": people,
                    "planned_hours": rounded(hours),
                    "done_people": done_people,
                    "done_hours": rounded(done_hours),
                    "hours_share": share(done_hours, hours),
                }
            )
    done_hours = sum(row["done_hours"] for row in rows)
    return {
        "planned_hours": rounded(plan["hours"]),
        "planned_hours_so_far": rounded(plan["hours"] * days_gone / days),
        "done_people": sum(row["done_people"] for row in rows),
        "done_hours": rounded(done_hours),
        "hours_share": share(done_hours, plan["hours"]),
        "by_type": rows,
    }


def plans_added(plans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the plans of several agencies foresee together."""
    types: dict[str, dict[str, Any]] = {}
    for plan in plans:
        for row in plan["by_type"]:
            total = types.setdefault(row["course_type"], {"course_type": row["course_type"], "people": 0, "hours": 0.0})
            total["people"] += row["people"]
            total["hours"] += row["hours"]
    names = ("headcount", "offerings", "people", "hours", "budget")
    return {name: sum(plan[name] for plan in plans) for name in names} | {"by_type": list(types.values())}


def _sides(sums: Sums, induction_side: str) -> tuple[float, float]:
    return hours_by_side({kind: float(sums[f"{kind}_hours"]) for kind in TYPES}, induction_side)


def share(part: float, whole: float) -> float | None:
    """Null of nothing; above 1 where more was done than asked."""
    return round(part / whole, 4) if whole > 0 else None


def per_head(hours: float, people: int) -> float | None:
    return rounded(hours / people) if people else None


def rounded(hours: float) -> float:
    return round(float(hours), 2)
