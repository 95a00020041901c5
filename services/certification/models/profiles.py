"""How the certificates of an agency look from a day on, and the images that they show."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.certification.models.tables import metadata
from shared.columns import JSON, UTCDateTime

# Certificates that exist keep what they were issued with; a profile of the same day takes the place of the earlier one.
issuer_profiles = sa.Table(
    "issuer_profiles",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("effective_from", sa.Date, primary_key=True),
    sa.Column("logo", sa.String(64), sa.ForeignKey("images.sha256")),
    sa.Column("signatories", JSON, nullable=False),
    sa.Column("template", sa.String(50)),
    sa.Column("variant", sa.String(4), nullable=False),
    sa.Column("set_at", UTCDateTime, nullable=False),
    sa.Column("set_by", sa.String(100), nullable=False),
)

# Named by their content, so one is stored once and never changes.
images = sa.Table(
    "images",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("media_type", sa.String(20), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("put_at", UTCDateTime, nullable=False),
)

_IN_FORCE = (
    sa.select(issuer_profiles)
    .where(issuer_profiles.c.agency_code.in_(sa.bindparam("codes", expanding=True)))
    .where(issuer_profiles.c.effective_from <= sa.bindparam("day"))
    .order_by(issuer_profiles.c.agency_code, issuer_profiles.c.effective_from)
)


def profiles_in_force(tx: Session, agency_codes: Iterable[str], day: date) -> dict[str, Any]:
    """The profile of each agency that has one on this day."""
    found = tx.execute(_IN_FORCE, {"codes": sorted(set(agency_codes)), "day": day})
    return {row.agency_code: row for row in found}


def set_profile(tx: Session, row: dict[str, Any]) -> None:
    keys = list(issuer_profiles.primary_key.columns)
    insert = _insert(tx, issuer_profiles).values(row)
    tx.execute(insert.on_conflict_do_update(index_elements=keys, set_=row))


def put_image(tx: Session, row: dict[str, Any]) -> None:
    """Keep an image; the same one again changes nothing."""
    tx.execute(_insert(tx, images).values(row).on_conflict_do_nothing())


def image(tx: Session, sha256: str) -> tuple[str, bytes] | None:
    """Media type and content of an image."""
    row = tx.execute(sa.select(images.c.media_type, images.c.content).where(images.c.sha256 == sha256)).one_or_none()
    return None if row is None else (row.media_type, row.content)


def _insert(tx: Session, table: sa.Table) -> Any:
    return (postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
