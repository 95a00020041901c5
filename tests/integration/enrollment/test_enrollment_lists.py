"""Long lists: each page once, in one order, nothing of others', and no walk through everybody's rows."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models import enrollments
from shared import migrate
from tests.harness import Databases, Harness
from tests.integration.enrollment.conftest import World

READER = ("auditor",)


def paged(world: Any, method: str, agency: str = "AG-A", roles: tuple[str, ...] = READER, **asked: Any) -> list[Any]:
    """All items, two a page."""
    found, cursor = [], None
    while True:
        page = world.call(method, roles, agency, limit=2, **asked, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.fixture
def crowd(world: Any) -> Any:
    """AG-A holds an offering for all and AG-B one for itself; everybody of both enters both where they may."""
    world.call("register_agency", code="AG-D", name={"fa": "زیر الف"}, parent_code="AG-A")
    world.shared = world.offering(open_to="all", capacity=50)
    world.other = world.offering(agency_code="AG-B", open_to="all", capacity=50)
    world.inside = world.offering(agency_code="AG-B", open_to=["AG-B"], capacity=50)
    world.people = {code: [world.employee(agency_code=code) for _one in range(3)] for code in ("AG-A", "AG-B", "AG-D")}
    for code, people in world.people.items():
        for person in people:
            world.enroll(person, world.shared)
            world.enroll(person, world.other)
            if code == "AG-B":
                world.enroll(person, world.inside)
    return world


def test_enrollments_are_shown_once_each_and_of_ones_own_alone(crowd: Any) -> None:
    everything = {row["enrollment_id"]: row for row in paged(crowd, "list_enrollments", roles=("national",))}
    assert len(everything) == 21
    for agency, offerings in (("AG-A", [crowd.shared]), ("AG-B", [crowd.other, crowd.inside]), ("AG-D", [])):
        own = {"AG-A": ("AG-A", "AG-D"), "AG-B": ("AG-B",), "AG-D": ("AG-D",)}[agency]
        seen = [key for key, row in everything.items() if row["offering_id"] in offerings or row["agency_code"] in own]
        shown = paged(crowd, "list_enrollments", agency)
        assert [row["enrollment_id"] for row in shown] == sorted(seen)
        assert shown == [everything[key] for key in sorted(seen)]
    assert paged(crowd, "list_enrollments", "AG-C") == []


def test_filters_of_enrollments_keep_to_ones_own(crowd: Any) -> None:
    stranger = crowd.people["AG-B"][0]
    found = paged(crowd, "list_enrollments", employee_id=stranger)
    assert [row["offering_id"] for row in found] == [crowd.shared]
    assert len(paged(crowd, "list_enrollments", offering_id=crowd.other)) == 6
    assert paged(crowd, "list_enrollments", offering_id=crowd.inside) == []
    assert len(paged(crowd, "list_enrollments", "AG-B", offering_id=crowd.inside, employee_id=stranger)) == 1


def test_a_roster_pages_with_places_of_those_who_wait(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=5)
    for _person in range(5):
        world.enroll(world.employee(), offering_id)
    shown = paged(world, "list_roster", offering_id=offering_id)
    assert [(row["status"], row["place"]) for row in shown] == [
        ("confirmed", None),
        *(("waitlisted", place) for place in (1, 2, 3, 4)),
    ]
    waiting = paged(world, "list_roster", offering_id=offering_id, status="waitlisted")
    assert [row["place"] for row in waiting] == [1, 2, 3, 4]


def test_completions_of_one_moment_are_paged_by_their_ids(world: Any) -> None:
    offering_id = world.offering()
    ids = sorted(world.enroll(world.employee(), offering_id)["enrollment_id"] for _person in range(5))
    results = [{"enrollment_id": one, "attended_hours": 10, "score": 90} for one in ids]
    world.call("record_results", offering_id=offering_id, results=results)
    assert [row["enrollment_id"] for row in paged(world, "list_completions")] == ids
    assert paged(world, "list_completions", "AG-B") == []


def test_a_row_that_comes_while_a_list_is_read_moves_no_page(world: Any) -> None:
    offering_id = world.offering(capacity=50)
    first = [world.enroll(world.employee(), offering_id)["enrollment_id"] for _person in range(4)]
    page = world.call("list_roster", READER, offering_id=offering_id, limit=2)
    late = world.enroll(world.employee(), offering_id)["enrollment_id"]
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(enrollments).where(enrollments.c.id == UUID(first[0])).values(reason="x"))
    rest = world.call("list_roster", READER, offering_id=offering_id, limit=10, cursor=page["next"])
    assert [row["enrollment_id"] for row in page["items"] + rest["items"]] == [*first, late]


MANY = 20_000


@pytest.fixture(scope="module")
def country(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two agencies with very many people and enrollments on PostgreSQL, which says how many rows it read.

    The database is its own: to empty it again would take longer than to make it.
    """
    with databases.lend("postgresql", "country", sa.MetaData(), lambda url: migrate.upgrade("enrollment", url)) as url:
        harness = Harness("enrollment", url, tmp_path_factory.mktemp("country"))
        yield filled(World(harness))
        harness.db.engine.dispose()


def filled(world: World) -> World:
    for agency in ("AG-A", "AG-B"):
        world.offering(agency_code=agency)
    with world.harness.db.engine.begin() as connection:
        for statement in CROWD:
            connection.execute(sa.text(statement), {"many": MANY})
    return world


CROWD = (
    """INSERT INTO employees (id, agency_code, national_code, personnel_number, full_name, email, language, is_manager,
           employment, registered_at)
       SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'AG-A' ELSE 'AG-B' END, n, n, 'x', 'x@example.ir', 'fa',
           false, 'official', now() FROM generate_series(1, :many) n""",
    """INSERT INTO offerings SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid()))).*
       FROM offerings o, generate_series(1, 99)""",
    """INSERT INTO enrollments
           (id, employee_id, offering_id, status, enrolled_at, changed_at, agency_code, completed_at)
       SELECT gen_random_uuid(), e.id, o.id, status, now(), now(), e.agency_code,
           CASE status WHEN 'completed' THEN now() END
       FROM employees e, (VALUES ('completed', 0), ('rejected', 1)) AS each (status, turn),
           (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM offerings) o
       WHERE o.n = e.personnel_number::int % 100 + 100 * turn""",
    "ANALYZE employees, enrollments, offerings, agencies",
)


@pytest.mark.parametrize(
    "method", ["list_enrollments", "list_employees", "list_pending_decisions", "list_completions", "list_jobs"]
)
def test_a_small_agencys_list_does_not_walk_through_everybodys_rows(country: World, method: str) -> None:
    with country.statements() as statements:
        country.call(method, READER, "AG-C")
    with country.harness.db.engine.connect() as connection:
        for statement, values in statements.whole:
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
            (plan,) = explained.scalar_one()
            assert rows_read(plan["Plan"]) < MANY / 100, statement


def rows_read(plan: dict[str, Any]) -> float:
    """Rows that a plan took from tables, those thrown away included."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    below = sum(rows_read(each) for each in plan.get("Plans", ()))
    return float(own if "Relation Name" in plan else 0) + below
