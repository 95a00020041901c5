"""Approved plans are told to others, also those that were approved before there was news of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from services.catalog.models.plans import AnnualPlan
from shared.events import PlanApprovedV1
from tests.integration.catalog.test_plans import LINE, Plans


@pytest.fixture
def plans(catalog: Any) -> Iterator[Plans]:
    with time_machine.travel(datetime(2026, 11, 24, 8, tzinfo=UTC), tick=True):
        yield Plans(catalog)


def told(plans: Plans) -> list[Any]:
    return list(plans.catalog.harness.outbox(PlanApprovedV1))


def test_an_approval_says_what_the_plan_foresees(plans: Plans) -> None:
    plans.catalog.publish_new("GA-01", course_type="general_ability", hours=6)
    lines = [LINE, LINE | {"quarter": None, "month": 9, "offerings": 1, "hours": 2.5}]
    plans.save(planned_offerings=[*lines, LINE | {"course_code": "GA-01", "seats": 30}])
    plans.submit()
    assert told(plans) == []
    plans.decide()
    (event,) = told(plans)
    # RD-01: 2 offerings x 20 seats x 4 h and 1 x 20 x 2.5 h; GA-01: 2 x 30 x 6 h.
    kinds = [(one.course_type, one.people, one.hours) for one in event.by_type]
    assert kinds == [("general_ability", 60, 360.0), ("job", 60, 210.0)]
    assert (event.offerings, event.people, event.hours, event.headcount) == (5, 120, 570.0, 100)
    assert (event.agency_code, event.jalali_year, event.revision, event.budget) == ("MOH", 1406, 1, 10**15)
    assert (event.minutes_number, event.approved_on) == ("12/الف", date(2026, 11, 23))
    plans.catalog.harness.service.tell_approved_plans()
    assert told(plans) == [event]


def test_a_plan_sent_back_is_not_told_and_the_next_revision_is(plans: Plans) -> None:
    plans.save()
    plans.submit()
    plans.decide(approve=False, reason="بودجه کافی نیست")
    assert told(plans) == []
    plans.save(edit=1)
    plans.submit()
    plans.decide()
    plans.save(edit=2, budget=5, reason="تغییر بودجه")
    plans.submit()
    plans.decide(revision=2)
    assert [(event.revision, event.budget) for event in told(plans)] == [(1, 10**15), (2, 5)]
    assert len({event.approval_id for event in told(plans)}) == 2


def test_plans_approved_by_the_release_before_are_told_once(plans: Plans) -> None:
    """It knew of no `told_revision`: also a second revision that it approves meanwhile is found."""
    plans.approve()
    (first,) = told(plans)
    harness = plans.catalog.harness
    with harness.db.transaction() as tx:
        tx.execute(sa.update(AnnualPlan).values(told_revision=None))
    harness.service.tell_approved_plans()
    harness.service.tell_approved_plans()
    assert told(plans) == [first, first]
    plans.save(edit=1, budget=7, reason="تغییر بودجه")
    plans.submit()
    plans.decide(revision=2)
    with harness.db.transaction() as tx:
        tx.execute(sa.update(AnnualPlan).values(told_revision=1))
    harness.service.tell_approved_plans()
    assert [event.revision for event in told(plans)] == [1, 1, 2, 2]
