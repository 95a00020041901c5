"""The brake at work: what was queued is counted, and what is above a cap is held before it can be sent."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from services.notification import models
from services.notification.domain import braking
from services.notification.domain.braking import News, Stop
from services.notification.domain.delivery import Status
from services.notification.domain.planning import Via
from services.notification.policies import value_on
from shared import metrics
from shared.database import Transaction
from shared.messages import Message
from shared.persian import tehran_date


def hold_old_news(
    tx: Transaction, messages: Sequence[Message[Any]], rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows; of events that happened too long ago they are held. What a timer says happens now, and is never old."""
    days = value_on(tx, "stale_news_days", tehran_date(tx.now))
    first = tx.now - timedelta(days=days)
    old = {each.id: braking.stale(tehran_date(each.time), days) for each in messages if each.time < first}
    return [row | _held(old[row["event_id"]]) if row["event_id"] in old and _is_to_go(row) else row for row in rows]


def brake(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Count new rows of the ledger, and hold what is above a cap.

    It is the last thing that a transaction does (`tx.at_the_end`): the counters of a template or an agency are
    everybody's, and are held no longer than a commit takes. While nothing is above, it is one statement.
    """
    _tell(tx, [row["reason"] for row in rows if row["status"] == Status.HELD])
    news = [_news(row) for row in rows if _counts(row)]
    if not news:
        return
    caps, hour = value_on(tx, "message_caps", tehran_date(tx.now)), braking.hour_of(tx.now)
    totals = models.count_messages(tx, hour, braking.counts(news))
    stopped = braking.above(news, totals, caps, hour)
    if not stopped:
        return
    models.hold(tx, stopped)
    undone = braking.counts([each for each in news if each.notification_id in stopped])
    models.count_messages(tx, hour, {key: -count for key, count in undone.items()})
    _tell(tx, [stop.reason.value for stop in stopped.values()])


def _tell(tx: Transaction, reasons: Sequence[str]) -> None:
    """Let the metric say what was held, once it is so."""
    for reason, count in Counter(reasons).items():
        tx.after_commit(partial(metrics.NOTIFICATIONS_HELD.labels(reason).inc, count))


def _held(stop: Stop) -> dict[str, Any]:
    return {"status": Status.HELD.value, "reason": stop.reason.value, "last_answer": stop.answer}


def _is_to_go(row: dict[str, Any]) -> bool:
    return bool(row["status"] == Status.PENDING)


def _counts(row: dict[str, Any]) -> bool:
    """An agency's system takes what it gets; what is held or suppressed already troubles nobody."""
    return _is_to_go(row) and row["channel"] != Via.WEBHOOK and row["template"] not in braking.UNBRAKED


def _news(row: dict[str, Any]) -> News:
    return News(row["notification_id"], row["employee_id"], row["agency_code"], row["template"])
