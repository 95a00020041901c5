"""The records of a whole staff as CSV: in parts that fit together, and as one file."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.enrollment.models.record import add_entries
from shared.errors import Invalid, NotFound
from shared.events import LocalizedText
from shared.ids import new_id


def export(world: Any, **more: Any) -> Any:
    return world.call("export_training_records", **({"agency_code": "AG-A"} | more))


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))


def enter(world: Any, person: str, count: int, **changes: Any) -> None:
    fields: dict[str, Any] = {
        "employee_id": UUID(person),
        "source": "own",
        "reverses": None,
        "counted": True,
        "recorded_at": datetime(2026, 1, 1, tzinfo=UTC),
        "recorded_by": "test",
        "agency_code": "AG-A",
        "course_title": {"fa": "دوره"},
        "course_type": "job",
        "hours": 1.0,
        "completed_on": date(2025, 12, 1),
        "jalali_year": 1404,
    }
    with world.harness.db.transaction() as tx:
        add_entries(tx, [fields | changes | {"id": new_id(), "line_id": new_id()} for _line in range(count)])


def test_lines_are_in_either_language_with_nothing_that_a_spreadsheet_runs(world: Any) -> None:
    person = world.employee(full_name="نمونه\u200cپور", unit="=SUM(A1)")
    world.complete(person, course_title=LocalizedText("می\u200cشود, آشنا", "Budget"))
    part = export(world)
    assert part["content"].startswith("\ufeffکد ملی,")
    assert (part["rows"], part["next"]) == (1, None)
    (line,) = rows(part["content"])
    assert (line["نام و نام خانوادگی"], line["عنوان دوره"]) == ("نمونه\u200cپور", "می\u200cشود, آشنا")
    assert (line["واحد"], line["نوع آموزش"], line["محاسبه می‌شود"]) == ("'=SUM(A1)", "شغلی", "بله")
    assert (line["شیوه اجرا"], line["مورد استفاده"]) == ("حضوری", "سرانه، حق شاغل")
    (line,) = rows(export(world, language="en")["content"])
    assert (line["mode"], line["used for"]) == ("in person", "minimum, pay")
    assert (line["course title"], line["end"], line["hours"]) == ("Budget", world.today.isoformat(), "10")
    assert line["end (Jalali)"].startswith("14")
    assert export(world, agency_code="AG-B")["content"].count("\r\n") == 1


def test_ten_thousand_lines_of_one_person_are_counted_through_and_come_once(world: Any) -> None:
    people = sorted(world.employees(3))
    enter(world, people[0], 3)
    enter(world, people[1], 10_001)
    enter(world, people[2], 2)
    seen, part, parts = [], export(world), 1
    seen += rows(part["content"])
    while part["next"]:
        part, parts = export(world, cursor=part["next"]), parts + 1
        seen += rows(f"{','.join(seen[0])}\r\n{part['content']}")
    assert (len(seen), parts) == (10_006, 6)
    numbers = [int(line["ردیف"]) for line in seen]
    assert numbers == [*range(1, 4), *range(1, 10_002), *range(1, 3)]


def test_parts_and_past_days_say_what_was_known_then(world: Any) -> None:
    people = world.employees(2)
    for person in people:
        enter(world, person, 2, recorded_at=datetime.now(UTC))
    first = export(world, limit=3)
    enter(world, max(people), 5, recorded_at=datetime.now(UTC))
    rest = export(world, limit=3, cursor=first["next"])
    assert (first["rows"], rest["rows"], rest["next"]) == (3, 1, None)
    assert export(world, as_of=(world.today - timedelta(days=1)).isoformat())["rows"] == 0
    with pytest.raises(Invalid, match="as_of"):
        export(world, as_of=(world.today + timedelta(days=1)).isoformat())
    with pytest.raises(NotFound, match="agency_not_found"):
        export(world, agency="AG-B", roles=("agency_system",))


def test_the_file_is_sent_part_by_part(world: Any) -> None:
    for person in world.employees(2):
        enter(world, person, 3)
    headers = {"Authorization": f"Bearer {world.harness.token(('auditor',))}"}
    asked = EnvironBuilder(query_string={"agency_code": "AG-A", "language": "en", "limit": "4"}, headers=headers)
    response = world.harness.service.training_records_csv(Request(asked.get_environ()))
    assert response.content_type == "text/csv; charset=utf-8"
    assert "training-records-AG-A-" in response.headers["Content-Disposition"]
    parts = list(response.iter_encoded())
    assert len(parts) == 2
    assert len(rows(b"".join(parts).decode())) == 6
