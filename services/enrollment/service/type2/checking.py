"""Who may have a type-2 certificate: the facts of a person against the regulation of a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain import type2 as domain
from services.enrollment.domain.record import Line, lines
from services.enrollment.domain.type2 import LATER, LEVELS, Counted, Criterion, Eligibility, Facts, Held, Rule
from services.enrollment.domain.type2_advice import ADVICE
from services.enrollment.domain.type2_degrees import FIELD_BEGINS, Degree, degree
from services.enrollment.domain.type2_moves import RUNNING
from services.enrollment.models import past_type2, record
from services.enrollment.models import type2 as models
from services.enrollment.models.people import employment_periods
from services.enrollment.policies import POLICIES
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service import roles
from services.enrollment.service.sources import Source, source_of
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Conflict, Invalid
from shared.persian import add_jalali_months, jalali_year_bounds, search_form, tehran_date, whole_jalali_years
from shared.policies.rules import Policy, in_force

# What a check rests on; the order of the keys is that of the reply.
KEYS = (
    "induction_side",
    "type2_cap_order",
    "type2_exam_pass_mark",
    "type2_excludes_uses",
    "type2_ict_floor_hours",
    "type2_levels",
    "type2_max_awards",
    "type2_thresholds",
)
UNCERTAIN = {
    "fa": "ساعت‌ها، سنوات و سقف‌ها آخرین ارقام شناخته‌شده‌اند و متن مقررات جاری نیستند؛ منبع هر رقم در policies آمده.",
    "en": "Hours, years and caps are the last known ones and not the regulation in force; policies has their sources.",
}


@dataclass(frozen=True)
class Regulation:
    """What the policies say on a day, and earlier caps of a year's hours."""

    on: date
    policies: Mapping[str, Policy]
    earlier: Mapping[int, Policy]  # by Jalali year

    def value(self, key: str) -> Any:
        return self.policies[key].value

    def level(self, level: str) -> Any:
        """`title`, `benefit` and what else policy `type2_levels` says of it."""
        return self.value("type2_levels")[level]

    def rule(self, level: str) -> Rule:
        said = self.level(level)
        numbers = self.value("type2_thresholds").get(level, _NOTHING)
        ict = self.value("type2_ict_floor_hours")
        return Rule(
            level=level,
            is_enabled=said["enabled"],
            base_degree=said["base_degree"],
            max_awards=self.value("type2_max_awards"),
            min_years=numbers["min_years"],
            hours=numbers["hours"],
            job_share=numbers["job_share"],
            pass_mark=self.value("type2_exam_pass_mark"),
            research_hours=numbers["research_hours"],
            ict_hours=ict.get(level, 0),
            ict_courses=ict["course_codes"],
            excluded_uses=self.value("type2_excludes_uses"),
            job_side_first=self.value("type2_cap_order") == "job_side_first",
            induction_side=self.value("induction_side"),
            caps={
                year: policy.value[level]["hours_per_year"]
                for year, policy in self.earlier.items()
                if level in policy.value
            },
        )

    def used(self) -> list[Policy]:
        """The numbers of the day, and of earlier years where they were others."""
        found = {(policy.key, policy.effective_from): policy for policy in self.earlier.values()}
        found |= {(policy.key, policy.effective_from): policy for policy in self.policies.values()}
        return [found[place] for place in sorted(found)]

    def sources(self) -> list[Source]:
        return [source_of(policy) for policy in self.used()]

    def notes(self) -> list[dict[str, str]]:
        thresholds = (policy for policy in self.used() if policy.key == "type2_thresholds")
        return [] if all(policy.basis == "regulation" for policy in thresholds) else [UNCERTAIN]


_NOTHING: Mapping[str, Any] = {
    "hours": 0,
    "job_share": "0/1",
    "min_years": 0,
    "hours_per_year": None,
    "research_hours": 0,
}


@dataclass(frozen=True)
class Known:
    """What is known of a person, whichever level is asked about."""

    person: Any
    today: date
    since: date | None
    awards: Sequence[Held]
    lines: Sequence[Line]
    entries: Mapping[UUID, Any]

    def facts(self, rule: Rule, exam_score: float | None, research_hours: float | None) -> Facts:
        known = degree_of(self.person)
        # A degree whose words say معادل is equivalent, whatever the status says.
        status = "equivalent" if known.is_equivalent else self.person.education_status
        return Facts(
            on=self.today,
            is_employed=self.person.left_on is None or self.person.left_on > self.today,
            degree=known.code,
            degree_status=status,
            awards=self.awards,
            served_years=whole_jalali_years(self.since, self.today) if self.since else 0,
            years_met_on=self.since and add_jalali_months(self.since, 12 * rule.min_years),
            lines=self.lines,
            exam_score=exam_score,
            research_hours=research_hours,
        )


class Type2CheckQueries:
    @query(schemas.CheckEligibility, reply=schemas.Checked, roles=roles.READERS)
    def check_type2_eligibility(
        self, tx: Transaction, caller: Caller, employee_id: UUID, level: str | None, on: date | None
    ) -> dict[str, Any]:
        """Whether somebody may have a type-2 certificate, criterion by criterion, for one level or for all of them.

        Rules and thresholds are policies, those that hold on the day (today in Tehran unless given): the last known
        ones are of R-1380 (105/22554) and no regulation in force, which `policies` and `notes` say. Hours count by the
        Jalali year of their last day up to the cap of the year, in the year the job's side first (policy default);
        duplicates and hours used for another benefit do not. With a `level` every line is shown. Of an application that
        runs, exam and research are known. NotFound `employee_not_found`; Invalid for a day before the first regulation.
        """
        person = own_employee(tx, caller, employee_id)
        day = on or tehran_date(tx.now)
        known = known_of(tx, person, day)
        regulation = regulation_on(tx, day, known)
        running = {row.level: row for row in models.of_person(tx, employee_id, (*RUNNING, "awarded"))}
        found = []
        for each in (level,) if level else LEVELS:
            of, rule = running.get(each), regulation.rule(each)
            judged = domain.eligibility(rule, known.facts(rule, of and of.exam_score, of and of.research_hours))
            found.append(_level_shown(regulation, rule, judged, known, with_lines=level is not None))
        return {
            "employee_id": employee_id,
            "on": day,
            "levels": found,
            "policies": regulation.sources(),
            "notes": regulation.notes(),
        }


def judge(tx: Transaction, person: Any, level: str, rules_on: date, application: Any = None) -> tuple[Eligibility, Any]:
    """A person as they are today by the regulation of a day: the judgement, and the `Regulation`."""
    known = known_of(tx, person, tehran_date(tx.now))
    regulation = regulation_on(tx, rules_on, known)
    rule = regulation.rule(level)
    score, research = (application.exam_score, application.research_hours) if application is not None else (None, None)
    return domain.eligibility(rule, known.facts(rule, score, research)), regulation


def must_be_eligible(judged: Eligibility, but: Iterable[str] = ()) -> None:
    """Conflict `not_eligible` with every criterion that is not met."""
    missing = judged.missing(but=tuple(but))
    if missing:
        names = ", ".join(each.code for each in missing)
        shown = [schemas.Criterion().dump(criterion_shown(each)) for each in missing]
        raise Conflict("not_eligible", f"Not met yet: {names}.", {"missing": shown})


def criterion_shown(criterion: Criterion) -> dict[str, Any]:
    return criterion._asdict() | {"advice": ADVICE[criterion.advice] if criterion.advice else None}


def regulation_on(tx: Transaction, day: date, known: Known | None = None) -> Regulation:
    """Invalid for a day on which there is none yet."""
    found = {key: POLICIES.policy_on(tx, key, day) for key in KEYS}
    policies = {key: policy for key, policy in found.items() if policy is not None}
    periods = POLICIES.periods_of(tx, "type2_thresholds")
    if len(policies) < len(KEYS):
        raise Invalid.field("on", f"must not be before {periods[0].policy.effective_from}, the first regulation")
    earlier = {}
    for year in {line.jalali_year for line in known.lines} if known else ():
        ended = in_force(periods, min(jalali_year_bounds(year)[1], day))
        earlier[year] = (ended or periods[0]).policy
    return Regulation(day, policies, earlier)


def known_of(tx: Transaction, person: Any, day: date) -> Known:
    """What is known of somebody now and lies before the end of a day."""
    entries, uses = record.entries_of(tx, [person.id]), record.uses_of(tx, [person.id])
    own = employment_periods.c
    periods = sa.select(own.from_day, own.until_day).where(own.employee_id == person.id)
    since = domain.served_since([tuple(row) for row in tx.execute(periods)], person.hired_on, day)
    awards = _held(tx, person.id, uses)
    return Known(person, day, since, awards, lines(entries, uses), {row.line_id: row for row in entries})


def _held(tx: Transaction, employee_id: UUID, uses: Iterable[Any]) -> list[Held]:
    """The certificates that somebody has, the oldest first: those of here, and those from before."""
    past = past_type2.of_people(tx, [employee_id])
    found = [Held(row.level, row.awarded_on, application_id=row.id) for row in models.awards(tx, employee_id)]
    found += [Held(row.level, row.issued_on, row.certificate_number) for row in past if row.withdrawn_at is None]
    # A use of which neither tells is of a certificate from before, too.
    known = models.application_ids(tx, employee_id) | {row.id for row in past}
    others = {use.reference_id: use for use in uses if use.purpose == "type2" and use.reference_id not in known}
    found += [Held(use.detail, use.used_on) for use in others.values()]
    return sorted(found, key=lambda each: each.issued_on)


def degree_of(person: Any) -> Degree:
    said = person.education or ""
    return degree(search_form(said), search_form(FIELD_BEGINS.split(said)[0]))


def _level_shown(
    regulation: Regulation, rule: Rule, judged: Eligibility, known: Known, *, with_lines: bool
) -> dict[str, Any]:
    said = regulation.level(rule.level)
    return {
        "level": rule.level,
        "title": said["title"],
        "benefit": said["benefit"],
        "eligible": judged.is_met,
        "may_apply": not judged.missing(but=LATER),
        "criteria": [criterion_shown(each) for each in judged.criteria],
        "years": _years(rule, judged.lines),
        "lines": [_line_shown(each, known) for each in judged.lines] if with_lines else [],
    }


def _years(rule: Rule, counted: Iterable[Counted]) -> list[dict[str, Any]]:
    years: dict[int, list[Counted]] = {}
    for each in counted:
        if each.why_not in (None, "yearly_cap"):
            years.setdefault(each.line.jalali_year, []).append(each)
    return [
        {
            "jalali_year": year,
            "hours": domain.plain(sum(domain.exact(each.line.hours) for each in rows)),
            "cap": rule.caps.get(year),
            "counted_hours": domain.plain(sum(each.hours for each in rows)),
            "job_side_hours": domain.plain(sum(each.hours for each in rows if each.is_job_side)),
        }
        for year, rows in years.items()
    ]


def _line_shown(each: Counted, known: Known) -> dict[str, Any]:
    line = each.line
    return {
        **line._asdict(),
        "course_title": known.entries[line.line_id].course_title,
        "side": "job" if each.is_job_side else "general",
        "counted_hours": domain.plain(each.hours),
        "taken_hours": domain.plain(each.taken),
        "why_not": each.why_not,
        "uses": list(line.uses),
    }
