"""Which letters a certificate goes along with, and how long they wait for it."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notification.domain import delivery
from services.notification.domain.delivery import Status
from services.notification.domain.enclosing import certificate_code, goes_along, look_again
from services.notification.domain.templates import FIELDS, Template

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
WAIT = timedelta(minutes=10)
CONTEXT = {"verification_code": "K7QW-3MZP-9RTX", "serial": "AG-A-1405-000001"}


def test_it_goes_along_with_news_of_a_new_one_alone() -> None:
    told = [each for each in Template if certificate_code(each, CONTEXT, attach=True)]
    assert told == [Template.CERTIFICATE_ISSUED, Template.CERTIFICATE_CORRECTED]
    assert all({"verification_code", "serial"} <= set(FIELDS[each]) for each in told), "the mail has what it needs"
    assert certificate_code(Template.CERTIFICATE_ISSUED, CONTEXT, attach=False) is None
    assert certificate_code(Template.CERTIFICATE_ISSUED, {}, attach=True) is None, "of somebody erased"


@pytest.mark.parametrize("status", ["suspended", "superseded", "revoked", "expired", "something new"])
def test_one_that_does_not_hold_stays_where_it_is(status: str) -> None:
    assert (goes_along("valid"), goes_along(status)) == (True, False)


def test_the_pauses_grow_and_the_last_look_is_when_the_wait_is_over() -> None:
    looks, now = [], NOW
    while (again := look_again(NOW, now, WAIT)) is not None:
        looks.append((again - now).total_seconds())
        now = again
    assert looks[:5] == [5, 5, 10, 20, 40]
    assert set(looks[5:-1]) == {60}
    assert now == NOW + WAIT


@pytest.mark.parametrize(
    ("since", "wait", "again"),
    [
        (NOW, timedelta(0), None),
        (NOW - WAIT, WAIT, None),
        (NOW - WAIT + timedelta(seconds=1), WAIT, NOW + timedelta(seconds=1)),
        (NOW - timedelta(days=1), WAIT, None),
        (NOW + timedelta(hours=1), WAIT, NOW + timedelta(seconds=5)),  # the clock was set back
    ],
)
def test_when_it_is_looked_for_again(since: datetime, wait: timedelta, again: datetime | None) -> None:
    assert look_again(since, NOW, wait) == again


@pytest.mark.parametrize(("attempts", "status"), [(0, Status.PENDING), (2, Status.DEFERRED)])
def test_what_waits_was_not_tried(attempts: int, status: Status) -> None:
    outcome = delivery.postponed("waits\nfor it", attempts, NOW)
    assert (outcome.status, outcome.answer, outcome.due_at, outcome.tried) == (status, "waits for it", NOW, False)
