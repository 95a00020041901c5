"""A catalog of the first release, brought up to date with everything in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared import migrate
from shared.database import Database
from tests.harness import Databases, Harness

OFFERING = UUID("0190a0b0-0000-7000-8000-000000000001")
MOMENT = "2026-10-01 08:00:00"


def version(number: int, status: str, code: str = "RD-01", **changes: Any) -> dict[str, Any]:
    made = {
        "course_code": code,
        "version": number,
        "status": status,
        "title": {"fa": f"گواهی‌نامهٔ {number}", "en": f"Certificate {number}"},
        "course_type": "job",
        "hours": 4.0 * number,
        "delivery_mode": "in_person",
        "completion_rule": {"min_attendance": 0.8, "pass_mark": 60.0},
        "prerequisites": [],
        "topics": [{"fa": "مرخصي استعلاجي"}],
        "legal_references": [{"law": "قانون نمونه", "article": "84", "as_of": "2010-01-01"}, {"law": "آیین‌نامه"}],
        "leads_to_degree": False,
        "created_at": MOMENT,
        "published_at": None if status == "draft" else MOMENT,
    }
    return made | changes


def insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    """As the first release wrote it: only the columns that it knew."""
    values = {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in row.items()}
    names = ", ".join(values)
    parameters = ", ".join(
        f"CAST(:{name} AS JSONB)" if _is_json(connection, row[name]) else f":{name}" for name in values
    )
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({parameters})"), values)


def _is_json(connection: sa.Connection, value: Any) -> bool:
    return connection.dialect.name == "postgresql" and isinstance(value, dict | list)


def offering(connection: sa.Connection) -> dict[str, Any]:
    return {
        "offering_id": str(OFFERING) if connection.dialect.name == "postgresql" else OFFERING.hex,
        "course_code": "RD-01",
        "course_version": 1,
        "course_title": {"fa": "گواهی‌نامه"},
        "agency_code": "MOH",
        "status": "open",
        "starts_on": "2027-01-10",
        "ends_on": "2027-01-12",
        "enrollment_closes_on": "2027-01-10",
        "capacity": 20,
        "min_seats": 1,
        "waitlist_limit": 0,
        "open_to": "agency",
        "approval": "none",
        "created_at": MOMENT,
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Harness]:
    def prepare(url: str) -> None:
        migrate.upgrade("catalog", url, "0001")

    with databases.lend(request.param, f"catalog-{request.node.originalname}", sa.MetaData(), prepare) as url:
        engine = Database(url).engine
        with engine.begin() as connection:
            for row in (version(1, "published"), version(2, "published"), version(3, "draft")):
                insert(connection, "course_versions", row)
            insert(connection, "course_versions", version(1, "draft", "ZZ-01", prerequisites=["RD-01"]))
            insert(connection, "offerings", offering(connection))
        migrate.upgrade("catalog", url)
        with engine.begin() as connection:  # the release before may still be writing
            insert(connection, "course_versions", version(1, "published", "OC-01"))
        engine.dispose()
        harness = Harness("catalog", url, tmp_path)
        yield harness
        harness.db.engine.dispose()


def test_everything_of_the_first_release_is_found_shown_and_used(upgraded: Harness) -> None:
    reader: dict[str, Any] = {"token_roles": ("auditor",), "agency": "MOH"}
    (course,) = upgraded.call("list_courses", query="گواهینامه", **reader)["items"]
    assert (course["course_code"], course["version"], course["published_version"]) == ("RD-01", 2, 2)
    assert (course["theory_hours"], course["languages"], course["audience"]["managers"]) == (8.0, ["fa"], "any")
    assert course["completion_rule"]["resits"] is None
    assert upgraded.call("list_courses", query="مرخصی", area="RD", **reader)["items"] == [course]
    drafts = upgraded.call("list_courses", token_roles=("catalog_admin",), status="draft")["items"]
    assert [item["course_code"] for item in drafts] == ["ZZ-01"]
    shown = upgraded.call("get_offering", offering_id=str(OFFERING), **reader)
    assert (shown["revision"], shown["sessions"], shown["reserved_seats"], shown["pricing"]) == (1, [], [], None)
    with upgraded.db.reading() as tx:
        rows = tx.execute(
            sa.text("SELECT law, article FROM course_citations WHERE course_code = 'RD-01' AND version = 1")
        )
        assert sorted(map(tuple, rows)) == [("آیین‌نامه", ""), ("قانون نمونه", "84")]


def test_a_draft_of_the_first_release_can_be_edited_and_published(upgraded: Harness) -> None:
    admin: dict[str, Any] = {"token_roles": ("catalog_admin",), "course_code": "RD-01", "version": 3}
    content = {"title": {"fa": "نسخهٔ سوم"}, "course_type": "job", "hours": 6}
    assert upgraded.call("edit_draft", revision=1, **admin, **content)["revision"] == 2
    assert upgraded.call("publish_course", **admin)["published_version"] == 3
    changed = {"token_roles": ("training_officer",), "agency": "MOH", "offering_id": str(OFFERING), "reason": "نمونه"}
    assert upgraded.call("change_offering", capacity=25, **changed)["revision"] == 2


def test_a_course_that_the_release_before_published_meanwhile_is_listed_with_its_next_version(
    upgraded: Harness,
) -> None:
    admin: dict[str, Any] = {"token_roles": ("catalog_admin",)}
    assert upgraded.call("get_course", course_code="OC-01", **admin)["status"] == "published"
    content = {"title": {"fa": "نسخهٔ دوم"}, "course_type": "job", "hours": 6}
    upgraded.call("define_course", code="OC-01", **admin, **content)
    assert [item["course_code"] for item in upgraded.call("list_courses", area="OC", **admin)["items"]] == ["OC-01"]
