"""The certificates: each row held against its signature, the log, and itself; and all numbers against the counters."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.certification import models
from services.certification.auditing.findings import Report
from services.certification.domain import log, snapshots
from services.certification.signing import Keys
from shared.database import Transaction

PAGE = 500
Problem = tuple[str, str]


def check(row: Any, entries: Sequence[Any], keys: Keys) -> Iterator[Problem]:
    """What is wrong with a certificate, as (code, sentence); `entries` is all that the log says of it."""
    try:
        said = json.loads(row.snapshot)
        leaves = [json.loads(entry.data) for entry in entries]
        yield from _signatures(row, said, keys)
        yield from _text(row, said)
        yield from _logged(row, leaves)
    except (ValueError, KeyError, TypeError, AttributeError):
        yield "snapshot_altered", "What the certificate says, or the log of it, cannot be read any more."


def _signatures(row: Any, said: Mapping[str, Any], keys: Keys) -> Iterator[Problem]:
    """That of the issuer, and beside it that of the co-signer: made over this text, by keys that counted then. What was
    revoked is not held against a key that was retired."""
    issuer = said["issuer"]["code"]
    made: list[tuple[str, bytes, tuple[str | None, ...]]] = [(row.key_id, row.signature, (None, issuer))]
    if row.cosigner_key_id is not None:
        made.append((row.cosigner_key_id, row.cosignature, (snapshots.cosigner_code(said),)))
    for key_id, signature, owners in made:
        key = keys.find(key_id)
        if key is None:
            yield "key_missing", f"It was signed with key {key_id}, which is not at hand."
            continue
        if row.erased_at is None and not key.signed(signature, row.snapshot.encode()):
            yield "snapshot_altered", "Its text or its signature was changed: they do not fit each other."
        counted = key.in_force(datetime.fromisoformat(said["issued_at"])) and key.owner_code in owners
        if not (counted or row.status == log.REVOKED):
            yield "key_not_accepted", f"It was signed with key {key_id}, which was not in force then or is another's."


def _text(row: Any, said: Mapping[str, Any]) -> Iterator[Problem]:
    """The columns that repeat what the signed text says."""
    columns = {
        "certificate_id": str(row.id),
        "serial": row.serial,
        "verification_code": row.verification_code,
        "key_id": row.key_id,
        "cosigner_key_id": row.cosigner_key_id,
        "issued_at": log.moment(row.issued_at),
        "valid_until": row.valid_until and row.valid_until.isoformat(),
    }
    other = [name for name, value in columns.items() if said.get(name) != value]  # the first form lacks some
    if said["issuer"]["code"] != row.agency_code:
        other.append("agency_code")
    if other:
        yield "row_altered", f"The row does not say what the signed text says: {', '.join(other)}."
    if row.national_code is not None:
        hashed = snapshots.hashed_national_code(row.national_code_salt or "", row.national_code)
        if said["national_code_hash"] != hashed:
            yield "row_altered", "The national code kept with it is not the one that was signed."


def _logged(row: Any, leaves: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """What the log says of the certificate."""
    kinds = [leaf["kind"] for leaf in leaves]
    if kinds.count(log.ISSUED) != 1 or kinds[0] != log.ISSUED:
        yield "not_logged", "The log does not say that it was issued, or says so twice."
        return
    if not log.fits(row.snapshot, row.snapshot_hash, leaves):
        yield "snapshot_altered", "Its text is not the one that the log says was issued."
    if log.status_of(kinds) != row.status:
        yield "status_altered", f"It is stored as {row.status}; by the log it is {log.status_of(kinds)}."
    if (log.ERASED in kinds) != (row.erased_at is not None):
        yield "row_altered", "The log and the row do not agree on whether its holder was erased."
    if {leaf["serial"] for leaf in leaves} != {row.serial}:
        yield "row_altered", "The log names it by another serial."


class Certificates:
    """Walks all certificates once, and remembers of each agency and year how many numbers it met."""

    def __init__(self, tx: Transaction, keys: Keys, report: Report) -> None:
        self._tx, self._keys, self._report = tx, keys, report
        self._numbers: dict[str, tuple[int, int]] = {}  # how many, and the highest

    def walk(self, since: datetime | None, step: Callable[[int], None]) -> None:
        after = None
        while rows := models.certificates_after(self._tx, after, PAGE, since):
            self._page(rows)
            after = rows[-1].id
            step(len(rows))
        if since is None:
            self._counters()

    def _page(self, rows: Sequence[Any]) -> None:
        entries: dict[Any, list[Any]] = {}
        for entry in models.entries_of(self._tx, [row.id for row in rows]):
            entries.setdefault(entry.certificate_id, []).append(entry)
        for row in rows:
            for code, message in check(row, entries.get(row.id, []), self._keys):
                self._report.add(code, row.serial, message)
            self._count(row.serial)
        self._report.counts["certificates"] += len(rows)

    def _count(self, serial: str) -> None:
        series, _, _ = serial.rpartition("-")
        count, highest = self._numbers.get(series, (0, 0))
        self._numbers[series] = count + 1, max(highest, *_numbers([serial]), 0)

    def _counters(self) -> None:
        """Numbers have no gap: where fewer certificates than numbers are there, the missing ones are named."""
        for agency_code, year, last in models.counters(self._tx):
            series = f"{agency_code}-{year}"
            if self._numbers.get(series, (0, 0)) != (last, last):
                self._series(series, last)

    def _series(self, series: str, last: int) -> None:
        due = 1
        for number in _numbers(models.serials(self._tx, series)):
            for missing in range(due, min(number, last + 1)):
                self._report.add("number_missing", f"{series}-{missing:06d}", "There is no certificate of this number.")
            if number > last:
                message = f"The counter of {series} stands at {last}: this number was never given."
                self._report.add("counter_altered", f"{series}-{number:06d}", message)
            due = max(due, number + 1)
        for missing in range(due, last + 1):
            self._report.add("number_missing", f"{series}-{missing:06d}", "There is no certificate of this number.")


def _numbers(serials: Iterable[str]) -> Iterator[int]:
    for serial in serials:
        number = serial.rpartition("-")[2]
        if number.isascii() and number.isdigit():
            yield int(number)
