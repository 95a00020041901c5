"""A database of both kinds with one small table beside outbox, inbox and idempotency."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.columns import UTCDateTime, new_metadata
from shared.database import Database
from tests.harness import Databases

METADATA = new_metadata()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(20), nullable=False),
    sa.Column("owner", sa.String(20)),
    sa.Column("place", sa.Integer),
    sa.Column("happened_at", UTCDateTime),
    sa.UniqueConstraint("code", name="uq_things_code"),
    sa.UniqueConstraint("owner", "place", name="uq_things_place"),
)
sa.Index("ix_things_owner_code", THINGS.c.owner, THINGS.c.code)


def create_tables(url: str) -> None:
    database = Database(url, METADATA)
    METADATA.create_all(database.engine)
    database.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Database]:
    with databases.lend(request.param, "things", tmp_path, METADATA, create_tables) as url:
        made = Database(url, METADATA)
        try:
            yield made
        finally:
            made.engine.dispose()
