"""What all tables share, and tables of no subject of its own."""

from typing import Any

import sqlalchemy as sa

from shared.columns import JSON, UTCDateTime, new_metadata
from shared.policies import policy_table

metadata = new_metadata()
policies = policy_table(metadata)


def only(condition: str) -> dict[str, Any]:
    """An index that holds only some rows, on either database."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


# Free days that were announced for a year; those of every year are a policy.
holidays = sa.Table(
    "holidays",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("title", JSON, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
)

# What all replicas sign links with.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(100), nullable=False),
    sa.Column("made_at", UTCDateTime, nullable=False),
)
