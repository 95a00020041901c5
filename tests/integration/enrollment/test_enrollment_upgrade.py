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

from services.enrollment.models.record import person_years
from shared import migrate
from shared.database import Database
from shared.events import OfferingDecidedV1, OfficersChangedV1, ScheduleChangedV1
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
def old(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The URL of a database that the first release left."""

    def prepare(url: str) -> None:
        migrate.upgrade("enrollment", url, "0001")

    name = f"enrollment-{request.node.originalname}"
    with databases.lend(request.param, name, sa.MetaData(), prepare) as url:
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


def test_what_was_completed_before_is_in_the_record_and_counts_once(old: str, tmp_path: Path) -> None:
    engine = Database(old).engine
    # 1403/12/30, the last day of a leap year; 1404/12/29, the last day of a common one; 1405/01/01.
    days = ("2025-03-20", "2026-03-20", "2026-03-21")
    done = {"status": "completed", "attended_hours": 10.0, "score": 90.0}
    with engine.begin() as connection:
        for number, day in enumerate(days):
            offering_id, seat_id = (
                UUID(f"0190a0b0-0000-7000-8000-{place:012d}") for place in (10 + number, 20 + number)
            )
            dates = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), day)
            refreshed = {"refresh_every_months": 12, "course_code": "RD-02"} if number else {}
            insert(connection, "offerings", HELD | dates | refreshed | {"id": offering_id})
            seat = {"id": seat_id, "offering_id": offering_id, "completed_on": day, "completed_at": f"{day} 12:00:00"}
            insert(connection, "enrollments", SEAT | done | seat)
        again = {"id": UUID(int=30), "completed_on": "2026-03-20", "completed_at": "2026-03-20 13:00:00"}
        insert(connection, "offerings", HELD | {"id": UUID(int=31), "course_code": "RD-02", "refresh_every_months": 12})
        insert(connection, "enrollments", SEAT | done | again | {"offering_id": UUID(int=31)})
    engine.dispose()
    migrate.upgrade("enrollment", old)
    harness = Harness("enrollment", old, tmp_path)
    try:
        shown = harness.call("get_training_record", employee_id=str(PERSON))
        lines = [(line["course_code"], line["jalali_year"], line["counts"]) for line in shown["lines"]]
        assert lines == [("RD-01", 1403, True), ("RD-02", 1404, True), ("RD-02", 1404, False), ("RD-02", 1405, True)]
        assert shown["lines"][0]["provider_name"] == AGENCY["name"]
        before = harness.call("get_training_record", employee_id=str(PERSON), as_of="2026-03-19")
        assert [line["jalali_year"] for line in before["lines"]] == [1403]
        with harness.db.reading() as tx:
            own = person_years.c
            rows = tx.execute(sa.select(own.jalali_year, own.lines, own.job_hours).order_by(own.jalali_year)).all()
        assert [tuple(row) for row in rows] == [(1403, 1, 10.0), (1404, 1, 10.0), (1405, 1, 10.0)]
        harness.call(
            "correct_result",
            enrollment_id="0190a0b0-0000-7000-8000-000000000020",
            attended_hours=10,
            score=10,
            reason="ثبت نادرست",
        )
        assert len(harness.call("get_training_record", employee_id=str(PERSON))["lines"]) == 3
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


def test_officers_of_before_are_told_once(old: str, tmp_path: Path) -> None:
    migrate.upgrade("enrollment", old, "0021")
    engine = Database(old).engine
    with engine.begin() as connection:
        for number, role in enumerate(("training_officer", "training_officer", "supervisor")):
            officer = {"id": UUID(int=number + 1), "agency_code": "AG-A", "employee_id": PERSON, "role": role}
            insert(connection, "officers", officer | {"from_day": f"2026-10-0{number + 1}", "recorded_at": MOMENT})
    engine.dispose()
    migrate.upgrade("enrollment", old)
    harness = Harness("enrollment", old, tmp_path)
    try:
        harness.service.tell_officers()
        harness.service.tell_officers()
        (event,) = harness.outbox(OfficersChangedV1)
        assert isinstance(event, OfficersChangedV1)
        assert [(each.employee_id, each.from_day.day) for each in event.officers] == [(PERSON, 1), (PERSON, 2)]
    finally:
        harness.db.engine.dispose()
