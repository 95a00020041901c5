"""The audit from its start to its end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.certification import models
from services.certification.auditing.certificates import Certificates
from services.certification.auditing.credentials import CREDENTIALS, Credentials, count
from services.certification.auditing.entries import Entries, kept_at, tree_at
from services.certification.auditing.findings import Report
from services.certification.auditing.heads import Heads
from services.certification.auditing.records import Records
from services.certification.domain import merkle
from services.certification.domain.checkpoints import Checkpoint
from services.certification.signing import Keys
from shared.database import Database, Transaction

Begin = Callable[[str, int], Callable[[int], None]]  # (what is read, how much there is) → (how much more was read)


def audit(
    database: Database,
    keys: Keys,
    begin: Begin,
    since: datetime | None = None,
    checkpoints: Mapping[str, str] | None = None,
) -> Report:
    """Hold everything against everything, in one snapshot of the database.

    `checkpoints` are heads of the log that somebody kept, by name. With `since` the log is read from the last head that
    was kept before that moment, and certificates from that moment on; numbers are then not counted.
    """
    report = Report()
    heads = Heads(keys.platforms, report)
    named = {name: heads.read(note, name) for name, note in (checkpoints or {}).items()}
    outside = {name: head for name, head in named.items() if head is not None}
    with database.reading() as tx:
        if tx.dialect == "postgresql":
            tx.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        _log(tx, heads, report, begin, since, outside)
        rows = Certificates(tx, keys, report)
        rows.walk(since, begin("certificates", models.count_certificates(tx, since)))
        if sa.inspect(tx.connection()).has_table(CREDENTIALS.name):
            Credentials(tx, keys.public_keys, report).walk(since, begin("credentials", count(tx, since)))
        Records(tx, keys, report).walk(since, begin("training records", models.count_records(tx, since)))
    return report


def _log(
    tx: Transaction, heads: Heads, report: Report, begin: Begin, since: datetime | None, outside: dict[str, Checkpoint]
) -> None:
    head = models.head(tx)
    if head is None or not head.note:
        report.add("log_missing", None, "There is no log.")
        return
    tree = merkle.Tree() if since is None else _start(tx, heads, since, head)
    for name, kept in outside.items():
        if 0 < kept.size <= tree.size:
            earlier = tree_at(tx, kept.size)
            heads.compare(kept, kept.size, earlier.root() if earlier else b"", name)
    Entries(tx, heads, report, outside).walk(head, tree, begin("log entries", head.size - tree.size))


def _start(tx: Transaction, heads: Heads, since: datetime, head: Any) -> merkle.Tree:
    """Where to begin reading: at the last head kept before, if it is signed and the tiles make its root."""
    kept = models.kept_head_before(tx, since)
    if kept is not None and kept.size <= head.size:
        said, tree = heads.read(kept.note, kept_at(kept)), tree_at(tx, kept.size)
        if said is not None and tree is not None and (said.size, said.root) == (tree.size, tree.root()):
            return tree
    return merkle.Tree()
