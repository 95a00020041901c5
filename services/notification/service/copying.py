"""What people are told, once more for the systems of their agencies: rows of the channel `webhook`."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.notification import models
from services.notification.domain.delivery import Status
from services.notification.domain.planning import Reason, Via
from services.notification.domain.templates import Template
from shared.database import Transaction
from shared.ids import new_id

# The rest of how the person is told: whether and when is their matter, and the system's record does not wait for it.
_AT_ONCE: dict[str, Any] = {"cadence": None, "status": Status.PENDING.value, "reason": None, "last_answer": None}


def copy_to_systems(tx: Transaction, template: Template, rows: Sequence[Mapping[str, Any]]) -> int:
    """One more row for each newly queued one whose person's agency, or one above it, has a webhook for this template.

    What is held is held for both, as it is the news that is in doubt. A digest says nothing new, and is left out, and
    of somebody whose data was erased there is nothing to say. How many rows that were; without any webhook it costs one
    small query.
    """
    rows = [row for row in rows if row["reason"] != Reason.ERASED]
    if not rows or template is Template.DIGEST or not models.has_webhooks(tx):
        return 0
    hooks = models.webhooks_of(tx, {row["employee_id"] for row in rows})
    wanted = [
        (row, hook.agency_code)
        for row in rows
        if (hook := hooks.get(row["employee_id"])) and (hook.templates is None or template in hook.templates)
    ]
    # Ids decide the order in which a system gets them. Within a millisecond they are random, so they are sorted here.
    ids = sorted(new_id() for _row in wanted)
    copies = [_copy(tx, row, agency, copy_id) for (row, agency), copy_id in zip(wanted, ids, strict=True)]
    return len(models.queue(tx, copies))


def _copy(tx: Transaction, row: Mapping[str, Any], agency_code: str, copy_id: Any) -> dict[str, Any]:
    how = {} if row["status"] == Status.HELD else _AT_ONCE | {"due_at": tx.now}
    whose = {
        "notification_id": copy_id,
        "audience": "system",
        "channel": Via.WEBHOOK.value,
        "webhook_agency": agency_code,
    }
    return {**row, **how, "cadence": None, **whose}
