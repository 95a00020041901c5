"""Promotion in rank: what a rank asks for, and which hours serve it (circulars 200/55588 and 200/91/5982)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.enrollment.domain.record import JOB_SIDE, Line

# مقدماتی, پایه, ارشد, خبره, عالی
RANKS = ("beginner", "basic", "senior", "expert", "excellent")


class Criterion(NamedTuple):
    """One thing that a rank asks for. `met` None: nothing is known of it; `missing` by how much it is not met."""

    name: str
    met: bool | None
    required: Any
    actual: Any
    missing: Any = None


class Facts(NamedTuple):
    """What is known of somebody: their rank, since when, years of service, and what their agency says of them."""

    rank: str
    years: float
    hours: float
    appraisal: float | None
    experience: bool | None


def rank_lines(lines: Iterable[Line], since: date | None, until: date, induction_side: str) -> list[Line]:
    """Lines that may serve the next rank: of job and management, after the day of the last rank, and serving none.

    Hours serve one rank and are not carried over, so those before the last rank serve none any more.
    """
    sides = (*JOB_SIDE, "induction") if induction_side == "job" else JOB_SIDE
    return [
        line
        for line in lines
        if line.counts
        and line.course_type in sides
        and (since is None or line.completed_on > since)
        and line.completed_on <= until
        and not any(use.partition(":")[0] == "rank" for use in line.uses)
    ]


def judge(rank: str, table: Mapping[str, Mapping[str, Any]], facts: Facts) -> list[Criterion]:
    """What a rank asks for, one by one; `table` is the policy of the scheme. A rank that it lacks has one criterion."""
    if rank not in table:
        return [Criterion("scheme", False, sorted(table, key=RANKS.index), rank)]
    asks = table[rank]
    before = RANKS[RANKS.index(rank) - 1]
    found = [
        Criterion("scheme", True, sorted(table, key=RANKS.index), rank),
        Criterion("previous_rank", facts.rank == before, before, facts.rank),
        _at_least("years_of_service", asks["years"], facts.years),
        _at_least("hours", asks["hours"], facts.hours),
        _at_least("appraisal", asks["appraisal"], facts.appraisal),
    ]
    if asks["experience"]:
        found.append(Criterion("documented_experience", facts.experience, True, facts.experience))
    return found


def is_met(criteria: Sequence[Criterion]) -> bool:
    return all(each.met for each in criteria)


def _at_least(name: str, required: float, actual: float | None) -> Criterion:
    if actual is None:
        return Criterion(name, None, required, None)
    missing = round(max(0.0, required - actual), 2)
    return Criterion(name, missing == 0, required, actual, missing)
