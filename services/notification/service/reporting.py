"""What agencies ask about their messages as a whole: how many arrived, how fast, and who was not reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import reporting
from services.notification.domain.reporting import UNREACHED, Line
from services.notification.models import Stretch
from services.notification.schemas import reports as schemas
from services.notification.service import scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Invalid
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

LINES = 500
FAILURES = 10
LONGEST = timedelta(days=100)  # a season; of a whole ministry some millions of rows


class ReportQueries:
    """Mixed into the service."""

    @query(schemas.DeliveryReport, reply=schemas.DeliveryCounts, roles=scope.READERS)
    def delivery_report(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        agency_code: str | None,
        since: datetime,
        until: datetime | None,
        by: str,
    ) -> dict[str, Any]:
        """What became of the messages of an agency and those below it: counts, rates and times, and the commonest
        failures.

        Webhooks only count by `channel`. NotFound `agency_not_found` also for an agency that is not the caller's to
        know; Invalid for more than 100 days.
        """
        stretch = _stretch(tx, caller, agency_code, since, until)
        everything, lines = Line(), dict[str | None, Line]()
        for key, status, seconds, count in models.counted(tx, stretch, by):
            for line in (everything, lines.setdefault(_key(by, key), Line())):
                line.add(status, seconds, count)
        ordered = sorted(lines.items(), key=lambda item: (-item[1].total if by != "day" else 0, item[0] or ""))
        failures = reporting.most_frequent(models.answers(tx, stretch, by), FAILURES)
        return {
            "agency_code": agency_code,
            "since": since,
            "until": stretch.until,
            "by": by,
            "all": _shown(None, everything),
            "lines": [_shown(key, line) for key, line in ordered[:LINES]],
            "failures": [{"status": status, "answer": said, "count": count} for status, said, count in failures],
        }

    @query(schemas.ListUndelivered, reply=page_of(schemas.Undelivered), roles=scope.READERS)
    def list_undelivered(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        agency_code: str,
        since: datetime,
        until: datetime | None,
        status: str | None,
        template: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Who of an agency and those below it was not reached, oldest message first: refused, given up, suppressed,
        held, or not taken yet by their mail server.

        Errors as in `delivery_report`.
        """
        stretch = _stretch(tx, caller, agency_code, since, until)
        after = decode_cursor(cursor, {"notification_id": UUID})["notification_id"] if cursor else None
        statuses = UNREACHED if status is None else (status,)
        rows = models.undelivered(tx, stretch, statuses, template, after, limit + 1)
        last = str(rows[limit - 1].notification_id) if len(rows) > limit else None
        return {
            "items": [{**row._mapping, "answer": row.last_answer} for row in rows[:limit]],
            "next": encode_cursor({"notification_id": last}) if last else None,
        }


def _stretch(
    tx: Transaction, caller: Caller, agency_code: str | None, since: datetime, until: datetime | None
) -> Stretch:
    end = until or tx.now
    if not since <= end <= since + LONGEST:
        raise Invalid.field("until" if until else "since", f"must lie within {LONGEST.days} days of each other")
    return Stretch(_codes(tx, caller, agency_code), since, end)


def _codes(tx: Transaction, caller: Caller, agency_code: str | None) -> Sequence[str] | None:
    """The agency and those below it; None for all."""
    if agency_code is None:
        if not scope.sees_all(caller):
            raise Invalid.field("agency_code", "is required")
        return None
    return scope.with_those_below(tx, caller, agency_code)


def _key(by: str, key: str | None) -> str | None:
    return reporting.shown_status(key) if by == "status" and key else key


def _shown(key: str | None, line: Line) -> dict[str, Any]:
    return {
        "key": key,
        "total": line.total,
        "counts": line.counts,
        "rates": line.rates,
        "median_seconds": reporting.percentile(line.seconds, 0.5),
        "p95_seconds": reporting.percentile(line.seconds, 0.95),
    }
