"""Whether somebody may have a type-2 certificate: every criterion by itself, and the hours that count for it.

One regulation, on one day, decides all but one thing: the cap of a Jalali year is the one that held at the end of that
year, or on that day where the year goes on. So a career under two regimes is counted by both.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from services.enrollment.domain.record import Line

LEVELS = ("skill", "specialist", "specialist_research")
REMOVED = "specialist_research_2"  # R-1390 had it, or said so; policy `type2_levels` names it as not enabled
# What an applicant reaches on the way, after the committee accepted them.
LATER = ("exam_score", "research_hours")
Days = tuple[date, date | None]  # first and last day of a period; None: it goes on


class Rule(NamedTuple):
    """What a level asks for. `caps`: the hours that count of each Jalali year, None for all of them."""

    level: str
    is_enabled: bool
    base_degree: str
    max_awards: int
    min_years: int
    hours: float
    job_share: str
    pass_mark: float
    research_hours: float
    ict_hours: float
    ict_courses: Collection[str]
    excluded_uses: Collection[str]
    job_side_first: bool
    induction_side: str
    caps: Mapping[int, float | None]


class Held(NamedTuple):
    """A type-2 certificate that somebody has: awarded here by an application, or from before this system. `issued_on`
    is the day of the award."""

    level: str
    issued_on: date
    certificate_number: str | None = None
    application_id: UUID | None = None


class Facts(NamedTuple):
    """What is known of somebody on a day.

    `degree_status`: valid, equivalent (معادل), or None. `served_years` are whole ones; `years_met_on` is the day on
    which those that the level asks for are complete if the person stays, None where no employment is known.
    """

    on: date
    is_employed: bool
    degree: str | None
    degree_status: str | None
    awards: Sequence[Held]
    served_years: int
    years_met_on: date | None
    lines: Sequence[Line]
    exam_score: float | None = None
    research_hours: float | None = None


class Criterion(NamedTuple):
    """`missing` is by how much, in `unit`; `advice` names what can be done about it. `met_on`: of years of service.
    `held`: of awards, those that there are."""

    code: str
    met: bool
    required: Any
    actual: Any
    missing: float | None = None
    unit: str | None = None
    advice: str | None = None
    met_on: date | None = None
    held: Sequence[Held] | None = None


class Counted(NamedTuple):
    """A line and the hours of it that count; `why_not` says why not all of them do. `taken` are those that an award
    takes: the oldest that make up the hours and the share, so that others are left for other benefits."""

    line: Line
    is_job_side: bool
    hours: Fraction
    why_not: str | None
    taken: Fraction = Fraction(0)


class Eligibility(NamedTuple):
    level: str
    criteria: list[Criterion]
    lines: list[Counted]

    @property
    def is_met(self) -> bool:
        return all(each.met for each in self.criteria)

    def missing(self, *, but: Collection[str] = ()) -> list[Criterion]:
        return [each for each in self.criteria if not each.met and each.code not in but]

    @property
    def taken(self) -> list[Counted]:
        return [each for each in self.lines if each.taken]


def eligibility(rule: Rule, facts: Facts) -> Eligibility:
    """Judge one level. Hours are compared as fractions: two thirds of 1 200 are 800, and not a hair more."""
    lines = _take(rule, _count(rule, facts))
    if not rule.is_enabled:  # what such a level would ask for is of no interest to anybody
        not_given = Criterion("level_enabled", met=False, required=True, actual=False, advice="level_not_given")
        return Eligibility(rule.level, [not_given], lines)
    job_side = sum(each.hours for each in lines if each.is_job_side)
    criteria = [
        Criterion("level_enabled", met=True, required=True, actual=True),
        Criterion("employed", facts.is_employed, required=True, actual=facts.is_employed),
        _degree(rule, facts),
        _degree_status(facts),
        _awards(rule, facts),
        _service(rule, facts),
        _at_least("counted_hours", exact(rule.hours), sum(each.hours for each in lines)),
        _at_least("job_side_hours", job_side_needed(rule), job_side),
        _exam(rule, facts),
    ]
    if rule.research_hours:
        reached = exact(facts.research_hours or 0)
        criteria.append(_at_least("research_hours", exact(rule.research_hours), reached, "do_research"))
    if rule.ict_hours:
        known = (each.line for each in lines if each.why_not in (None, "yearly_cap"))
        ict = sum(exact(line.hours) for line in known if line.course_code in rule.ict_courses)
        criteria.append(_at_least("ict_hours", exact(rule.ict_hours), ict))
    return Eligibility(rule.level, criteria, lines)


def served_since(periods: Iterable[Days], hired_on: date | None, on: date) -> date | None:
    """The day from which somebody would have served as long if they had never been away; None where nothing is known.

    Days before the first known period count from `hired_on`.
    """
    known = sorted((period for period in periods if period[0] <= on), key=lambda period: period[0])
    if hired_on is not None and hired_on <= on and (not known or hired_on < known[0][0]):
        known.insert(0, (hired_on, known[0][0] - timedelta(days=1) if known else on))
    if not known:
        return None
    yesterday = on - timedelta(days=1)
    ends = ((first, min(last or yesterday, yesterday)) for first, last in known)
    return on - timedelta(days=sum(max((last - first).days + 1, 0) for first, last in ends))


def job_side_needed(rule: Rule) -> Fraction:
    """The share is one of the hours that the level asks for: more general training takes nothing away."""
    return Fraction(rule.job_share) * exact(rule.hours)


def exact(hours: float) -> Fraction:
    return Fraction(str(hours))


def plain(hours: Fraction | int) -> float:
    """For people and JSON: to a millionth, as thirds have no end."""
    return float(round(hours, 6))


def _count(rule: Rule, facts: Facts) -> list[Counted]:
    """Caps are filled year by year, the oldest line first; job-side lines go before others of their year by policy."""
    left: dict[int, Fraction] = {}
    found = []
    for line in sorted(facts.lines, key=lambda each: _place(rule, each)):
        why_not, hours = _refusal(rule, facts, line), Fraction(0)
        cap = rule.caps.get(line.jalali_year)
        if why_not is None:
            hours = exact(line.hours)
            if cap is not None:
                hours = min(hours, left.setdefault(line.jalali_year, exact(cap)))
                left[line.jalali_year] -= hours
            why_not = "yearly_cap" if hours < exact(line.hours) else None
        found.append(Counted(line, _is_job_side(rule, line), hours, why_not))
    return found


def _place(rule: Rule, line: Line) -> tuple[Any, ...]:
    later = rule.job_side_first and not _is_job_side(rule, line)
    return line.jalali_year, later, line.completed_on, line.line_id


def _is_job_side(rule: Rule, line: Line) -> bool:
    return line.is_job_side or (line.course_type == "induction" and rule.induction_side == "job")


def _refusal(rule: Rule, facts: Facts, line: Line) -> str | None:
    if line.completed_on > facts.on:
        return "later"
    if not line.counts:
        return "duplicate"
    return "used" if {use.partition(":")[0] for use in line.uses} & set(rule.excluded_uses) else None


def _take(rule: Rule, lines: list[Counted]) -> list[Counted]:
    """What an award would take: never more of the general side than the share leaves for it."""
    left, general = exact(rule.hours), exact(rule.hours) - job_side_needed(rule)
    taken = []
    for each in lines:
        hours = min(each.hours, left if each.is_job_side else min(left, general))
        left -= hours
        general -= 0 if each.is_job_side else hours
        taken.append(each._replace(taken=hours))
    return taken


def _at_least(code: str, required: Fraction, actual: Fraction | int, advice: str = "more_hours") -> Criterion:
    missing = required - actual
    shown = advice if missing > 0 else None
    return Criterion(code, missing <= 0, plain(required), plain(actual), _shortfall(missing), "hours", shown)


def _shortfall(missing: Fraction) -> float:
    """Rounded up, so that who lacks something never lacks nothing."""
    return max(ceil(missing * 1_000_000), 0) / 1_000_000


def _degree(rule: Rule, facts: Facts) -> Criterion:
    met = facts.degree == rule.base_degree
    advice = None if met else "record_degree" if facts.degree is None else "another_level"
    return Criterion("base_degree", met, rule.base_degree, facts.degree or "unknown", advice=advice)


def _degree_status(facts: Facts) -> Criterion:
    """Equivalent degrees are no base (F S17 for one ministry, consistent with S7); an unknown status is not a valid
    one."""
    met = facts.degree_status == "valid"
    advice = None if met else "record_degree_status" if facts.degree_status is None else "degree_is_equivalent"
    return Criterion("degree_status", met, "valid", facts.degree_status or "unknown", advice=advice)


def _awards(rule: Rule, facts: Facts) -> Criterion:
    """`required` is how many there may be in a career, with this one."""
    held = len(facts.awards)
    met = held < rule.max_awards
    advice = None if met else "once_in_a_career"
    return Criterion("awards", met, rule.max_awards, held, advice=advice, held=facts.awards)


def _service(rule: Rule, facts: Facts) -> Criterion:
    day = facts.years_met_on
    met = day is not None and day <= facts.on
    missing = float(max(rule.min_years - facts.served_years, 0))
    advice = None if met else "record_employment" if day is None else "wait"
    still = day if facts.is_employed else None
    return Criterion("service_years", met, rule.min_years, facts.served_years, missing, "years", advice, still)


def _exam(rule: Rule, facts: Facts) -> Criterion:
    required, score = exact(rule.pass_mark), facts.exam_score
    missing = required - exact(score or 0)
    met = score is not None and missing <= 0
    advice = None if met else "sit_the_exam"
    return Criterion("exam_score", met, rule.pass_mark, score, _shortfall(missing), "points", advice)
