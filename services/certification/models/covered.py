"""Completions without a certificate of their own: another one of the same person and course covers them."""

import sqlalchemy as sa

from services.certification.models.tables import metadata
from shared.columns import UTCDateTime

covered_enrollments = sa.Table(
    "covered_enrollments",
    metadata,
    sa.Column("enrollment_id", sa.Uuid, primary_key=True),
    sa.Column("certificate_id", sa.Uuid, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    # As of the latest correction of its result: whether it is no completion any more.
    sa.Column("is_annulled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("corrected_at", UTCDateTime),
    sa.Index("ix_covered_enrollments_certificate_id", "certificate_id"),
    sa.Index("ix_covered_enrollments_at", "at", "enrollment_id"),
)
