"""What the sender has before it, for operators: by call, and as numbers that are always there."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.notification import models
from services.notification.domain import braking
from services.notification.domain.templates import Template
from services.notification.models import Held
from services.notification.schemas import held as schemas
from shared import metrics
from shared.auth import Caller
from shared.database import Database, Transaction
from shared.entrypoints import command, query, timer

OPERATORS = ("operator", "national")
GROUPS = 200  # shown
STATES = ("sending", "deferred", "later", "digest")
COUNTED = timedelta(hours=2)  # counters are kept so long; the hour before is for those who ask why


class Watch:
    """Mixed into the service."""

    db: Database
    wake: Callable[[str], None]

    @query(schemas.CountDue, reply=schemas.DueCounts, roles=OPERATORS)
    def count_due(
        self, tx: Transaction, caller: Caller, *, template: str | None, agency_code: str | None
    ) -> dict[str, Any]:
        """How many messages would go now, how many wait and for what, and how many are known to come."""
        found = models.waiting(tx, template, agency_code)
        states = Counter[str]()
        for row in found:
            states[row.state] += row.total
        held = Counter[str]()
        for group in models.held_groups(tx, Held(template=template, agency_code=agency_code)):
            held[group.reason or ""] += group.total
        reminders = template in (None, Template.SESSION_REMINDER)
        return {
            "as_of": tx.now,
            "due": states["due"],
            "groups": [{**row._mapping, "count": row.total} for row in found if row.state == "due"][:GROUPS],
            "waiting": {state: states[state] for state in STATES},
            "held": dict(held),
            "ahead": {"session_reminder": models.reminders_ahead(tx, agency_code)} if reminders else {},
        }

    @command(schemas.SendDue, reply=schemas.DueSent, roles=OPERATORS)
    def send_due(self, tx: Transaction, caller: Caller) -> dict[str, Any]:
        """Wake the sender now, and say how many messages were due. It looks by itself every second too."""
        count, _oldest = models.due(tx)
        tx.after_commit(lambda: self.wake("send_pending"))
        return {"due": count}

    @timer(interval=15.0)
    def count_waiting(self) -> None:
        """Keep the gauges of what is due, and of what waits for somebody's word."""
        with self.db.reading() as tx:
            count, oldest = models.due(tx)
            groups = models.held_groups(tx, Held())
        held = Counter[str]()
        for group in groups:
            held[group.template] += group.total
        metrics.NOTIFICATIONS_DUE.set(count)
        metrics.NOTIFICATIONS_OLDEST_DUE.set(oldest)
        for template in Template:
            metrics.NOTIFICATIONS_HELD_WAITING.labels(template.value).set(held[template.value])

    @timer(interval=3600)
    def forget_counters(self) -> None:
        """Forget what the brake counted in hours that are over."""
        with self.db.transaction() as tx:
            models.forget_counters(tx, braking.hour_of(tx.now) - COUNTED)
