"""The migrations of every service produce exactly its models, on both databases."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shared import migrate
from tests.harness import Harness

SERVICES = ("catalog", "enrollment", "certification", "notification")


def is_gin_index(difference: Any) -> bool:
    """A GIN index is PostgreSQL's alone; SQLite does without."""
    return bool(difference[0] == "add_index" and difference[1].dialect_kwargs.get("postgresql_using") == "gin")


@pytest.mark.parametrize("name", SERVICES)
def test_the_migrations_make_the_tables_of_the_models(harness: Callable[[str], Harness], name: str) -> None:
    made = harness(name)
    with made.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, made.service.metadata)
    if made.db.engine.dialect.name == "sqlite":
        differences = [each for each in differences if not is_gin_index(each)]
    assert differences == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_unique_constraint_a_service_translates_exists(harness: Callable[[str], Harness], name: str) -> None:
    made = harness(name)
    inspector = sa.inspect(made.db.engine)
    found = set()
    for table in inspector.get_table_names():
        found |= {unique["name"] for unique in inspector.get_unique_constraints(table)}
        found |= {index["name"] for index in inspector.get_indexes(table)}
        found.add(inspector.get_pk_constraint(table)["name"])
    assert set(made.service.conflicts) <= found


@pytest.mark.parametrize("name", SERVICES)
def test_migrating_again_changes_nothing(harness: Callable[[str], Harness], name: str) -> None:
    made = harness(name)
    url = made.db.engine.url.render_as_string(hide_password=False)
    before = sa.inspect(made.db.engine).get_table_names()
    assert migrate.upgrade(name, url) == migrate.upgrade(name, url)
    assert sa.inspect(made.db.engine).get_table_names() == before
