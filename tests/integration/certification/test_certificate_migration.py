"""Certificates of earlier releases get their course and their cycles, and nothing of them is lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from shared import migrate
from shared.database import Database
from tests.harness import Databases

BEFORE = "0002"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_certificates_of_one_course_become_cycles(databases: Databases, tmp_path: Path, kind: str) -> None:
    with databases.lend(
        kind,
        "certification before cycles",
        sa.MetaData(),
        lambda url: migrate.upgrade("certification", url, BEFORE),
    ) as url:
        engine = Database(url).engine
        with engine.begin() as connection:
            table = sa.Table("certificates", sa.MetaData(), autoload_with=connection)
            person, other = uuid4(), uuid4()
            twice = [{"employee_id": person, "enrollment_id": uuid4()} for _ in range(2)]
            rows = [
                _row(1, twice[0], "superseded"),
                _row(2, twice[1], "valid"),
                _row(3, twice[0], "valid"),  # the correction of the first
                _row(4, {"employee_id": person}, "valid", course="RD-02"),
                _row(5, {"employee_id": other}, "revoked"),
            ]
            connection.execute(table.insert(), [_stored(table, row) for row in rows])
        migrate.upgrade("certification", url)
        with engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT serial, course_code, course_version, cycle, status, kind FROM certificates ORDER BY serial"
                )
            ).all()
        engine.dispose()
    assert {row.kind for row in found} == {"type1"}
    assert [tuple(row)[:5] for row in found] == [
        ("S-1", "RD-01", 3, 1, "superseded"),
        ("S-2", "RD-01", 3, 2, "valid"),
        ("S-3", "RD-01", 3, 1, "valid"),
        ("S-4", "RD-02", 3, 1, "valid"),
        ("S-5", "RD-01", 3, 1, "revoked"),
    ]


def _row(number: int, whose: dict[str, Any], status: str, course: str = "RD-01") -> dict[str, Any]:
    return {
        "id": uuid4(),
        "enrollment_id": uuid4(),
        "agency_code": "AG-A",
        "serial": f"S-{number}",
        "verification_code": str(number) * 26,
        "snapshot": json.dumps({"course_code": course, "course_version": 3}),
        "signature": b"\0" * 64,
        "key_id": "0" * 16,
        "issued_at": datetime(2026, 1, number, tzinfo=UTC) + timedelta(hours=1),
        "status": status,
        **whose,
    }


def _stored(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """SQLite's tables read back know no UUIDs and no zones."""
    if table.metadata.tables and isinstance(table.c.id.type, sa.Uuid):
        return row
    plain = {name: value.hex if name.endswith("id") and name != "key_id" else value for name, value in row.items()}
    return plain | {"issued_at": row["issued_at"].replace(tzinfo=None)}
