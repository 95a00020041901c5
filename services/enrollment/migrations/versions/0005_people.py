"""Periods of employment, officers, transfers, corrected names."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime
from shared.ids import new_id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("until_day IS NULL")
RUNNING = sa.text("status IN ('requested', 'confirmed')")
JOB = ("agency_code", "unit", "job_title", "job_family", "job_class", "rank", "is_manager", "employment")


def upgrade() -> None:
    op.create_table(
        "employment_periods",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("unit", sa.String(200)),
        sa.Column("job_title", sa.String(200)),
        sa.Column("job_family", sa.String(100)),
        sa.Column("job_class", sa.Integer),
        sa.Column("rank", sa.String(20)),
        sa.Column("is_manager", sa.Boolean, nullable=False),
        sa.Column("employment", sa.String(20), nullable=False),
        sa.Column("personnel_number", sa.String(20)),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("until_day", sa.Date),
        sa.Column("end_reason", sa.String(20)),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_employment_periods"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_employment_periods_employee_id"),
        sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name=op.f("ck_employment_periods_days")),
    )
    op.create_index("ix_employment_periods_employee_id", "employment_periods", ["employee_id", "from_day"])
    op.create_index("ix_employment_periods_agency_code", "employment_periods", ["agency_code", "employee_id"])
    op.create_index(
        "uq_employment_periods_open",
        "employment_periods",
        ["employee_id"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_table(
        "officers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("until_day", sa.Date),
        sa.Column("delegated_by", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_officers"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="fk_officers_agency_code"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_officers_employee_id"),
        sa.ForeignKeyConstraint(["delegated_by"], ["officers.id"], name="fk_officers_delegated_by"),
        sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name=op.f("ck_officers_days")),
    )
    op.create_index("ix_officers_agency_code", "officers", ["agency_code", "role"])
    op.create_index("ix_officers_employee_id", "officers", ["employee_id"])
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("from_agency", sa.String(20), nullable=False),
        sa.Column("to_agency", sa.String(20), nullable=False),
        sa.Column("personnel_number", sa.String(20), nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("job", JSON, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("requested_at", UTCDateTime, nullable=False),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_at", UTCDateTime),
        sa.Column("decision_reason", sa.Text),
        sa.Column("problem", sa.String(50)),
        sa.Column("done_at", UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_transfers_employee_id"),
        sa.ForeignKeyConstraint(["from_agency"], ["agencies.code"], name="fk_transfers_from_agency"),
        sa.ForeignKeyConstraint(["to_agency"], ["agencies.code"], name="fk_transfers_to_agency"),
        sa.CheckConstraint(
            "status IN ('requested', 'confirmed', 'refused', 'withdrawn', 'done')", name=op.f("ck_transfers_status")
        ),
    )
    op.create_index("ix_transfers_from_agency", "transfers", ["from_agency", "id"])
    op.create_index("ix_transfers_to_agency", "transfers", ["to_agency", "id"])
    op.create_index(
        "uq_transfers_running",
        "transfers",
        ["employee_id"],
        unique=True,
        postgresql_where=RUNNING,
        sqlite_where=RUNNING,
    )
    op.create_table(
        "name_corrections",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("before", sa.String(200)),
        sa.Column("after", sa.String(200)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("corrected_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_name_corrections"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_name_corrections_employee_id"),
    )
    op.create_index("ix_name_corrections_employee_id", "name_corrections", ["employee_id", "id"])
    _first_periods()


def downgrade() -> None:
    for table in ("name_corrections", "transfers", "officers", "employment_periods"):
        op.drop_table(table)


def _first_periods() -> None:
    """Everybody known has been where they are since they were hired, or were registered."""
    connection = op.get_bind()
    names = ("id", *JOB, "personnel_number", "hired_on")
    people = sa.table("employees", *(sa.column(name) for name in names), sa.column("registered_at", UTCDateTime))
    people.c.id.type = sa.Uuid()
    people.c.hired_on.type = sa.Date()
    periods = sa.table(
        "employment_periods",
        *(sa.column(name) for name in (*JOB, "personnel_number")),
        sa.column("id", sa.Uuid),
        sa.column("employee_id", sa.Uuid),
        sa.column("from_day", sa.Date),
        sa.column("recorded_at", UTCDateTime),
    )
    last = None
    while True:
        statement = sa.select(people).order_by(people.c.id).limit(1000)
        rows = connection.execute(statement if last is None else statement.where(people.c.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            sa.insert(periods),
            [
                {name: getattr(row, name) for name in (*JOB, "personnel_number")}
                | {
                    "id": new_id(),
                    "employee_id": row.id,
                    "from_day": row.hired_on or row.registered_at.date(),
                    "recorded_at": row.registered_at,
                }
                for row in rows
            ],
        )
