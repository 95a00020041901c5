"""The rules of time as of today, from policies and what was announced."""

from services.notification.domain.planning import Rules
from services.notification.domain.timing import Quiet, clock
from services.notification.holidays import working_calendar
from services.notification.policies import value_on
from shared.database import Transaction
from shared.persian import tehran_date

_KEPT = "rules of time"


def rules_of(tx: Transaction) -> Rules:
    """Read once in a transaction."""
    rules: Rules | None = tx.info.get(_KEPT)
    if rules is None:
        today = tehran_date(tx.now)
        digest, quiet = value_on(tx, "digest", today), value_on(tx, "quiet_hours", today)
        rules = tx.info[_KEPT] = Rules(
            frozenset(value_on(tx, "legal_notices", today)),
            clock(digest["at"]),
            int(digest["weekday"]),
            {channel: Quiet.read(hours["from"], hours["to"]) for channel, hours in quiet.items() if hours},
            working_calendar(tx),
        )
    return rules
