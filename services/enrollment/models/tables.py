"""The main tables. The seat counters of an offering are kept equal to its rows under the lock on its row."""

from typing import Any

import sqlalchemy as sa

from shared.columns import JSON, UTCDateTime, new_metadata

metadata = new_metadata()

STATUSES = ("requested", "waitlisted", "confirmed", "completed", "failed", "withdrawn", "rejected", "cancelled")


def _where(condition: str) -> dict[str, Any]:
    """An index that holds only some rows, on either database."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


agencies = sa.Table(
    "agencies",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("name", JSON, nullable=False),
    sa.Column("registered_at", UTCDateTime, nullable=False),
)

employees = sa.Table(
    "employees",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.ForeignKey("agencies.code"), nullable=False),
    sa.Column("national_code", sa.String(10), nullable=False),
    sa.Column("personnel_number", sa.String(20), nullable=False),
    sa.Column("full_name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("is_manager", sa.Boolean, nullable=False),
    sa.Column("employment", sa.String(20), nullable=False),
    sa.Column("hired_on", sa.Date),
    sa.Column("job_title", sa.String(200)),
    sa.Column("education", sa.String(200)),
    sa.Column("registered_at", UTCDateTime, nullable=False),
    sa.Column("is_veteran", sa.Boolean, nullable=False, server_default=sa.false()),
    # A national code belongs to one person, who is employed by one agency at a time.
    sa.UniqueConstraint("national_code", name="uq_employees_national_code"),
    sa.UniqueConstraint("agency_code", "personnel_number", name="uq_employees_personnel_number"),
    sa.Index("ix_employees_agency_code", "agency_code", "id"),
)

# What the catalog said of an offering last, and three counters of ours. No key to agencies: events come in any order.
# `formed` is empty until the day of decision. `releases_on` is the next day on which reserved seats become everybody's.
# The columns after the counters came later: their defaults are for rows heard before, and for the release before.
offerings = sa.Table(
    "offerings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("course_code", sa.String(50), nullable=False),
    sa.Column("course_version", sa.Integer, nullable=False),
    sa.Column("course_title", JSON, nullable=False),
    sa.Column("course_type", sa.String(20), nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("delivery_mode", sa.String(50), nullable=False),
    sa.Column("min_attendance", sa.Double, nullable=False),
    sa.Column("pass_mark", sa.Double, nullable=False),
    sa.Column("prerequisites", JSON, nullable=False),
    sa.Column("leads_to_degree", sa.Boolean, nullable=False),
    sa.Column("refresh_every_months", sa.Integer),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("enrollment_closes_on", sa.Date, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("min_seats", sa.Integer, nullable=False),
    sa.Column("waitlist_limit", sa.Integer, nullable=False),
    sa.Column("open_to", JSON, nullable=False),
    sa.Column("approval", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("cancel_reason", sa.Text),
    sa.Column("seats_taken", sa.Integer, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.Column("last_waiting_number", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("enrollment_opens_on", sa.Date),
    sa.Column("decides_on", sa.Date),
    sa.Column("decided_at", UTCDateTime),
    sa.Column("formed", sa.Boolean),
    sa.Column("releases_on", sa.Date),
    sa.Column("sessions", JSON, nullable=False, server_default="[]"),
    sa.Column("reserved_seats", JSON, nullable=False, server_default="[]"),
    sa.Column("audience", JSON, nullable=False, server_default="{}"),
    sa.Column("prerequisite_versions", JSON, nullable=False, server_default="{}"),
    sa.Column("veterans_exception", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("assessments", JSON, nullable=False, server_default="[]"),
    sa.Column("resits", sa.Integer),
    sa.Column("provider_code", sa.String(50)),
    sa.Column("provider_name", JSON),
    sa.Column("pricing", JSON),
    sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
    sa.CheckConstraint("waiting >= 0 AND waiting <= waitlist_limit", name="waiting"),
    sa.CheckConstraint("status IN ('open', 'cancelled')", name="status"),
    sa.Index("ix_offerings_course_code", "course_code"),
    sa.Index("ix_offerings_decides_on", "decides_on", **_where("decided_at IS NULL AND decides_on IS NOT NULL")),
    sa.Index("ix_offerings_releases_on", "releases_on", **_where("releases_on IS NOT NULL")),
)

# One row per person and offering for ever: who withdrew or was rejected and enters again gets the same row back.
enrollments = sa.Table(
    "enrollments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("offering_id", sa.ForeignKey("offerings.id"), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("waiting_number", sa.Integer),
    sa.Column("enrolled_at", UTCDateTime, nullable=False),
    sa.Column("changed_at", UTCDateTime, nullable=False),
    sa.Column("attended_hours", sa.Double),
    sa.Column("score", sa.Double),
    sa.Column("completed_on", sa.Date),
    sa.Column("completed_at", UTCDateTime),
    sa.UniqueConstraint("employee_id", "offering_id", name="uq_enrollments_employee"),
    # The waiting list is first come, first served: numbers are handed out under the offering's lock, never twice.
    sa.UniqueConstraint("offering_id", "waiting_number", name="uq_enrollments_waiting_number"),
    sa.CheckConstraint(f"status IN {STATUSES}", name="status"),
    sa.CheckConstraint("(status = 'waitlisted') = (waiting_number IS NOT NULL)", name="waiting_number"),
    sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at"),
    sa.Index("ix_enrollments_offering_id", "offering_id", "id"),
    sa.Index("ix_enrollments_completed_at", "completed_at", "id", **_where("completed_at IS NOT NULL")),
)
