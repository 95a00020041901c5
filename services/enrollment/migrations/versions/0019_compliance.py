"""Figures of agencies by year, the marks by which they are kept, and plans that the catalog told of.

Everything that exists already is marked, so that it is counted at the first start.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, BigSerial, UTCDateTime
from shared.persian import jalali_year

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TYPES = ("induction", "job", "general_ability", "cultural", "managerial")
GROUPS = ("manager", "staff", "contract", "unknown")
INDEXES = {
    "ix_type2_applications_awarded": ("type2_applications", ["agency_code", "awarded_on"], "state = 'awarded'"),
    "ix_rank_decisions_agency_code": ("rank_decisions", ["agency_code", "effective_on"], "withdrawn_at IS NULL"),
}
TABLES = ("answer_marks", "count_marks", "agency_answers", "agency_lines", "agency_years", "agency_plans")
MARK_LINES = (
    "INSERT INTO count_marks (agency_code, jalali_year, course_type, lines) SELECT agency_code, jalali_year, "
    "course_type, SUM(CASE WHEN reverses IS NULL THEN 1 ELSE -1 END) FROM changed WHERE counted GROUP BY 1, 2, 3"
)
# Who moves while a course runs takes the scores along.
MARK_MOVED = (
    "INSERT INTO answer_marks (offering_id, agency_code) SELECT NEW.offering_id, moved.agency_code "
    "FROM (SELECT OLD.agency_code AS agency_code UNION SELECT NEW.agency_code) AS moved "
    "WHERE moved.agency_code IS NOT NULL AND EXISTS (SELECT 1 FROM test_scores t WHERE t.enrollment_id = NEW.id)"
)
MARK_YEARS = "INSERT INTO count_marks (agency_code, jalali_year) SELECT DISTINCT agency_code, jalali_year FROM changed"


def upgrade() -> None:
    _create_figures()
    _create_marks()
    for name, (table, columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _postgresql_triggers() if on_postgresql else _sqlite_triggers():
        op.execute(statement)
    _mark_everything()


def downgrade() -> None:
    bind = op.get_bind()
    for name, (table, *_rest) in _triggers().items():
        for when in ("insert", "update", "delete"):
            if bind.dialect.name == "postgresql":
                op.execute(f"DROP TRIGGER IF EXISTS {name}_{when} ON {table}")
            else:
                op.execute(f"DROP TRIGGER IF EXISTS {name}_{when}")
        if bind.dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    if bind.dialect.name == "postgresql":
        op.execute("DROP TRIGGER mark_enrollments_moved ON enrollments")
        op.execute("DROP FUNCTION mark_enrollments()")
    else:
        op.execute("DROP TRIGGER mark_enrollments_moved")
    for name, (table, *_rest) in INDEXES.items():
        op.drop_index(name, table)
    for name in TABLES:
        op.drop_table(name)


def _create_figures() -> None:
    op.create_table(
        "agency_plans",
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("headcount", sa.Integer, nullable=False),
        sa.Column("offerings", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("by_type", JSON, nullable=False),
        sa.Column("budget", sa.BigInteger, nullable=False),
        sa.Column("minutes_number", sa.String(50)),
        sa.Column("approved_on", sa.Date, nullable=False),
        sa.Column("approved_at", UTCDateTime, nullable=False),
    )
    op.create_table(
        "agency_years",
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("staff_group", sa.String(20), primary_key=True),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("trained", sa.Integer, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        *(sa.Column(f"{kind}_hours", sa.Double, nullable=False) for kind in TYPES),
        sa.Column("required_hours", sa.Double, nullable=False),
        sa.Column("people_short", sa.Integer, nullable=False),
        sa.Column("missing_hours", sa.Double, nullable=False),
        sa.CheckConstraint(f"staff_group IN {GROUPS}", name="ck_agency_years_staff_group"),
    )
    op.create_table(
        "agency_lines",
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("course_type", sa.String(20), primary_key=True),
        sa.Column("lines", sa.Integer, nullable=False),
    )
    op.create_table(
        "agency_answers",
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("counted", JSON, nullable=False),
    )


def _create_marks() -> None:
    op.create_table(
        "count_marks",
        sa.Column("id", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("course_type", sa.String(20)),
        sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
        sa.Column("marked_at", UTCDateTime, nullable=False, server_default=sa.func.current_timestamp()),
    )
    op.create_index("ix_count_marks_agency_code", "count_marks", ["agency_code", "jalali_year"])
    op.create_table(
        "answer_marks",
        sa.Column("id", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
    )


def _triggers() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """By name: the table, the events, and the statement that leaves marks of `changed` rows."""
    asked = "INSERT INTO answer_marks (offering_id, agency_code) SELECT DISTINCT offering_id, agency_code FROM changed"
    tested = (
        "INSERT INTO answer_marks (offering_id, agency_code) "
        "SELECT DISTINCT e.offering_id, COALESCE(e.agency_code, p.agency_code) FROM changed "
        "JOIN enrollments e ON e.id = changed.enrollment_id JOIN employees p ON p.id = e.employee_id"
    )
    return {
        "mark_person_years": ("person_years", ("insert", "update", "delete"), MARK_YEARS),
        "mark_training_entries": ("training_entries", ("insert",), MARK_LINES),
        "mark_form_requests": ("form_requests", ("insert", "update"), asked),
        "mark_test_scores": ("test_scores", ("insert", "update", "delete"), tested),
    }


def _postgresql_triggers() -> list[str]:
    """Once for each statement, however many rows it changes; of enrollments once for each that moves."""
    made = [
        f"CREATE FUNCTION mark_enrollments() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {MARK_MOVED}; RETURN NULL; "
        "END $$",
        "CREATE TRIGGER mark_enrollments_moved AFTER UPDATE OF agency_code ON enrollments FOR EACH ROW "
        "WHEN (OLD.agency_code IS DISTINCT FROM NEW.agency_code) EXECUTE FUNCTION mark_enrollments()",
    ]
    for name, (table, events, statement) in _triggers().items():
        made.append(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$"
        )
        for event in events:
            rows = "OLD" if event == "delete" else "NEW"
            made.append(
                f"CREATE TRIGGER {name}_{event} AFTER {event.upper()} ON {table} "
                f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
    return made


def _sqlite_triggers() -> list[str]:
    """Once for each row: SQLite has no others."""
    columns = {
        "person_years": ("agency_code", "jalali_year"),
        "training_entries": ("agency_code", "jalali_year", "course_type", "reverses", "counted"),
        "form_requests": ("offering_id", "agency_code"),
        "test_scores": ("enrollment_id",),
    }
    made = [
        "CREATE TRIGGER mark_enrollments_moved AFTER UPDATE OF agency_code ON enrollments "
        f"WHEN OLD.agency_code IS NOT NEW.agency_code BEGIN {MARK_MOVED}; END"
    ]
    for name, (table, events, statement) in _triggers().items():
        for event in events:
            row = "OLD" if event == "delete" else "NEW"
            values = ", ".join(f"{row}.{column} AS {column}" for column in columns[table])
            marks = statement.replace("FROM changed", f"FROM (SELECT {values}) AS changed")
            made.append(f"CREATE TRIGGER {name}_{event} AFTER {event.upper()} ON {table} BEGIN {marks}; END")
    return made


def _mark_everything() -> None:
    bind = op.get_bind()
    op.execute(MARK_YEARS.replace("changed", "person_years"))
    op.execute(MARK_LINES.replace("changed", "training_entries"))
    # One offering is enough for each agency and year.
    asked = bind.execute(
        sa.text(
            "SELECT f.agency_code, o.ends_on, MIN(CAST(o.id AS TEXT)) FROM form_requests f "
            "JOIN offerings o ON o.id = f.offering_id GROUP BY 1, 2 "
            "UNION SELECT COALESCE(e.agency_code, p.agency_code), o.ends_on, MIN(CAST(o.id AS TEXT)) "
            "FROM test_scores t JOIN enrollments e ON e.id = t.enrollment_id "
            "JOIN employees p ON p.id = e.employee_id JOIN offerings o ON o.id = e.offering_id GROUP BY 1, 2"
        ).columns(sa.column("agency_code", sa.String), sa.column("ends_on", sa.Date), sa.column("offering_id", sa.Text))
    )
    marks = {(row.agency_code, jalali_year(row.ends_on)): row.offering_id for row in asked}
    table = sa.table("answer_marks", sa.column("offering_id", sa.Uuid), sa.column("agency_code", sa.String))
    rows = [{"offering_id": UUID(offering_id), "agency_code": key[0]} for key, offering_id in sorted(marks.items())]
    if rows:
        op.bulk_insert(table, rows)
