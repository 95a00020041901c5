"""The documents of training records: each held against its signature and what the log says of it."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.certification import models
from services.certification.auditing.findings import Report
from services.certification.domain import log
from services.certification.signing import Keys
from shared.database import Transaction

PAGE = 100


def check(row: Any, entries: Sequence[Any], keys: Keys) -> Iterator[tuple[str, str]]:
    """What is wrong with a document, as (code, sentence); `entries` is all that the log says of it."""
    try:
        said, leaves = json.loads(row.snapshot), [json.loads(entry.data) for entry in entries]
        key = keys.find(row.key_id)
        if key is None:
            yield "key_missing", f"It was signed with key {row.key_id}, which is not at hand."
        elif row.erased_at is None and not key.signed(row.signature, row.snapshot.encode()):
            yield "snapshot_altered", "Its text or its signature was changed: they do not fit each other."
        elif not key.in_force(row.issued_at) or key.owner_code not in (None, said["issuer"]["code"]):
            yield (
                "key_not_accepted",
                f"It was signed with key {row.key_id}, which was not in force then or is another's.",
            )
        columns = {"record_id": str(row.id), "serial": row.serial, "verification_code": row.verification_code}
        if any(said[name] != value for name, value in columns.items()) or said["issuer"]["code"] != row.agency_code:
            yield "row_altered", "The row does not say what the signed text says."
        if not leaves or leaves[0]["kind"] != log.RECORDED:
            yield "not_logged", "The log does not say that it was made."
        elif not log.fits(row.snapshot, row.snapshot_hash, leaves):
            yield "snapshot_altered", "Its text is not the one that the log says was signed."
    except (ValueError, KeyError, TypeError, AttributeError):
        yield "snapshot_altered", "What the record says, or the log of it, cannot be read any more."


class Records:
    """Walks all documents of records once."""

    def __init__(self, tx: Transaction, keys: Keys, report: Report) -> None:
        self._tx, self._keys, self._report = tx, keys, report

    def walk(self, since: datetime | None, step: Callable[[int], None]) -> None:
        after = None
        while rows := models.records_after(self._tx, after, PAGE, since):
            entries: dict[Any, list[Any]] = {}
            for entry in models.entries_of(self._tx, [row.id for row in rows]):
                entries.setdefault(entry.certificate_id, []).append(entry)
            for row in rows:
                for code, message in check(row, entries.get(row.id, []), self._keys):
                    self._report.add(code, row.serial, message)
            self._report.counts["records"] += len(rows)
            after = rows[-1].id
            step(len(rows))
