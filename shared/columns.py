"""Column types that mean the same on PostgreSQL and SQLite, and the three tables every service has.

A service's models build on its own `MetaData` from `new_metadata()`, which already holds `outbox`, `inbox`
and `idempotency`; its first migration creates them with the rest.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BigSerial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts up only in INTEGER keys


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is taken off and put back at the door."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_metadata() -> sa.MetaData:
    """A service's MetaData with the outbox, the inbox and the idempotency table in it."""
    metadata = sa.MetaData(naming_convention=NAMING)
    sa.Table(
        "outbox",
        metadata,
        sa.Column("position", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.String(100), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("occurred_at", UTCDateTime, nullable=False),
        sa.Column("published_at", UTCDateTime),
        sa.Index(
            "ix_outbox_unpublished",
            "position",
            postgresql_where=sa.text("published_at IS NULL"),
            sqlite_where=sa.text("published_at IS NULL"),
        ),
        sa.Index("ix_outbox_occurred_at", "occurred_at"),
    )
    sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("received_at", UTCDateTime, nullable=False),
    )
    sa.Table(
        "idempotency",
        metadata,
        sa.Column("system", sa.String(100), primary_key=True),
        sa.Column("method", sa.String(100), primary_key=True),
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("reply", JSON),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Index("ix_idempotency_created_at", "created_at"),
    )
    return metadata
