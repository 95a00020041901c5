"""Programmes: what the catalog says of them, and who has completed them."""

import sqlalchemy as sa

from services.enrollment.models.tables import metadata
from shared.columns import JSON, UTCDateTime

# The version heard last. `sweep_from` is when the completions from before its news may be looked through (None once
# that is done), `swept_to` the last employee looked at.
programmes = sa.Table(
    "programmes",
    metadata,
    sa.Column("programme_code", sa.String(50), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", JSON, nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("ordered", sa.Boolean, nullable=False),
    sa.Column("courses", JSON, nullable=False),
    sa.Column("min_electives", sa.Integer, nullable=False),
    sa.Column("min_hours", sa.Double, nullable=False),
    sa.Column("audience", JSON, nullable=False),
    sa.Column("within_months", sa.Integer),
    sa.Column("published_at", UTCDateTime, nullable=False),
    sa.Column("retired_at", UTCDateTime),
    sa.Column("sweep_from", UTCDateTime),
    sa.Column("swept_to", sa.Uuid),
)

# The courses of a programme once more, to find the programmes of a course.
programme_courses = sa.Table(
    "programme_courses",
    metadata,
    sa.Column("programme_code", sa.ForeignKey("programmes.programme_code"), primary_key=True),
    sa.Column("course_code", sa.String(50), primary_key=True),
    sa.Index("ix_programme_courses_course_code", "course_code"),
)

programme_completions = sa.Table(
    "programme_completions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("programme_code", sa.ForeignKey("programmes.programme_code"), nullable=False),
    sa.Column("programme_version", sa.Integer, nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("course_codes", JSON, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("completed_at", UTCDateTime, nullable=False),
    # A programme is completed once, whatever version of it, and told once.
    sa.UniqueConstraint("employee_id", "programme_code", name="uq_programme_completions_employee"),
)
