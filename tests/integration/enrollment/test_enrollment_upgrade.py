"""An enrollment service of the first release, brought up to date with everything in it, and back."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared import migrate
from shared.database import Database
from shared.events import OfferingDecidedV1, ScheduleChangedV1
from tests.harness import Databases, Harness
from tests.integration.enrollment.conftest import World, national_code

VERSIONS = Path(str(importlib.import_module("services.enrollment").__file__)).parent / "migrations" / "versions"
OFFERING, PERSON, ENROLLMENT = (UUID(f"0190a0b0-0000-7000-8000-{number:012d}") for number in (1, 2, 3))
MOMENT = "2026-10-01 08:00:00"
AGENCY = {"code": "AG-A", "name": {"fa": "دستگاه نمونه A", "en": "Agency A"}, "registered_at": MOMENT}
EMPLOYEE = {
    "id": PERSON,
    "agency_code": "AG-A",
    "national_code": national_code(500),
    "personnel_number": "P500",
    "full_name": "نمونه پانصد",
    "email": "sample500@example.ir",
    "language": "fa",
    "is_manager": False,
    "employment": "official",
    "registered_at": MOMENT,
}
HELD = {
    "id": OFFERING,
    "agency_code": "AG-A",
    "course_code": "RD-01",
    "course_version": 1,
    "course_title": {"fa": "دوره نمونه"},
    "course_type": "job",
    "hours": 10.0,
    "delivery_mode": "in_person",
    "min_attendance": 0.8,
    "pass_mark": 60.0,
    "prerequisites": [],
    "leads_to_degree": False,
    "starts_on": "2099-01-10",
    "ends_on": "2099-01-12",
    "enrollment_closes_on": "2099-01-10",
    "capacity": 20,
    "min_seats": 5,
    "waitlist_limit": 0,
    "open_to": "agency",
    "approval": "none",
    "status": "open",
    "seats_taken": 1,
    "waiting": 0,
    "last_waiting_number": 0,
}
SEAT = {
    "id": ENROLLMENT,
    "employee_id": PERSON,
    "offering_id": OFFERING,
    "status": "confirmed",
    "enrolled_at": MOMENT,
    "changed_at": MOMENT,
}


def insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    """As the first release wrote it: only the columns that it knew."""
    on_postgresql = connection.dialect.name == "postgresql"
    values: dict[str, Any] = {}
    placeholders = []
    for name, value in row.items():
        is_json = isinstance(value, dict | list) or name == "open_to"
        values[name] = json.dumps(value) if is_json else value
        if isinstance(value, UUID):
            values[name] = str(value) if on_postgresql else value.hex
        placeholders.append(f"CAST(:{name} AS JSONB)" if is_json and on_postgresql else f":{name}")
    names = ", ".join(values)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(placeholders)})"), values)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that the first release left."""

    def prepare(url: str) -> None:
        migrate.upgrade("enrollment", url, "0001")

    name = f"enrollment-{request.node.originalname}"
    with databases.lend(request.param, name, tmp_path, sa.MetaData(), prepare) as url:
        engine = Database(url).engine
        with engine.begin() as connection:
            for table, row in (
                ("agencies", AGENCY),
                ("employees", EMPLOYEE),
                ("offerings", HELD),
                ("enrollments", SEAT),
            ):
                insert(connection, table, row)
        engine.dispose()
        yield url


def test_what_the_first_release_knew_goes_on_and_changes_like_what_came_after(old: str, tmp_path: Path) -> None:
    migrate.upgrade("enrollment", old)
    harness = Harness("enrollment", old, tmp_path)
    try:
        world = World(harness)
        assert world.call("get_employee", employee_id=PERSON)["is_veteran"] is False
        assert world.call("get_enrollment", enrollment_id=ENROLLMENT)["course_stale_since"] is None
        assert world.enroll(world.employee(), str(OFFERING))["status"] == "confirmed"
        harness.service.decide_offerings()
        harness.service.release_reserved_seats()
        assert world.said(OfferingDecidedV1) == []
        opened = world.opened(offering_id=OFFERING)
        harness.deliver(world.changed(opened, 2, ["starts_on", "decides_on"], decides_on=world.today, min_seats=3))
        harness.service.decide_offerings()
        assert [event.formed for event in world.said(OfferingDecidedV1)] == [False]
        assert len(world.said(ScheduleChangedV1)) == 2
    finally:
        harness.db.engine.dispose()


def test_the_way_back_keeps_what_the_first_release_knew(old: str) -> None:
    engine = Database(old).engine
    before = _columns(engine)
    migrate.upgrade("enrollment", old)
    later = sorted(path.stem for path in VERSIONS.glob("0*.py"))[1:]
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin(), Operations.context(MigrationContext.configure(connection)):
            for name in reversed(later):
                importlib.import_module(f"services.enrollment.migrations.versions.{name}").downgrade()
    assert _columns(engine) == before
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT status FROM enrollments")).scalars().all() == ["confirmed"]
    engine.dispose()


def _columns(engine: sa.Engine) -> dict[str, set[str]]:
    inspector = sa.inspect(engine)
    return {
        table: {column["name"] for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
