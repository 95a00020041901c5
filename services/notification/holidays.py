"""The calendar of working days, from policies and what was announced."""

from collections.abc import Collection
from datetime import timedelta

from services.notification import models
from services.notification.domain.calendar_days import Calendar
from services.notification.policies import value_on
from shared.database import Transaction
from shared.persian import jalali, tehran_date

_KEPT = "working calendar"
_LOOKING_BACK = timedelta(days=60)


def working_calendar(tx: Transaction, weekend: Collection[int] | None = None) -> Calendar:
    """The free days around now, with an agency's own `weekend` where it has one. Read once in a transaction."""
    calendar: Calendar | None = tx.info.get(_KEPT)
    if calendar is None:
        today = tehran_date(tx.now)
        calendar = tx.info[_KEPT] = Calendar(
            frozenset(value_on(tx, "weekend", today)),
            frozenset(each["day"] for each in value_on(tx, "fixed_holidays", today)),
            frozenset(models.holidays_from(tx, today - _LOOKING_BACK)),
            jalali,
        )
    if weekend is None:
        return calendar
    return Calendar(frozenset(weekend), calendar.fixed, calendar.announced, jalali)
