"""Changes of offerings and their decision, reserved seats, courses and the law, programmes, veterans."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNDECIDED = sa.text("decided_at IS NULL AND decides_on IS NOT NULL")
RELEASING = sa.text("releases_on IS NOT NULL")


def upgrade() -> None:
    op.add_column("employees", _is_veteran())
    for column in _of_offerings():
        op.add_column("offerings", column)
    for name, day, where in _indexes():
        op.create_index(name, "offerings", [day], postgresql_where=where, sqlite_where=where)
    _create_courses()
    _create_programmes()


def downgrade() -> None:
    for table in (
        "programme_completions",
        "programme_courses",
        "programmes",
        "course_group_members",
        "course_groups",
        "course_versions",
    ):
        op.drop_table(table)
    for name, _day, _where in _indexes():
        op.drop_index(name, "offerings")
    for column in _of_offerings():
        op.drop_column("offerings", str(column.name))
    op.drop_column("employees", "is_veteran")


def _is_veteran() -> sa.Column[Any]:
    return sa.Column("is_veteran", sa.Boolean, nullable=False, server_default=sa.false())


def _of_offerings() -> list[sa.Column[Any]]:
    # The defaults stay: the release before this one inserts rows without these columns while it still serves.
    return [
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
    ]


def _indexes() -> list[tuple[str, str, sa.TextClause]]:
    return [
        ("ix_offerings_decides_on", "decides_on", UNDECIDED),
        ("ix_offerings_releases_on", "releases_on", RELEASING),
    ]


def _create_courses() -> None:
    op.create_table(
        "course_versions",
        sa.Column("course_code", sa.String(50), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", JSON),
        sa.Column("course_type", sa.String(20)),
        sa.Column("hours", sa.Double),
        sa.Column("refresh_every_months", sa.Integer),
        sa.Column("published_at", UTCDateTime),
        sa.Column("retired_at", UTCDateTime),
        sa.Column("reviewed_at", UTCDateTime),
        sa.Column("stale_marks", JSON, nullable=False),
        sa.Column("stale_since", UTCDateTime),
        sa.PrimaryKeyConstraint("course_code", "version", name="pk_course_versions"),
    )
    op.create_table(
        "course_groups",
        sa.Column("group_code", sa.String(50), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.PrimaryKeyConstraint("group_code", name="pk_course_groups"),
    )
    op.create_table(
        "course_group_members",
        sa.Column("group_code", sa.String(50), nullable=False),
        sa.Column("course_code", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("group_code", "course_code", name="pk_course_group_members"),
        sa.ForeignKeyConstraint(
            ["group_code"], ["course_groups.group_code"], name="fk_course_group_members_group_code"
        ),
    )
    op.create_index("ix_course_group_members_course_code", "course_group_members", ["course_code"])


def _create_programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("programme_code", sa.String(50), nullable=False),
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
        sa.PrimaryKeyConstraint("programme_code", name="pk_programmes"),
    )
    op.create_table(
        "programme_courses",
        sa.Column("programme_code", sa.String(50), nullable=False),
        sa.Column("course_code", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("programme_code", "course_code", name="pk_programme_courses"),
        sa.ForeignKeyConstraint(
            ["programme_code"], ["programmes.programme_code"], name="fk_programme_courses_programme_code"
        ),
    )
    op.create_index("ix_programme_courses_course_code", "programme_courses", ["course_code"])
    op.create_table(
        "programme_completions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("programme_code", sa.String(50), nullable=False),
        sa.Column("programme_version", sa.Integer, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("course_codes", JSON, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("completed_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_completions"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_programme_completions_employee_id"),
        sa.ForeignKeyConstraint(
            ["programme_code"], ["programmes.programme_code"], name="fk_programme_completions_programme_code"
        ),
        sa.UniqueConstraint("employee_id", "programme_code", name="uq_programme_completions_employee"),
    )
