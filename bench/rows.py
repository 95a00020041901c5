"""The rows that both systems start from: agencies, staff, one offering, and everybody enrolled in it.

They are written straight into the tables that registration and nomination fill, the read models of the other
services included. Both systems have the same tables, so neither is favoured.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.lab import Place, vacuum
from bench.people import AGENCIES, Person, agency_name
from services.certification import models as certification
from services.enrollment import models as enrollment
from services.notification import models as notification
from shared.ids import new_id

HOURS = 10.0
SCORE = 90.0


def fill(place: Place, staff: list[Person]) -> tuple[UUID, list[UUID]]:
    """Write all rows; the id of the offering, and those of the enrollments in the order of `staff`."""
    now, offering_id = datetime.now(UTC), new_id()
    people = [person_row(person, now) for person in staff]
    agencies = [{"code": code, "name": agency_name(code), "registered_at": now, "heard_at": now} for code in AGENCIES]
    enrolled = [enrolled_row(person, offering_id, now) for person in staff]
    write(place, "enrollment", enrollment.agencies, agencies)
    write(place, "enrollment", enrollment.employees, people)
    write(place, "enrollment", enrollment.offerings, [offering_row(offering_id, len(staff), now)])
    write(place, "enrollment", enrollment.enrollments, enrolled)
    write(place, "certification", certification.agencies, agencies)
    write(place, "certification", certification.employees, people)
    write(place, "notification", notification.recipients, people)
    vacuum(place, ("enrollment", "certification", "notification"))
    return offering_id, [row["id"] for row in enrolled]


def write(place: Place, service: str, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; keys that are no columns of the table are left out."""
    wanted = [{name: row[name] for name in row if name in table.c} for row in rows]
    with place.engine(service).connect() as connection:
        connection.execute(sa.insert(table), wanted)


def person_row(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "id": person.employee_id,
        "employee_id": person.employee_id,
        "agency_code": person.agency_code,
        "national_code": person.national_code,
        "personnel_number": person.personnel_number,
        "full_name": person.full_name,
        "email": person.email,
        "language": "fa",
        "is_manager": False,
        "employment": "official",
        "job_title": "کارشناس نمونه",
        "registered_at": now,
        "heard_at": now,
    }


def enrolled_row(person: Person, offering_id: UUID, now: datetime) -> dict[str, Any]:
    row = {"id": new_id(), "employee_id": person.employee_id, "offering_id": offering_id}
    return row | {"status": "confirmed", "enrolled_at": now, "changed_at": now}


def offering_row(offering_id: UUID, seats: int, now: datetime) -> dict[str, Any]:
    today = now.date()
    return {
        "id": offering_id,
        "agency_code": AGENCIES[0],
        "course_code": "BENCH-1",
        "course_version": 1,
        "course_title": {"fa": "دورهٔ نمونهٔ سنجش", "en": "Sample course"},
        "course_type": "job",
        "hours": HOURS,
        "delivery_mode": "in_person",
        "min_attendance": 0.8,
        "pass_mark": 60.0,
        "prerequisites": [],
        "leads_to_degree": False,
        "starts_on": today - timedelta(days=2),
        "ends_on": today - timedelta(days=1),
        "enrollment_closes_on": today - timedelta(days=3),
        "capacity": seats,
        "min_seats": 1,
        "waitlist_limit": 0,
        "open_to": "all",
        "approval": "none",
        "status": "open",
        "seats_taken": seats,
        "waiting": 0,
        "last_waiting_number": 0,
    }
