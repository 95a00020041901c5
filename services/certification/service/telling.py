"""Telling those who keep training records of what agencies brought from their older books: new records in the
transaction that takes them in, those of releases that told nobody by a timer."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.certification import models
from shared import green
from shared.database import Database
from shared.entrypoints import timer
from shared.events import PastRecordTakenInV1

BATCH = 200


def taken_in(row: Mapping[str, Any], reference: str, at: datetime) -> PastRecordTakenInV1:
    """A past record as its certificate says it; `row` is that of the certificate, `at` when it was brought."""
    said = json.loads(row["snapshot"])
    same = ("serial", "course_code", "course_title", "course_type", "delivery_mode", "starts_on", "ends_on")
    basis, provider = said["basis"], said["provider"]
    facts = {
        **{name: said[name] for name in same},
        **{name: basis[name] for name in ("original_serial", "original_date", "original_type")},
        "record_id": row["enrollment_id"],
        "reference": reference,
        "certificate_id": row["id"],
        "employee_id": row["employee_id"],
        "agency_code": row["agency_code"],
        "provider_code": provider["code"],
        "provider_name": provider["name"],
        "hours": float(said["hours"]),
        "score": None if said["score"] is None else float(said["score"]),
        "taken_in_at": at,
        "issued_at": row["issued_at"],
    }
    return msgspec.convert(facts, PastRecordTakenInV1)


class PastRecordTimers:
    """Mixed into the service."""

    db: Database
    log: Any
    ending: Callable[[], bool]

    @timer(interval=60)
    def tell_past_records(self) -> None:
        """Tell of past records that an earlier release took in, once each: a few hundred in a transaction, shared by
        replicas. Of what was revoked since, or whose holder's data was erased, nobody is told."""
        while not self.ending():
            with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
                if not models.has_untold(tx):
                    return
            if not self._tell_some():
                return
            green.pause()

    def _tell_some(self) -> int:
        with self.db.transaction() as tx:
            records: dict[UUID, Any] = {row.enrollment_id: row for row in models.lock_untold(tx, BATCH)}
            rows = models.latest_of(tx, list(records))
            standing = [row for row in rows if row.status != "revoked" and row.erased_at is None]
            for row in standing:
                record = records[row.enrollment_id]
                tx.publish(taken_in(row._mapping, record.reference, record.imported_at))
            models.set_told(tx, list(records), tx.now)
        if records:
            self.log.info("past_records_told", count=len(standing))
        return len(records)
