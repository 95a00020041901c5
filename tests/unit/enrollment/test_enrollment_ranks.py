"""What a rank asks for, and which hours may serve it; the numbers are those of the shipped policies."""

from datetime import date
from uuid import UUID

import pytest

from services.enrollment.domain.hours_ranks import Facts, is_met, judge, rank_lines
from services.enrollment.domain.record import Line
from services.enrollment.policies import POLICIES

EXPERT, ASSOCIATE, TEACHERS = (
    POLICIES.shipped()[key][-1].value
    for key in ("rank_requirements", "rank_requirements_associate", "rank_requirements_teacher")
)


@pytest.mark.parametrize(
    ("rank", "facts", "missing"),
    [
        ("basic", Facts("beginner", 6, 300, 60, None), {}),
        ("basic", Facts("beginner", 5.99, 299.5, 59, None), {"years_of_service": 0.01, "hours": 0.5, "appraisal": 1}),
        ("senior", Facts("basic", 12, 250, 70, None), {}),
        ("senior", Facts("beginner", 12, 250, 70, None), {"previous_rank": None}),
        ("expert", Facts("senior", 18, 200, 80, True), {}),
        ("expert", Facts("senior", 18, 200, 80, None), {"documented_experience": None}),
        ("excellent", Facts("expert", 24, 149, 85, False), {"hours": 1, "documented_experience": None}),
        ("excellent", Facts("expert", 24, 150, None, True), {"appraisal": None}),
    ],
)
def test_posts_from_expert_on(rank: str, facts: Facts, missing: dict[str, float | None]) -> None:
    criteria = judge(rank, EXPERT, facts)
    assert {each.name: each.missing for each in criteria if not each.met} == missing
    assert is_met(criteria) is not bool(missing)


def test_other_schemes() -> None:
    # Up to associate: 8 and 20 years, and no rank above senior (CSML, article 65, note 1).
    assert is_met(judge("basic", ASSOCIATE, Facts("beginner", 8, 300, 60, None)))
    assert not is_met(judge("senior", ASSOCIATE, Facts("basic", 19.9, 250, 70, None)))
    (scheme,) = judge("expert", ASSOCIATE, Facts("senior", 30, 900, 100, True))
    assert (scheme.met, scheme.required, scheme.actual) == (False, ["basic", "senior"], "expert")
    asks = [
        (TEACHERS[rank]["hours"], TEACHERS[rank]["appraisal"]) for rank in ("basic", "senior", "expert", "excellent")
    ]
    assert asks == [(180, 75), (150, 80), (120, 85), (100, 90)]


def line(number: int, on: date, kind: str = "job", counts: bool = True, uses: tuple[str, ...] = ()) -> Line:
    return Line(UUID(int=number), None, kind, 10, counts, on, 1400, "AG-A", uses)


def test_hours_that_may_serve_a_rank() -> None:
    since, until = date(2020, 3, 20), date(2026, 3, 20)
    known = [
        line(1, date(2019, 1, 1)),  # before the last rank: not carried over
        line(2, since),  # of its day, which that rank had
        line(3, date(2021, 1, 1)),
        line(4, date(2021, 1, 1), kind="managerial"),
        line(5, date(2021, 1, 1), kind="cultural"),
        line(6, date(2021, 1, 1), kind="induction"),
        line(7, date(2021, 1, 1), counts=False),
        line(8, date(2021, 1, 1), uses=("rank:basic",)),
        line(9, date(2021, 1, 1), uses=("type2:skill",)),  # another benefit: a rank does not mind
        line(10, until),
        line(11, date(2026, 3, 21)),
    ]
    assert [each.line_id.int for each in rank_lines(known, since, until, "general")] == [3, 4, 9, 10]
    assert [each.line_id.int for each in rank_lines(known, None, until, "job")] == [1, 2, 3, 4, 6, 9, 10]
