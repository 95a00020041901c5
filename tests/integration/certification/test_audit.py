"""Whatever is changed in the database behind the service's back is found, and named."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from rich.console import Console

from services.certification import models
from services.certification.auditing import Report, audit
from services.certification.domain import merkle
from services.certification.models import (
    certificates,
    credentials,
    log_entries,
    log_head,
    log_tiles,
    serial_counters,
    tree_heads,
)
from services.certification.service import transparency
from services.cli import auditing as command
from shared.events import EmployeeErasedV1
from tests.integration.certification.conftest import Office, completed
from tests.integration.certification.test_certificate_corrections import corrected


def found(office: Office, **asked: Any) -> Report:
    with office.harness.db.reading() as tx:
        keys = office.harness.service.keyring.to_check(tx)
    return audit(office.harness.db, keys, lambda what, total: lambda count: None, **asked)


def codes(report: Report) -> set[tuple[str, str | None]]:
    return {(each.code, each.serial) for each in report.findings}


def execute(office: Office, *statements: Any) -> None:
    with office.harness.db.transaction() as tx:
        for statement in statements:
            tx.execute(statement)


def serial(number: int) -> str:
    return f"AG-A-1405-{number:06d}"


@pytest.fixture
def life(office: Office) -> Office:
    """Certificates 1 to 5 of AG-A: 1 is replaced by 6, 2 is revoked, 3 is erased, 4 and 5 stand as they were issued."""
    known = [completed() for _ in range(5)]
    office.issue(*known)
    office.harness.deliver(corrected(known[0]))
    office.harness.deliver(corrected(known[1], "failed"))
    office.harness.deliver(EmployeeErasedV1(employee_id=known[2].employee_id, erased_at=datetime.now(UTC)))
    office.harness.service.keep_tree_head()
    year = office.rows()[0].serial.split("-")[2]
    assert year == "1405", "the test's serials are of that year"
    return office


def row(office: Office, number: int) -> Any:
    return next(each for each in office.rows() if each.serial == serial(number))


def of(number: int) -> Any:
    return certificates.c.serial == serial(number)


def test_nothing_is_found_where_nothing_was_altered(life: Office) -> None:
    report = found(life)
    assert codes(report) == set()
    assert report.counts == {"entries": 9, "certificates": 6, "credentials": 5, "records": 0}


def name(office: Office) -> None:
    text = row(office, 4).snapshot.replace("نمونه آزمون‌پور", "نمونه دیگر")
    execute(office, sa.update(certificates).where(of(4)).values(snapshot=text))


def name_of_erased(office: Office) -> None:
    text = row(office, 3).snapshot.replace('"score":"87.5"', '"score":"97.5"')
    execute(office, sa.update(certificates).where(of(3)).values(snapshot=text))


def status(office: Office) -> None:
    execute(office, sa.update(certificates).where(of(2)).values(status="valid", revoked_on=None))


def deleted(office: Office) -> None:
    execute(office, sa.delete(certificates).where(of(5)))


def inserted(office: Office) -> None:
    own = {"id": uuid4(), "enrollment_id": uuid4(), "cycle": 7, "serial": serial(7), "verification_code": "0" * 26}
    execute(office, sa.insert(certificates).values(row(office, 4)._asdict() | own))


def signature(office: Office) -> None:
    execute(office, sa.update(certificates).where(of(4)).values(signature=row(office, 5).signature))


def agency(office: Office) -> None:
    execute(office, sa.update(certificates).where(of(4)).values(agency_code="AG-B"))


def last_day(office: Office) -> None:
    execute(office, sa.update(certificates).where(of(4)).values(valid_until=date(2099, 1, 1)))


def national_code(office: Office) -> None:
    execute(office, sa.update(certificates).where(of(4)).values(national_code="9990000026"))


def entry(office: Office) -> None:
    execute(
        office,
        sa.update(log_entries)
        .where(log_entries.c.leaf_index == 3)
        .values(data=sa.func.replace(log_entries.c.data, '"kind":"issued"', '"kind":"issued" ')),
    )


def counter(office: Office) -> None:
    execute(office, sa.update(serial_counters).where(serial_counters.c.agency_code == "AG-A").values(last_number=5))


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (name, {("snapshot_altered", serial(4)), ("credential_altered", serial(4))}),
        (name_of_erased, {("snapshot_altered", serial(3))}),
        (status, {("status_altered", serial(2))}),
        (deleted, {("certificate_missing", serial(5)), ("number_missing", serial(5))}),
        (
            inserted,
            {("row_altered", serial(7)), ("not_logged", serial(7)), ("counter_altered", serial(7))},
        ),
        (signature, {("snapshot_altered", serial(4))}),
        (agency, {("row_altered", serial(4))}),
        (last_day, {("row_altered", serial(4))}),
        (national_code, {("row_altered", serial(4))}),
        (entry, {("entry_altered", serial(4))}),
        (counter, {("counter_altered", serial(6))}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_alteration_is_found_by_serial(
    life: Office, alter: Callable[[Office], None], expected: set[tuple[str, str | None]]
) -> None:
    alter(life)
    assert codes(found(life)) == expected


def test_an_entry_altered_with_its_hash_does_not_make_the_signed_root(life: Office) -> None:
    with life.harness.db.reading() as tx:
        revoked = tx.execute(sa.select(log_entries).where(log_entries.c.kind == "revoked")).one()
    data = revoked.data.replace("revoked", "issued")
    changed = {"data": data, "leaf_hash": merkle.leaf_hash(data.encode()), "kind": "issued"}
    execute(
        life,
        sa.update(log_entries).where(log_entries.c.leaf_index == revoked.leaf_index).values(**changed),
        sa.update(certificates).where(of(2)).values(status="valid"),
    )
    assert ("log_altered", None) in codes(found(life))
    assert ("not_logged", serial(2)) in codes(found(life))


def test_an_altered_tile_and_an_altered_head_are_found(life: Office) -> None:
    life.issue(*(completed() for _ in range(300)))
    assert codes(found(life)) == set()
    execute(life, sa.update(log_tiles).where(log_tiles.c.level == 1).values(hashes=b"\x00" * 32))
    assert codes(found(life)) == {("tile_altered", None)}
    execute(life, sa.update(log_head).values(note=sa.func.replace(log_head.c.note, "/log\n", "/gol\n")))
    assert ("head_altered", None) in codes(found(life))


def roll_back(office: Office, size: int) -> None:
    """Cut the log to an earlier size, with everything that belongs to it, and its head signed by a stolen key."""
    with office.harness.db.transaction() as tx:
        leaves = models.leaf_hashes(tx, 0, size)
        tree = merkle.Tree()
        for leaf in leaves:
            tree.append(leaf)
        note = transparency.signed(tx, office.harness.service.office, tree, "2026-11-25T08:30:00.000000Z")
        models.set_head(tx, size=size, edge=b"".join(tree.edge), note=note)
        tx.execute(sa.delete(log_entries).where(log_entries.c.leaf_index >= size))
        tx.execute(sa.delete(tree_heads))


def test_a_database_put_back_to_an_old_copy_is_found_by_a_kept_checkpoint(office: Office, tmp_path: Path) -> None:
    """The certificate is valid again, its revocation was never logged, and everything fits everything."""
    tables = [certificates, serial_counters, log_entries, log_tiles, log_head, tree_heads]
    completion = completed()
    office.issue(completion)
    office.harness.service.keep_tree_head()
    with office.harness.db.reading() as tx:
        old = {table: [each._asdict() for each in tx.execute(sa.select(table))] for table in tables}
    office.harness.deliver(corrected(completion, "failed"))
    with office.harness.db.reading() as tx:
        kept = models.head(tx).note
    execute(office, *(sa.delete(table) for table in tables))
    execute(office, *(sa.insert(table).values(rows) for table, rows in old.items() if rows))
    assert codes(found(office)) == set()
    assert codes(found(office, checkpoints={"kept": kept})) == {("log_shortened", None)}


def test_a_log_that_was_rewritten_is_found_by_a_kept_checkpoint(life: Office) -> None:
    with life.harness.db.reading() as tx:
        kept = models.head(tx).note
    roll_back(life, 6)
    life.issue(*(completed() for _ in range(5)))
    assert ("log_altered", None) in codes(found(life, checkpoints={"kept": kept}))


def test_a_deleted_end_of_the_log_is_found_by_the_heads_kept_in_the_database(life: Office) -> None:
    with life.harness.db.reading() as tx:
        heads = tx.execute(sa.select(tree_heads)).all()
    roll_back(life, 8)
    execute(life, *(sa.insert(tree_heads).values(head._asdict()) for head in heads))
    assert ("log_shortened", None) in codes(found(life))
    assert ("row_altered", serial(3)) in codes(found(life))


def test_an_audit_since_a_moment_begins_at_the_head_kept_before(life: Office) -> None:
    execute(life, sa.update(tree_heads).values(at=datetime.now(UTC) - timedelta(hours=1)))
    since = datetime.now(UTC) - timedelta(seconds=1)
    execute(life, sa.update(certificates).values(issued_at=since - timedelta(hours=1)))
    life.issue(completed())
    report = found(life, since=since)
    assert (codes(report), report.counts["entries"], report.counts["certificates"]) == (set(), 1, 1)
    name(life)
    assert codes(found(life, since=since)) == set()
    assert ("snapshot_altered", serial(4)) in codes(found(life))


def test_a_kept_credential_is_checked(life: Office) -> None:
    assert codes(found(life)) == set()
    own, other = row(life, 4), row(life, 5)
    kept = sa.select(credentials.c.content).where(credentials.c.certificate_id == own.id)
    with life.harness.db.reading() as tx:
        token = tx.scalar(kept)
    execute(life, sa.update(credentials).where(credentials.c.certificate_id == other.id).values(content=token))
    assert codes(found(life)) == {("credential_altered", serial(5))}


class TestCommand:
    def run(self, life: Office, **asked: Any) -> tuple[int, str]:
        url = life.harness.db.engine.url.render_as_string(hide_password=False)
        config = replace(life.harness.config, database_url=url)
        console = Console(record=True, width=200)
        code = command.run(config, console, **({"since": None, "checkpoints": [], "as_json": False} | asked))
        return code, console.export_text()

    def test_it_says_that_nothing_was_altered(self, life: Office) -> None:
        code, said = self.run(life)
        assert code == 0
        assert "9 entries, 6 certificates" in said
        assert "Nothing was altered." in said

    def test_it_names_what_was_altered(self, life: Office) -> None:
        name(life)
        code, said = self.run(life, as_json=True)
        report = json.loads(said)
        assert (code, report["altered"], report["findings"][0]["serial"]) == (1, True, serial(4))
