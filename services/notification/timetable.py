"""The rules of time as of today, from policies and what was announced. Each is read once in a transaction."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import planning, timing
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.planning import Reader, Rules, Via
from services.notification.domain.preferences import CHANNELS
from services.notification.domain.templates import Template
from services.notification.domain.timing import Quiet, clock
from services.notification.policies import value_on
from shared.database import Transaction
from shared.persian import jalali, tehran_date

_RULES, _CALENDAR = "rules of time", "working calendar"
_LOOKING_BACK = timedelta(days=60)
_TEMPLATES = frozenset(Template)


def rules_of(tx: Transaction) -> Rules:
    """What holds for everybody today."""
    rules: Rules | None = tx.info.get(_RULES)
    if rules is None:
        today = tehran_date(tx.now)
        digest, quiet = value_on(tx, "digest", today), value_on(tx, "quiet_hours", today)
        rules = tx.info[_RULES] = Rules(
            frozenset(value_on(tx, "legal_notices", today)),
            clock(digest["at"]),
            int(digest["weekday"]),
            {channel: Quiet.read(hours["from"], hours["to"]) for channel, hours in quiet.items() if hours},
            working_calendar(tx),
        )
    return rules


def working_calendar(tx: Transaction, weekend: Collection[int] | None = None) -> Calendar:
    """The free days around now, with an agency's own `weekend` where it has one."""
    calendar: Calendar | None = tx.info.get(_CALENDAR)
    if calendar is None:
        today = tehran_date(tx.now)
        calendar = tx.info[_CALENDAR] = Calendar(
            frozenset(value_on(tx, "weekend", today)),
            frozenset(each["day"] for each in value_on(tx, "fixed_holidays", today)),
            frozenset(models.holidays_from(tx, today - _LOOKING_BACK)),
            jalali,
        )
    return calendar if weekend is None else replace(calendar, weekend=frozenset(weekend))


def asleep(tx: Transaction, rows: Iterable[Any]) -> dict[UUID, datetime]:
    """Until when each of the claimed notifications waits that a retry, an outage or a rate has held up into the quiet
    hours of its reader. What was due in them from the beginning was meant to go: it is urgent, or somebody released it.
    """
    found = {}
    for row in rows:
        if row.channel not in CHANNELS or row.template not in _TEMPLATES:  # a webhook's, or of a later release
            continue
        reader = _reader(row)
        if planning.quiet_of(reader, rules_of(tx)) is None:
            continue
        was_awake = planning.after_quiet(reader, row.due_at, rules_of(tx)) == row.due_at
        if was_awake or row.first_tried_at is not None or row.turn_at is not None:
            deadline = timing.deadline(Template(row.template), row.context, tx.now)
            until = planning.awake_at(Template(row.template), reader, tx.now, rules_of(tx), deadline)
            if until > tx.now:
                found[row.notification_id] = until
    return found


def _reader(row: Any) -> Reader:
    own = (row.own_quiet_from, row.own_quiet_to)
    quiet_from, quiet_to = own if all(own) else (row.quiet_from, row.quiet_to)
    return Reader(Via(row.channel), quiet_from=quiet_from, quiet_to=quiet_to, weekend=row.weekend)
