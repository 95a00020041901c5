"""Promotion in rank: what is met and what is missing, the decision with the hours it uses up, and taking it back."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain import hours_ranks as domain
from services.enrollment.domain.hours_ranks import Criterion
from services.enrollment.domain.record import Line, lines
from services.enrollment.models import employees, people, record
from services.enrollment.models import hours as hours_models
from services.enrollment.models import ranks as models
from services.enrollment.models.ranks import rank_decisions
from services.enrollment.models.record import hour_uses
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import ranks as schemas
from services.enrollment.service import roles
from services.enrollment.service.employment import check_day, turn_period
from services.enrollment.service.sources import Source, plain, sources
from services.enrollment.service.staff import own_employee, tell_change
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.persian import add_jalali_months, tehran_date, whole_jalali_years

_KEYS = {
    "expert_posts": "rank_requirements",
    "associate_posts": "rank_requirements_associate",
    "teachers": "rank_requirements_teacher",
}
_DAY = timedelta(days=1)


class RankCalls:
    @query(schemas.CheckRank, reply=schemas.RankCheck, roles=roles.READERS)
    def check_rank(self, tx: Transaction, caller: Caller, employee_id: UUID, **asked: Any) -> dict[str, Any]:
        """Whether somebody may be promoted to a rank, criterion by criterion (circulars 200/55588 and 200/91/5982):
        years of service, hours of job and management since the last rank that serve no rank yet, average appraisal,
        documented experience, and the rank before. `eligible` only where all is met and known.

        Years of service are those in the periods of employment, `hired_on` included. NotFound `employee_not_found`;
        Invalid for a day to come.
        """
        person = own_employee(tx, caller, employee_id)
        found = _check(tx, person, asked)
        return {**found.shown(), "lines": [line._asdict() for line in found.lines]}

    @command(schemas.RecordRank, reply=schemas.RankDecision, roles=roles.OFFICERS)
    def record_rank(self, tx: Transaction, caller: Caller, employee_id: UUID, **asked: Any) -> dict[str, Any]:
        """Record the decision on a rank: the person has it from that day on, and all free hours of job and management
        between the last rank and this one are used up by it; none is carried over.

        The same decision again answers the same. NotFound `employee_not_found`; Invalid for a day to come or before the
        present period of employment; Conflict `not_employed`, `rank_recorded` (the rank was recorded by another
        decision), `rank_not_met` with the criteria unless there is an `override_reason`.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        for known in models.standing(tx, employee_id):
            if known.rank == asked["rank"]:
                if (known.effective_on, known.decision_number) == (asked["effective_on"], asked["decision_number"]):
                    return _shown(known)
                raise Conflict("rank_recorded", "This rank of the person is recorded by another decision.")
        period = people.open_period(tx, employee_id)
        if period is None:
            raise Conflict("not_employed", "The person is not employed any more.")
        check_day(tx, asked["effective_on"], period)
        found = _check(tx, person, asked)
        unmet = [each for each in found.criteria if not each.met]
        if unmet and asked["override_reason"] is None:
            details = {"criteria": [each.name for each in unmet]}
            raise Conflict("rank_not_met", "Not everything that the rank asks for is met and known.", details)
        row = _decide(tx, caller, person, found, asked)
        _use(tx, caller, row, found.lines)
        tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(rank=asked["rank"]))
        turn_period(tx, period, asked["effective_on"])
        tell_change(tx, employee_id, ["rank"])
        return _shown(models.decision(tx, row["id"]))

    @command(schemas.WithdrawRank, reply=schemas.RankDecision, roles=roles.OFFICERS)
    def withdraw_rank(self, tx: Transaction, caller: Caller, decision_id: UUID, reason: str) -> dict[str, Any]:
        """Take the decision on a rank back: its hours are free again, and the person has the rank before it.

        Only the last decision can be. The same again answers the same. NotFound `rank_decision_not_found`; Conflict
        `later_rank`.
        """
        known = models.decision(tx, decision_id)
        if known is None:
            raise NotFound("rank_decision_not_found", "There is no such decision.")
        own_employee(tx, caller, known.employee_id, lock=True)
        known = models.decision(tx, decision_id)
        if known.withdrawn_at is not None:
            return _shown(known)
        if models.standing(tx, known.employee_id)[-1].id != decision_id:
            raise Conflict("later_rank", "A later rank was recorded; take that one back first.")
        said = {"withdrawn_at": tx.now, "withdrawn_by": caller.system, "withdrawal_reason": reason}
        tx.execute(sa.update(rank_decisions).where(rank_decisions.c.id == decision_id).values(**said))
        record.free_uses(tx, hour_uses.c.reference_id == decision_id, hour_uses.c.purpose == "rank")
        if models.replace_rank(tx, known.employee_id, known.rank, known.before, known.effective_on):
            tell_change(tx, known.employee_id, ["rank"], reason=reason)
        return _shown(models.decision(tx, decision_id))

    @query(schemas.ListRanks, reply=schemas.RankDecisions, roles=roles.READERS)
    def list_ranks(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """Decisions on somebody's ranks, the oldest first, those taken back among them. NotFound
        `employee_not_found`."""
        own_employee(tx, caller, employee_id)
        return {"items": [_shown(row) for row in models.decisions_of(tx, employee_id)]}


class _Found(NamedTuple):
    """What a check came to."""

    employee_id: UUID
    rank: str
    present_rank: str
    scheme: str
    effective_on: date
    criteria: list[Criterion]
    hours_since: date | None
    lines: list[Line]
    policies: list[Source]

    def shown(self) -> dict[str, Any]:
        criteria = [each._asdict() for each in self.criteria]
        return self._asdict() | {"eligible": domain.is_met(self.criteria), "criteria": criteria}


def _check(tx: Transaction, person: Any, asked: dict[str, Any]) -> _Found:
    today = tehran_date(tx.now)
    day = asked["effective_on"] or today
    if day > today:
        raise Invalid.field("effective_on", "must not be a day to come")
    key, in_force = _KEYS[asked["scheme"]], max(day, FIRST_DAY)
    periods = [row for row in hours_models.periods_of(tx, [person.id]) if row.from_day <= day]
    since = _since(person.rank, periods)
    known = lines(record.entries_of(tx, [person.id]), record.uses_of(tx, [person.id]))
    free = domain.rank_lines(known, since, day, value_on(tx, "induction_side", in_force))
    facts = domain.Facts(
        rank=person.rank or domain.RANKS[0],
        years=_years(periods, day),
        hours=round(sum(line.hours for line in free), 2),
        appraisal=asked["average_appraisal"],
        experience=asked["documented_experience"],
    )
    return _Found(
        person.id,
        asked["rank"],
        facts.rank,
        asked["scheme"],
        day,
        domain.judge(asked["rank"], value_on(tx, key, in_force), facts),
        since,
        free,
        sources(tx, (key, "induction_side"), in_force),
    )


def _since(rank: str | None, periods: Sequence[Any]) -> date | None:
    """The first day with the present rank; None for a beginner, whose hours all count."""
    if rank is None or rank == domain.RANKS[0]:
        return None
    return min((row.from_day for row in periods if row.rank == rank), default=None)


def _years(periods: Sequence[Any], day: date) -> float:
    """Years of service until a day, wholly inside, with two decimals: Jalali years, as if without a gap until then."""
    days = sum((min(row.until_day or day, day) - row.from_day).days + 1 for row in periods)
    after = day + _DAY
    first = after - timedelta(days=days)
    years = whole_jalali_years(first, after)
    begun = add_jalali_months(first, 12 * years)
    whole = (add_jalali_months(first, 12 * (years + 1)) - begun).days
    return years + int(100 * (after - begun).days / whole) / 100


def _decide(tx: Transaction, caller: Caller, person: Any, found: _Found, asked: dict[str, Any]) -> dict[str, Any]:
    row = {
        "id": new_id(),
        "employee_id": person.id,
        "agency_code": person.agency_code,
        "rank": found.rank,
        "before": person.rank,
        "scheme": found.scheme,
        "effective_on": found.effective_on,
        **{name: asked[name] for name in ("decision_number", "reason", "override_reason")},
        "criteria": [each._asdict() for each in found.criteria],
        "policies": plain(found.policies),
        "hours": round(sum(line.hours for line in found.lines), 2),
        "recorded_at": tx.now,
        "recorded_by": caller.system,
    }
    tx.execute(sa.insert(rank_decisions).values(row))
    return row


def _use(tx: Transaction, caller: Caller, decision: dict[str, Any], used: Sequence[Line]) -> None:
    record.add_uses(
        tx,
        {line.line_id: line.hours for line in used},
        employee_id=decision["employee_id"],
        purpose="rank",
        detail=decision["rank"],
        reference_id=decision["id"],
        used_on=decision["effective_on"],
        recorded_by=caller.system,
    )


def _shown(row: Any) -> dict[str, Any]:
    return {"decision_id": row.id, **row._mapping}
