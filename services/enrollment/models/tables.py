"""The main tables. The seat counters of an offering are kept equal to its rows under the lock on its row."""

from typing import Any

import sqlalchemy as sa

from shared.columns import JSON, UTCDateTime, new_metadata

metadata = new_metadata()

STATUSES = (
    "requested",
    "invited",
    "waitlisted",
    "offered",
    "confirmed",
    "resit",
    "awaiting_form",
    "completed",
    "failed",
    "no_show",
    "withdrawn",
    "rejected",
    "declined",
    "lapsed",
    "cancelled",
)


def _where(condition: str) -> dict[str, Any]:
    """An index that holds only some rows, on either database."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


agencies = sa.Table(
    "agencies",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("name", JSON, nullable=False),
    sa.Column("registered_at", UTCDateTime, nullable=False),
    sa.Column("parent_code", sa.String(20)),
    sa.Column("kind", sa.String(20), nullable=False, server_default="organisation"),
    sa.Index("ix_agencies_parent_code", "parent_code"),
)

# What identifies a person is empty once it was erased; the row stays, as their enrollments count in figures.
# `hours_year` is the Jalali year up to which it is worked out what their years ask of them; 0: all of it is due.
employees = sa.Table(
    "employees",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.ForeignKey("agencies.code"), nullable=False),
    sa.Column("national_code", sa.String(10)),
    sa.Column("personnel_number", sa.String(20)),
    sa.Column("full_name", sa.String(200)),
    sa.Column("email", sa.String(254)),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("is_manager", sa.Boolean, nullable=False),
    sa.Column("employment", sa.String(20), nullable=False),
    sa.Column("hired_on", sa.Date),
    sa.Column("job_title", sa.String(200)),
    sa.Column("education", sa.String(200)),
    sa.Column("registered_at", UTCDateTime, nullable=False),
    sa.Column("is_veteran", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("father_name", sa.String(200)),
    sa.Column("birth_date", sa.Date),
    sa.Column("gender", sa.String(10)),
    sa.Column("unit", sa.String(200)),
    sa.Column("job_family", sa.String(100)),
    sa.Column("job_class", sa.Integer),
    sa.Column("rank", sa.String(20)),
    sa.Column("education_field", sa.String(200)),
    sa.Column("education_status", sa.String(20)),
    sa.Column("supervisor_id", sa.Uuid),
    sa.Column("left_on", sa.Date),
    sa.Column("merged_into", sa.Uuid),
    sa.Column("erased_at", UTCDateTime),
    sa.Column("hours_year", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_employees_hours_year", "hours_year", "id"),
    sa.Index("ix_employees_supervisor_id", "supervisor_id"),
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
    sa.Column("seats_offered", sa.Integer, nullable=False, server_default="0"),
    sa.Column("approval_route", JSON, nullable=False, server_default="[]"),
    sa.Column("closed_at", UTCDateTime),
    sa.Column("form_before_certificate", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("certificate_template", sa.String(50)),
    sa.Column("permit", JSON),
    sa.Column("provider_accreditation", JSON),
    sa.CheckConstraint(
        "seats_taken >= 0 AND seats_offered >= 0 AND seats_taken + seats_offered <= capacity", name="seats"
    ),
    sa.CheckConstraint("waiting >= 0 AND waiting <= waitlist_limit", name="waiting"),
    sa.CheckConstraint("status IN ('open', 'cancelled')", name="status"),
    sa.Index("ix_offerings_course_code", "course_code"),
    sa.Index("ix_offerings_agency_code", "agency_code", "id"),
    sa.Index("ix_offerings_ends_on", "ends_on"),
    sa.Index("ix_offerings_enrollment_closes_on", "enrollment_closes_on"),
    sa.Index("ix_offerings_decides_on", "decides_on", **_where("decided_at IS NULL AND decides_on IS NOT NULL")),
    sa.Index("ix_offerings_waiting", "starts_on", **_where("waiting > 0")),
    sa.Index("ix_offerings_releases_on", "releases_on", **_where("releases_on IS NOT NULL")),
)

# One row per person and offering for ever: who withdrew or was rejected and enters again gets the same row back.
# `agency_code` is the agency that the person belonged to then, and that may go on reading the row after a transfer.
# `expires_at` ends an offer, an invitation or the time for a decision. `approvals_left` are the steps of the approval
# route still to be decided, `pending_step` the first of them.
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
    sa.Column("agency_code", sa.String(20)),
    sa.Column("origin", sa.String(20), nullable=False, server_default="request"),
    sa.Column("expires_at", UTCDateTime),
    sa.Column("approvals_left", JSON, nullable=False, server_default="[]"),
    sa.Column("pending_step", sa.String(20)),
    sa.Column("resits_used", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("employee_id", "offering_id", name="uq_enrollments_employee"),
    # The waiting list is first come, first served: numbers are handed out under the offering's lock, never twice.
    sa.UniqueConstraint("offering_id", "waiting_number", name="uq_enrollments_waiting_number"),
    sa.CheckConstraint(f"status IN {STATUSES}", name="status"),
    sa.CheckConstraint("(status = 'waitlisted') = (waiting_number IS NOT NULL)", name="waiting_number"),
    sa.CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at"),
    sa.CheckConstraint("status NOT IN ('offered', 'invited') OR expires_at IS NOT NULL", name="expires_at"),
    sa.Index("ix_enrollments_offering_id", "offering_id", "id"),
    sa.Index("ix_enrollments_agency_code", "agency_code", "id"),
    sa.Index("ix_enrollments_expires_at", "expires_at", **_where("expires_at IS NOT NULL")),
    sa.Index("ix_enrollments_pending", "id", "pending_step", **_where("pending_step IS NOT NULL")),
    sa.Index("ix_enrollments_completed_at", "completed_at", "id", **_where("completed_at IS NOT NULL")),
)

# What an agency asks of requests of its own staff, besides what an offering asks; `route` names one of the routes.
approval_rules = sa.Table(
    "approval_rules",
    metadata,
    sa.Column("agency_code", sa.ForeignKey("agencies.code"), primary_key=True),
    sa.Column("route", sa.String(40), nullable=False),
    sa.Column("days", sa.Integer),
    sa.Column("changed_at", UTCDateTime, nullable=False),
)

# What was done with an enrollment: by which system, for which officer, why, and what it was before and after.
history = sa.Table(
    "enrollment_history",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("enrollment_id", sa.ForeignKey("enrollments.id"), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("before", sa.String(20)),
    sa.Column("after", sa.String(20), nullable=False),
    sa.Column("step", sa.String(20)),
    sa.Column("system", sa.String(100), nullable=False),
    sa.Column("officer_id", sa.Uuid),
    sa.Column("reason", sa.Text),
    sa.Column("details", JSON),
    sa.Index("ix_enrollment_history_enrollment_id", "enrollment_id", "id"),
)
