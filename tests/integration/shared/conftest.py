"""A database of both kinds with one small table beside outbox, inbox and idempotency."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from shared.columns import UTCDateTime, new_metadata
from shared.database import Database
from tests.harness import Databases, lent

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
    engine = Database(url, METADATA).engine
    METADATA.create_all(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    with databases.lend(request.param, "things", METADATA, create_tables) as url:
        made = lent(url, METADATA)
        try:
            yield made
        finally:
            made.engine.dispose()
