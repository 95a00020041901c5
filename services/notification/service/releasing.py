"""What becomes of held notifications: somebody looks at them, and releases or drops them.

A decision is one statement over rows that say themselves what they are, so a crash in the middle decides nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog

from services.notification import models
from services.notification.models import Held
from services.notification.schemas import held as schemas
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid
from shared.paging import decode_cursor, encode_cursor

DECIDERS = ("operator", "national")
GROUPS = 200  # shown
MOST = 200_000  # in one decision, which on PostgreSQL takes some seconds

log = structlog.get_logger("notification")


class HeldCalls:
    """Mixed into the service."""

    wake: Callable[[str], None]

    @query(schemas.ListHeld, reply=schemas.HeldPage, roles=DECIDERS)
    def list_held(
        self, tx: Transaction, caller: Caller, *, limit: int, cursor: str | None, **chosen: Any
    ) -> dict[str, Any]:
        """Messages to people that the brake held, that were old news, or that could not be made, oldest first.

        `count` and `groups` (by template, agency and reason) come with the first page.
        """
        held = Held(**chosen)
        after = decode_cursor(cursor, {"notification_id": UUID})["notification_id"] if cursor else None
        rows = models.list_held(tx, held, after, limit + 1)
        groups = [] if cursor else models.held_groups(tx, held)
        more = len(rows) > limit
        return {
            "items": [{**row._mapping, "answer": row.last_answer} for row in rows[:limit]],
            "next": encode_cursor({"notification_id": str(rows[limit - 1].notification_id)}) if more else None,
            "count": None if cursor else sum(group.total for group in groups),
            "groups": _shown(groups),
        }

    @command(schemas.DecideHeld, reply=schemas.HeldDecision, roles=DECIDERS)
    def release_held(self, tx: Transaction, caller: Caller, **chosen: Any) -> dict[str, Any]:
        """Send what is held: it is due at once, without digest and quiet hours, and is never held by the brake again.

        With `dry_run` it says how many it would be and changes nothing. Else the number that was seen must be given as
        `expected_count`: Conflict `count_changed` with the present `count` when it is another one by now, and nothing
        is changed. Conflict `too_many` above 200 000: narrow it by agency, template or time.
        """
        return self._decide(tx, caller, models.release, **chosen)

    @command(schemas.DecideHeld, reply=schemas.HeldDecision, roles=DECIDERS)
    def drop_held(self, tx: Transaction, caller: Caller, **chosen: Any) -> dict[str, Any]:
        """Give up what is held: it becomes `suppressed` with the reason `dropped`, and nobody is told.

        `dry_run`, `expected_count` and the errors as in `release_held`.
        """
        return self._decide(tx, caller, models.drop, **chosen)

    def _decide(
        self,
        tx: Transaction,
        caller: Caller,
        decision: Callable[[Transaction, Held, str], int],
        *,
        dry_run: bool,
        expected_count: int | None,
        **chosen: Any,
    ) -> dict[str, Any]:
        held = Held(**chosen)
        groups = models.held_groups(tx, held)
        count = sum(group.total for group in groups)
        if not dry_run:
            _must_be_as_seen(count, expected_count)
            _must_be_as_seen(decision(tx, held, caller.system), expected_count)  # more may have come meanwhile
            said = {name: str(value) for name, value in chosen.items() if value is not None}
            verb = decision.__name__
            tx.after_commit(lambda: log.info("held_decided", verb=verb, count=count, system=caller.system, **said))
            tx.after_commit(lambda: self.wake("send_pending"))
        return {"count": count, "groups": _shown(groups), "dry_run": dry_run}


def _must_be_as_seen(count: int, expected: int | None) -> None:
    if expected is None:
        raise Invalid.field("expected_count", "is required unless dry_run: the count that a dry run has shown")
    if count != expected:
        raise Conflict("count_changed", f"There are {count} now, not {expected}.", {"count": count})
    if count > MOST:
        raise Conflict("too_many", f"More than {MOST} cannot be decided at once.", {"count": count, "most": MOST})


def _shown(groups: Sequence[Any]) -> list[dict[str, Any]]:
    return [{**group._mapping, "count": group.total} for group in groups[:GROUPS]]
