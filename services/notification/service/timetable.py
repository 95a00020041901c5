"""The rules of time as of today, from policies and what was announced. Each is read once in a transaction."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from services.notification import models
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.planning import Rules
from services.notification.domain.timing import Quiet, clock
from services.notification.policies import value_on
from shared.database import Transaction
from shared.persian import jalali, tehran_date

_RULES, _CALENDAR = "rules of time", "working calendar"
_LOOKING_BACK = timedelta(days=60)


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
