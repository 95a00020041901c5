"""Type-2 certificates: worked cases, each computed by hand in its comment, with the last known thresholds (R-1380)."""

import re
from collections.abc import Iterable
from copy import deepcopy
from datetime import date
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

import pytest
from persiantools.jdatetime import JalaliDate

from services.certification.document.words import EN, FA
from services.enrollment.domain.record import Line
from services.enrollment.domain.type2 import Eligibility, Facts, Held, Rule, eligibility, served_since
from services.enrollment.domain.type2_advice import ADVICE
from services.enrollment.domain.type2_degrees import DEGREES, FIELD_BEGINS, degree
from services.enrollment.domain.type2_moves import check_move
from services.enrollment.policies import POLICIES
from services.enrollment.schemas.type2_policies import TYPE2_KEYS
from shared.errors import Conflict
from shared.persian import add_jalali_months, jalali_year, search_form

SKILL: dict[str, Any] = {"base_degree": "diploma", "hours": 1200, "job_share": "2/3", "min_years": 10}
RESEARCH: dict[str, Any] = {
    "level": "specialist_research",
    "base_degree": "bachelor",
    "hours": 700,
    "job_share": "3/4",
    "min_years": 6,
    "research_hours": 100,
}
# Of R-1380's types: codes as records of the past have them, and what they are now.
OLD_TYPES = {
    "1": "induction",
    "2": "job",
    "3": "job",
    "4-1": "cultural",
    "4-2": "general_ability",
    "4-3": "general_ability",
    "5": "managerial",
}


def day(text: str) -> date:
    year, month, of_month = map(int, text.split("/"))
    found: date = JalaliDate(year, month, of_month).to_gregorian()
    return found


def line(on: str, hours: float, kind: str = "job", *, counts: bool = True, uses: tuple[str, ...] = ()) -> Line:
    when = day(on)
    # The id follows from what the line is, so that a case is the same whenever it runs.
    name = uuid5(NAMESPACE_OID, f"{on} {hours} {kind} {counts}")
    return Line(name, f"C-{hours:g}", kind, hours, counts, when, jalali_year(when), "AG-A", uses)


def years(first: int, last: int, job: float, general: float) -> list[Line]:
    """In each year a course of the job's side in Ordibehesht and a general one in Mehr."""
    return [
        each
        for year in range(first, last + 1)
        for each in (line(f"{year}/02/01", job), line(f"{year}/07/01", general, "general_ability"))
    ]


def skill_rule(lines: Iterable[Line], cap: float = 120, **changes: Any) -> Rule:
    same: dict[str, Any] = {
        "level": "skill",
        "is_enabled": True,
        "max_awards": 1,
        "pass_mark": 60,
        "research_hours": 0,
        "ict_hours": 0,
        "ict_courses": (),
        "excluded_uses": ("early_step", "type2"),
        "job_side_first": True,
        "induction_side": "general",
        "caps": dict.fromkeys((each.jalali_year for each in lines), cap),
    }
    return Rule(**(same | SKILL | changes))


def facts(lines: list[Line], **changes: Any) -> Facts:
    on = day("1405/01/01")
    same: dict[str, Any] = {
        "on": on,
        "is_employed": True,
        "degree": "diploma",
        "degree_status": "valid",
        "awards": (),
        "served_years": 14,
        "years_met_on": day("1401/01/01"),
        "lines": lines,
        "exam_score": 60,
    }
    return Facts(**(same | changes))


class Case(NamedTuple):
    name: str
    lines: list[Line]
    counted: float
    job_side: float
    missing: dict[str, float | None]  # code of each criterion that is not met, and by how much
    rule: dict[str, Any] = {}  # noqa: RUF012 -- never changed
    facts: dict[str, Any] = {}  # noqa: RUF012 -- never changed


FULL = years(1391, 1400, 80, 40)
# 5 years of 95 + 30 and one of 50 + 25: 625 + 75 = 700 hours, 475 + 50 = 525 of them of the job, which is 3/4 of 700.
PROJECT = years(1391, 1395, 95, 30) + years(1396, 1396, 50, 25)
BACHELOR = {"degree": "bachelor"}
ONE = (Held("skill", day("1385/05/01"), "۱۲/۸۵"),)

CASES = [
    # 10 years of 80 + 40 = 1 200; 10 x 80 = 800 = 2/3 of 1 200. Both limits are met exactly.
    Case("exactly met", FULL, 1200, 800, {}),
    # 9 x 120 + 80 + 39 = 1 199: one hour is missing.
    Case("one hour short", [*years(1391, 1399, 80, 40), *years(1400, 1400, 80, 39)], 1199, 800, {"counted_hours": 1}),
    # 1391 has 200 and counts 120; 120 + 9 x 120 = 1 200; job 120 + 9 x 80 = 840.
    Case("the cap bites", [line("1391/02/01", 200), *years(1392, 1400, 80, 40)], 1200, 840, {}),
    # All 1 200 hours in one year count 120; 1 080 are missing, and 800 - 120 = 680 of the job.
    Case(
        "a career in one year",
        [line("1391/02/01", 1200)],
        120,
        120,
        {"counted_hours": 1080, "job_side_hours": 680},
    ),
    # 1391: 100 general hours before 100 of the job; the job's go first: 100 + 20. Job 100 + 9 x 80 = 820.
    Case(
        "the cap is filled by the job's side first",
        [line("1391/01/20", 100, "cultural"), line("1391/11/01", 100), *years(1392, 1400, 80, 40)],
        1200,
        820,
        {},
    ),
    # The same, the oldest first: 100 general + 20 of the job. Job 20 + 9 x 80 = 740; 60 are missing.
    Case(
        "the cap is filled by the oldest first",
        [line("1391/01/20", 100, "cultural"), line("1391/11/01", 100), *years(1392, 1400, 80, 40)],
        1200,
        740,
        {"job_side_hours": 60},
        rule={"job_side_first": False},
    ),
    # 9 x 80 + 79 = 799 of 1 200: one hour below two thirds.
    Case(
        "the share just missed",
        [*years(1391, 1399, 80, 40), *years(1400, 1400, 79, 41)],
        1200,
        799,
        {"job_side_hours": 1},
    ),
    # More general hours take nothing away: 12 x 120 = 1 440 with 12 x 70 = 840 of the job is below 2/3 of 1 440 (960),
    # but not below 2/3 of the 1 200 that are asked for (800).
    Case("the share is one of what is asked for", years(1391, 1402, 70, 50), 1440, 840, {}),
    # 80 hours of the job in 1391 served an early step: 1 200 - 80 = 1 120, 800 - 80 = 720.
    Case(
        "hours used for another benefit",
        [line("1391/02/01", 80, uses=("early_step",)), *FULL[1:]],
        1120,
        720,
        {"counted_hours": 80, "job_side_hours": 80},
    ),
    # Hours that served a rank count: by default that is no other use.
    Case("hours used for a rank", [line("1391/02/01", 80, uses=("rank:basic",)), *FULL[1:]], 1200, 800, {}),
    # By the policy of an agency's regulation they do not: as for the early step.
    Case(
        "hours used for a rank where that excludes",
        [line("1391/02/01", 80, uses=("rank:basic",)), *FULL[1:]],
        1120,
        720,
        {"counted_hours": 80, "job_side_hours": 80},
        rule={"excluded_uses": ("rank",)},
    ),
    # A line of 80 hours that counts by another line: 11 lines of the job, 10 of which count. The duplicate takes no
    # room under the cap either.
    Case("the same course twice", [*FULL, line("1395/09/01", 80, counts=False)], 1200, 800, {}),
    Case("an equivalent degree", FULL, 1200, 800, {"degree_status": None}, facts={"degree_status": "equivalent"}),
    Case("nobody said if the degree is valid", FULL, 1200, 800, {"degree_status": None}, facts={"degree_status": None}),
    Case("an unknown degree", FULL, 1200, 800, {"base_degree": None}, facts={"degree": None}),
    Case("a higher degree is another base", FULL, 1200, 800, {"base_degree": None}, facts={"degree": "bachelor"}),
    Case("a second award", FULL, 1200, 800, {"awards": None}, facts={"awards": ONE}),
    Case("a second award where two are given", FULL, 1200, 800, {}, rule={"max_awards": 2}, facts={"awards": ONE}),
    # Hired on 1395/01/02: ten years are complete on 1405/01/02, the day after. 9 whole years; 1 is missing.
    Case(
        "a day short of ten years",
        FULL,
        1200,
        800,
        {"service_years": 1},
        facts={"served_years": 9, "years_met_on": day("1405/01/02")},
    ),
    # Hired on 1395/01/01: complete on the day itself.
    Case("ten years today", FULL, 1200, 800, {}, facts={"served_years": 10, "years_met_on": day("1405/01/01")}),
    Case("half a point below the pass mark", FULL, 1200, 800, {"exam_score": 0.5}, facts={"exam_score": 59.5}),
    Case("no exam yet", FULL, 1200, 800, {"exam_score": 60}, facts={"exam_score": None}),
    # Nobody passes by a score that is not there, not even where 0 passes.
    Case("no exam yet, and none fails", FULL, 1200, 800, {"exam_score": 0}, {"pass_mark": 0}, {"exam_score": None}),
    # Third level: 525 of 700 hours are of the job; 99 of 100 hours of research.
    Case(
        "one hour of research short",
        PROJECT,
        700,
        525,
        {"research_hours": 1},
        rule=RESEARCH,
        facts=BACHELOR | {"research_hours": 99},
    ),
    Case("the third level", PROJECT, 700, 525, {}, rule=RESEARCH, facts=BACHELOR | {"research_hours": 100}),
    # No project at all: all 100 are missing.
    Case("no project yet", PROJECT, 700, 525, {"research_hours": 100}, rule=RESEARCH, facts=BACHELOR),
    # Two regimes: 120 a year until 1395, 60 from 1396 on. 5 x 120 + 9 x 60 = 1 140; of the job 5 x 80 + 9 x 60 = 940.
    # By the new cap alone it would be 14 x 60 = 840, by the old one 14 x 120 = 1 680.
    Case(
        "two regimes in one career",
        years(1391, 1404, 80, 40),
        1140,
        940,
        {"counted_hours": 60},
        rule={"caps": {year: 120 if year < 1396 else 60 for year in range(1391, 1405)}},
    ),
    # 1399 is a leap year: 30 Esfand is still in it, and the next day under the cap of 1400. 120 + 120, not 120.
    Case(
        "the last day of a leap year",
        [line("1399/12/30", 120), line("1400/01/01", 120)],
        240,
        240,
        {"counted_hours": 960, "job_side_hours": 560},
    ),
    # Both in 1400: one cap.
    Case(
        "the first and the last day of a year",
        [line("1400/01/01", 120), line("1400/12/29", 120)],
        120,
        120,
        {"counted_hours": 1080, "job_side_hours": 680},
    ),
    # R-1380's types: 2, 3 and 5 are the job's side (30 + 40 + 20 = 90); 1, 4-1, 4-2, 4-3 are general (10 + 5 + 5 + 10).
    Case(
        "old types",
        [
            line(f"1391/0{place}/01", hours, OLD_TYPES[kind])
            for place, (kind, hours) in enumerate(
                [("1", 10), ("2", 30), ("3", 40), ("4-1", 5), ("4-2", 5), ("4-3", 10), ("5", 20)], 1
            )
        ],
        120,
        90,
        {"counted_hours": 1080, "job_side_hours": 710},
    ),
    # Induction on the job's side, where the policy says so: 80 - 10 less are missing.
    Case(
        "induction with the job",
        [line("1391/01/01", 10, "induction"), line("1391/02/01", 20, "cultural")],
        30,
        10,
        {"counted_hours": 1170, "job_side_hours": 790},
        rule={"induction_side": "job"},
    ),
    Case("nothing at all", [], 0, 0, {"counted_hours": 1200, "job_side_hours": 800}),
    Case("somebody who left", FULL, 1200, 800, {"employed": None}, facts={"is_employed": False}),
    # What is completed after the day does not count on it: 1405/02/01 is later than 1405/01/01.
    Case("hours to come", [*FULL, line("1405/02/01", 50)], 1200, 800, {}),
    # Two thirds of 100 are 66.666...: 66.66 is less, by 0.00666..., shown rounded up.
    Case(
        "a third has no end",
        [line("1391/02/01", 66.66), line("1391/07/01", 33.34, "cultural")],
        100,
        66.66,
        {"job_side_hours": 0.006667},
        rule={"hours": 100},
    ),
    # 0.1 + 0.2 is 0.3, and not a hair more or less.
    Case(
        "tenths of hours",
        [line("1391/02/01", 0.1), line("1391/03/01", 0.2)],
        0.3,
        0.3,
        {},
        rule={"hours": 0.3, "job_share": "1/1"},
    ),
    # 32 hours of the courses named, of which 30 were done (also those that the cap kept out count here).
    Case(
        "hours of computer skills",
        [*FULL, line("1395/10/01", 30, "general_ability")],
        1200,
        800,
        {"ict_hours": 2},
        rule={"ict_hours": 32, "ict_courses": ("C-30",)},
    ),
    # Without a cap everything counts: 1 200 in one year.
    Case(
        "no cap",
        [line("1391/02/01", 800), line("1391/03/01", 400, "cultural")],
        1200,
        800,
        {},
        rule={"caps": {1391: None}},
    ),
]


def judged(case: Case, lines: list[Line] | None = None) -> Eligibility:
    rule = skill_rule(case.lines, **(({"cap": 125} if case.rule is RESEARCH else {}) | case.rule))
    return eligibility(rule, facts(case.lines if lines is None else lines, **case.facts))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_cases(case: Case) -> None:
    found = judged(case)
    criteria = {each.code: each for each in found.criteria}
    assert (criteria["counted_hours"].actual, criteria["job_side_hours"].actual) == (case.counted, case.job_side)
    assert {each.code: each.missing for each in found.missing()} == case.missing
    assert found.is_met == (not case.missing)
    assert judged(case, case.lines[::-1]) == found, "the order of the lines changes nothing"


def test_of_a_level_that_is_not_given_nothing_else_is_asked() -> None:
    found = eligibility(skill_rule(FULL, is_enabled=False), facts(FULL))
    assert [(each.code, each.met) for each in found.criteria] == [("level_enabled", False)]
    assert not found.is_met


def test_every_advice_has_its_words() -> None:
    said = {each.advice for case in CASES for each in judged(case).criteria if each.advice}
    assert said | {"level_not_given", "record_employment"} == ADVICE.keys()
    assert all(words.keys() == {"fa", "en"} for words in ADVICE.values())


@pytest.mark.parametrize(
    ("key", "path", "wrong"),
    [
        ("type2_thresholds", "skill.job_share", "3/2"),
        ("type2_thresholds", "skill.job_share", 0.66),
        ("type2_thresholds", "specialist.hours_per_year", -1),
        ("type2_levels", "specialist_research_2.enabled", True),
        ("type2_levels", "skill.base_degree", "سیکل"),
        ("type2_ict_floor_hours", "course_codes", "IT-01"),
    ],
)
def test_a_policy_that_no_rule_can_read_is_refused(key: str, path: str, wrong: Any) -> None:
    value = deepcopy(POLICIES.shipped()[key][0].value)
    assert TYPE2_KEYS[key]("value", value) == {}
    *outer, last = path.split(".")
    part = value
    for name in outer:
        part = part[name]
    part[last] = wrong
    assert TYPE2_KEYS[key]("value", value).keys() == {f"value.{path}"}


def test_an_english_certificate_has_a_word_for_every_base_degree() -> None:
    assert EN.degrees == {words["fa"]: words["en"] for words in DEGREES.values()}


def test_what_a_certificate_rests_on_has_its_source_in_persian_too() -> None:
    for key in FA.policies:
        for policy in POLICIES.shipped()[key]:
            said = policy.source_fa or ""
            assert re.search("[\u0600-\u06ff]", said), f"{key} of {policy.effective_from}"
            assert len(said) <= 300


@pytest.mark.parametrize("value", ["type2", ["type2", "type2"], ["pay"], [["type2"]]])
def test_excluded_uses_are_a_list_of_purposes(value: Any) -> None:
    assert TYPE2_KEYS["type2_excludes_uses"]("value", value)


def test_why_a_line_does_not_count() -> None:
    lines = [
        line("1391/02/01", 100),
        line("1391/03/01", 30),
        line("1391/04/01", 5),
        line("1391/05/01", 7, counts=False),
        line("1391/06/01", 8, uses=("type2:skill",)),
        line("1405/02/01", 9),
    ]
    found = eligibility(skill_rule(lines), facts(lines))
    shown = [(each.line.hours, float(each.hours), each.why_not) for each in found.lines]
    assert shown == [
        (100, 100, None),
        (30, 20, "yearly_cap"),
        (5, 0, "yearly_cap"),
        (7, 0, "duplicate"),
        (8, 0, "used"),
        (9, 0, "later"),
    ]


def test_an_award_takes_the_oldest_hours_that_it_needs() -> None:
    # 12 years of 80 + 40 are 1 440; the first ten make up 1 200 with 800 of the job.
    lines = years(1391, 1402, 80, 40)
    taken = eligibility(skill_rule(lines), facts(lines)).taken
    assert {each.line.jalali_year for each in taken} == set(range(1391, 1401))
    assert sum(each.taken for each in taken) == 1200


def test_an_award_takes_no_more_general_hours_than_the_share_leaves() -> None:
    # 5 x 120 general and 8 x 100 of the job: 400 general (three years and 40 of the fourth) and all 800 are taken.
    general = [line(f"{year}/02/01", 120, "cultural") for year in range(1391, 1396)]
    job = [line(f"{year}/02/01", 100) for year in range(1396, 1404)]
    found = eligibility(skill_rule(general + job), facts(general + job))
    assert found.is_met
    assert [float(each.taken) for each in found.lines] == [120, 120, 120, 40, 0, *[100] * 8]


@pytest.mark.parametrize(
    ("periods", "hired_on", "since"),
    [
        ([("1391/01/01", None)], None, "1391/01/01"),
        # Away in 1395, a leap year of 366 days: as if hired 366 days later, and 1391 has as many.
        ([("1391/01/01", "1394/12/29"), ("1396/01/01", None)], None, "1392/01/01"),
        # Hired before the first period that is known here.
        ([("1396/01/01", None)], "1391/01/01", "1391/01/01"),
        # A hiring that is later than the first period is another one.
        ([("1391/01/01", None)], "1399/01/01", "1391/01/01"),
        # Ten years and three leap days until 1400, and as many are between 1395/01/01 and 1405/01/01.
        ([("1391/01/01", "1400/12/29")], None, "1395/01/01"),
        ([("1406/01/01", None)], None, None),
        ([], "1391/01/01", "1391/01/01"),
        ([], None, None),
    ],
)
def test_service_counts_the_days_served(
    periods: list[tuple[str, str | None]], hired_on: str | None, since: str | None
) -> None:
    known = [(day(first), last and day(last)) for first, last in periods]
    found = served_since(known, hired_on and day(hired_on), day("1405/01/01"))  # type: ignore[arg-type]
    assert found == (since and day(since))


def test_years_that_begin_on_a_leap_day_are_complete_on_the_last_of_the_year() -> None:
    # 1399/12/30 + 10 years: 1409 has no 30 Esfand (1408 is the leap year), so its last day is the day.
    assert add_jalali_months(day("1399/12/30"), 120) == day("1409/12/29")


@pytest.mark.parametrize(
    ("said", "code", "is_equivalent"),
    [
        ("diploma", "diploma", False),
        ("ديپلم", "diploma", False),  # with Arabic letters
        ("فوق‌دیپلم", "associate", False),
        ("فوق دیپلم - حسابداری", "associate", False),
        ("کارداني", "associate", False),
        ("لیسانس", "bachelor", False),
        ("کارشناسی (حقوق)", "bachelor", False),
        ("كارشناسي ارشد", "master", False),
        ("فوق‌لیسانس", "master", False),
        ("دکترای تخصصی", "doctorate", False),
        ("PhD", "doctorate", False),
        ("معادل لیسانس", "bachelor", True),
        ("کارشناسی (معادل)", "bachelor", True),
        ("دیپلم ردی", None, False),
        ("کارشناس حقوق", None, False),
        ("سیکل", None, False),
        ("", None, False),
    ],
)
def test_degrees_are_told_apart_and_never_guessed(said: str, code: str | None, is_equivalent: bool) -> None:
    assert degree(search_form(said), search_form(FIELD_BEGINS.split(said)[0])) == (code, is_equivalent)


def test_an_award_ends_by_its_certificate_and_by_no_call() -> None:
    for state, hint in (("awarded", "until certification revokes its certificate"), ("revoked", "nothing can be done")):
        with pytest.raises(Conflict, match=hint) as refused:
            check_move(state, "withdraw")
        assert refused.value.details == {"state": state, "possible": []}
