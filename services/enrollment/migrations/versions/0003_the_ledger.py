"""Offers, invitations, approval routes, resits, closing; who did what with an enrollment; people whose data went.

SQLite changes a column's rules only by writing the table anew, so three tables are written anew there.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = (
    "status IN ('requested', 'invited', 'waitlisted', 'offered', 'confirmed', 'resit', 'awaiting_form', 'completed', "
    "'failed', 'no_show', 'withdrawn', 'rejected', 'declined', 'lapsed', 'cancelled')"
)
OLD_STATES = (
    "status IN ('requested', 'waitlisted', 'confirmed', 'completed', 'failed', 'withdrawn', 'rejected', 'cancelled')"
)
SEATS = "seats_taken >= 0 AND seats_offered >= 0 AND seats_taken + seats_offered <= capacity"
OLD_SEATS = "seats_taken >= 0 AND seats_taken <= capacity"
DUE = "status NOT IN ('offered', 'invited') OR expires_at IS NOT NULL"
WAITING = sa.text("waiting > 0")
DATED = sa.text("expires_at IS NOT NULL")
PENDING = sa.text("pending_step IS NOT NULL")
PERSONAL = {"national_code": 10, "personnel_number": 20, "full_name": 200, "email": 254}


def upgrade() -> None:
    for column in _added_to_agencies():
        op.add_column("agencies", column)
    for column in _added_to_employees():
        op.add_column("employees", column)
    for column in _added_to_offerings():
        op.add_column("offerings", column)
    for column in _added_to_enrollments():
        op.add_column("enrollments", column)
    _rewrite("offerings", ["seats"], {"seats": SEATS})
    _rewrite("enrollments", ["status"], {"status": STATES, "expires_at": DUE})
    _rewrite("employees", [], {}, _make_nullable)
    op.execute(
        "UPDATE enrollments SET agency_code ="
        " (SELECT agency_code FROM employees WHERE employees.id = enrollments.employee_id)"
    )
    op.execute("UPDATE offerings SET approval_route = '[\"supervisor\"]' WHERE approval = 'supervisor'")
    op.create_index("ix_agencies_parent_code", "agencies", ["parent_code"])
    op.create_index("ix_employees_supervisor_id", "employees", ["supervisor_id"])
    op.create_index("ix_enrollments_expires_at", "enrollments", ["expires_at"], **_where(DATED))
    op.create_index("ix_enrollments_pending_step", "enrollments", ["pending_step", "id"], **_where(PENDING))
    op.create_index("ix_enrollments_agency_code", "enrollments", ["agency_code", "id"])
    op.create_index("ix_offerings_waiting", "offerings", ["starts_on"], **_where(WAITING))
    op.create_table(
        "approval_rules",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("route", sa.String(40), nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", name="pk_approval_rules"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="fk_approval_rules_agency_code"),
    )
    op.create_table(
        "enrollment_history",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20)),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("step", sa.String(20)),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("officer_id", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("details", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_enrollment_history"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_enrollment_history_enrollment_id"),
    )
    op.create_index("ix_enrollment_history_enrollment_id", "enrollment_history", ["enrollment_id", "id"])


def downgrade() -> None:
    op.drop_table("enrollment_history")
    op.drop_table("approval_rules")
    op.drop_index("ix_offerings_waiting", "offerings")
    for name in ("agency_code", "pending_step", "expires_at"):
        op.drop_index(f"ix_enrollments_{name}", "enrollments")
    op.drop_index("ix_employees_supervisor_id", "employees")
    op.drop_index("ix_agencies_parent_code", "agencies")
    op.execute("UPDATE enrollments SET status = 'failed' WHERE status IN ('no_show', 'resit', 'awaiting_form')")
    op.execute(
        "UPDATE enrollments SET status = 'rejected' WHERE status IN ('invited', 'offered', 'declined', 'lapsed')"
    )
    _rewrite("agencies", [], {}, _dropping(_added_to_agencies()))
    _rewrite("employees", [], {}, _dropping(_added_to_employees()))
    _rewrite("offerings", ["seats"], {"seats": OLD_SEATS}, _dropping(_added_to_offerings()))
    _rewrite("enrollments", ["status", "expires_at"], {"status": OLD_STATES}, _dropping(_added_to_enrollments()))


def _rewrite(
    table: str, dropped: list[str], added: dict[str, str], change: Callable[[Any], None] = lambda _table: None
) -> None:
    """Replace check constraints and change columns of a table at once."""
    with op.batch_alter_table(table) as batch:
        for name in dropped:
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        change(batch)
        for name, rule in added.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))


def _make_nullable(batch: Any) -> None:
    """What is erased of a person is gone; those two keys of theirs are free again."""
    for name, length in PERSONAL.items():
        batch.alter_column(name, existing_type=sa.String(length), nullable=True)


def _dropping(columns: list[sa.Column[Any]]) -> Callable[[Any], None]:
    def drop(batch: Any) -> None:
        for column in columns:
            batch.drop_column(str(column.name))

    return drop


def _where(condition: sa.TextClause) -> dict[str, Any]:
    return {"postgresql_where": condition, "sqlite_where": condition}


def _added_to_agencies() -> list[sa.Column[Any]]:
    # The defaults stay: the release before this one inserts rows without these columns while it still serves.
    return [
        sa.Column("parent_code", sa.String(20)),
        sa.Column("kind", sa.String(20), nullable=False, server_default="organisation"),
    ]


def _added_to_employees() -> list[sa.Column[Any]]:
    return [
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
    ]


def _added_to_offerings() -> list[sa.Column[Any]]:
    return [
        sa.Column("seats_offered", sa.Integer, nullable=False, server_default="0"),
        sa.Column("approval_route", JSON, nullable=False, server_default="[]"),
        sa.Column("closed_at", UTCDateTime),
        sa.Column("form_before_certificate", sa.Boolean, nullable=False, server_default=sa.false()),
    ]


def _added_to_enrollments() -> list[sa.Column[Any]]:
    return [
        sa.Column("agency_code", sa.String(20)),
        sa.Column("origin", sa.String(20), nullable=False, server_default="request"),
        sa.Column("expires_at", UTCDateTime),
        sa.Column("approvals_left", JSON, nullable=False, server_default="[]"),
        sa.Column("pending_step", sa.String(20)),
        sa.Column("resits_used", sa.Integer, nullable=False, server_default="0"),
    ]
