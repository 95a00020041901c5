"""Offerings and seats, as they were heard of."""

import sqlalchemy as sa

from services.notification.models.tables.base import metadata
from shared.columns import JSON, UTCDateTime

# Offerings as the catalog said last, and who has a seat in them as enrollment did: for reminders and calendar files.
# One that was only heard to be cancelled has revision 0; one whose opening is still to come has no hours.
offerings = sa.Table(
    "offerings",
    metadata,
    sa.Column("offering_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("course_code", sa.String(50), nullable=False),
    sa.Column("course_title", JSON, nullable=False),
    sa.Column("hours", sa.Float),
    sa.Column("delivery_mode", sa.String(30)),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("sessions", JSON, nullable=False),
    sa.Column("first_starts_at", UTCDateTime, nullable=False),
    sa.Column("cancelled_at", UTCDateTime),
    sa.Column("reminded_for", sa.Date),  # the day of a first session of which everybody has been reminded
    sa.Index("ix_offerings_first_starts_at", "first_starts_at"),
)

# What each revision said: since when a first day has been known, and which sessions there were that are no more.
offering_revisions = sa.Table(
    "offering_revisions",
    metadata,
    sa.Column("offering_id", sa.Uuid, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("said_at", UTCDateTime, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("meetings", JSON, nullable=False),  # [{"number", "starts_at", "ends_at"}], or of a whole day its number 0
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("enrollment_id", sa.Uuid, primary_key=True),
    sa.Column("offering_id", sa.Uuid, nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("taken_at", UTCDateTime),
    sa.Column("left_at", UTCDateTime),
    sa.Column("reminded_for", sa.Date),  # the day of a first session that was seen to: reminded of, or known too late
    sa.Index("ix_seats_offering_id", "offering_id"),
    sa.Index("ix_seats_employee_id", "employee_id"),
)
