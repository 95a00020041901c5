"""Requests that two people decide, history, suspension, cycles and last days of certificates."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ENROLLMENT, CYCLE, UNTIL = "uq_certificates_enrollment_id", "uq_certificates_cycle", "ix_certificates_valid_until"
IN_FORCE = sa.text("status IN ('valid', 'suspended')")
PENDING = sa.text("status = 'pending'")
COLUMNS: dict[str, Any] = {
    "course_code": sa.String(30),
    "course_version": sa.Integer,
    "valid_until": sa.Date,
    "refresh_every_months": sa.Integer,
    "reminded_days": sa.Integer,
    "status_since": UTCDateTime,
    "reason_code": sa.String(40),
}


def upgrade() -> None:
    op.drop_index(ENROLLMENT, "certificates")
    with op.batch_alter_table("certificates") as table:
        for name, kind in COLUMNS.items():
            table.add_column(sa.Column(name, kind))
        table.add_column(sa.Column("cycle", sa.Integer, nullable=False, server_default="1"))
        table.drop_constraint(op.f("ck_certificates_status"), type_="check")
        table.create_check_constraint(
            op.f("ck_certificates_status"), "status IN ('valid', 'suspended', 'superseded', 'revoked', 'expired')"
        )
    _fill()
    for name, columns in ((ENROLLMENT, ["enrollment_id"]), (CYCLE, ["employee_id", "course_code", "cycle"])):
        op.create_index(name, "certificates", columns, unique=True, postgresql_where=IN_FORCE, sqlite_where=IN_FORCE)
    expiring = sa.text("status IN ('valid', 'suspended') AND valid_until IS NOT NULL")
    op.create_index(UNTIL, "certificates", ["valid_until", "id"], postgresql_where=expiring, sqlite_where=expiring)
    _create_requests()
    _create_history()
    _create_covered()


def downgrade() -> None:
    for name in ("covered_enrollments", "certificate_history", "certificate_requests"):
        op.drop_table(name)
    for name in (UNTIL, CYCLE, ENROLLMENT):
        op.drop_index(name, "certificates")
    # The earlier release knows no suspension; a certificate under doubt is not to hold there.
    op.execute("UPDATE certificates SET status = 'revoked' WHERE status = 'suspended'")
    with op.batch_alter_table("certificates") as table:
        table.drop_constraint(op.f("ck_certificates_status"), type_="check")
        for name in ("cycle", *COLUMNS):
            table.drop_column(name)
        table.create_check_constraint(
            op.f("ck_certificates_status"), "status IN ('valid', 'superseded', 'revoked', 'expired')"
        )
    valid = sa.text("status = 'valid'")
    op.create_index(
        ENROLLMENT, "certificates", ["enrollment_id"], unique=True, postgresql_where=valid, sqlite_where=valid
    )


def _fill() -> None:
    """Course and cycle of what there is: of several certificates of one course each enrollment is a cycle."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "UPDATE certificates SET course_code = snapshot::json ->> 'course_code',"
            " course_version = (snapshot::json ->> 'course_version')::integer"
        )
    else:
        op.execute(
            "UPDATE certificates SET course_code = json_extract(snapshot, '$.course_code'),"
            " course_version = json_extract(snapshot, '$.course_version')"
        )
    op.execute(
        """
        UPDATE certificates SET cycle = numbered.cycle FROM (
            SELECT id, dense_rank() OVER (
                PARTITION BY employee_id, course_code ORDER BY first_at, enrollment_id
            ) AS cycle
            FROM (
                SELECT id, employee_id, course_code, enrollment_id,
                    min(issued_at) OVER (PARTITION BY enrollment_id) AS first_at
                FROM certificates
            ) AS chains
        ) AS numbered
        WHERE numbered.id = certificates.id AND numbered.cycle > 1
        """
    )


def _create_requests() -> None:
    op.create_table(
        "certificate_requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("certificate_id", sa.Uuid, nullable=False),
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("changes", JSON),
        sa.Column("reason_code", sa.String(40)),
        sa.Column("reason", sa.String(500)),
        sa.Column("requested_at", UTCDateTime, nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("requested_officer_id", sa.Uuid),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.Column("decided_at", UTCDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_officer_id", sa.Uuid),
        sa.Column("decision_reason", sa.String(500)),
        sa.Column("new_certificate_id", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_certificate_requests"),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_certificate_requests_status"),
        ),
        sa.CheckConstraint("kind IN ('correction', 'revocation')", name=op.f("ck_certificate_requests_kind")),
    )
    op.create_index(
        "uq_certificate_requests_pending",
        "certificate_requests",
        ["certificate_id"],
        unique=True,
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_index("ix_certificate_requests_agency_code", "certificate_requests", ["agency_code", "id"])
    op.create_index("ix_certificate_requests_enrollment_id", "certificate_requests", ["enrollment_id"])
    op.create_index(
        "ix_certificate_requests_expires_at",
        "certificate_requests",
        ["expires_at"],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )


def _create_history() -> None:
    op.create_table(
        "certificate_history",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("certificate_id", sa.Uuid, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("before", sa.String(10), nullable=False),
        sa.Column("after", sa.String(10), nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("officer_id", sa.Uuid),
        sa.Column("reason", sa.String(500)),
        sa.Column("details", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_certificate_history"),
    )
    op.create_index("ix_certificate_history_certificate_id", "certificate_history", ["certificate_id", "id"])


def _create_covered() -> None:
    op.create_table(
        "covered_enrollments",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("certificate_id", sa.Uuid, nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("is_annulled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("corrected_at", UTCDateTime),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_covered_enrollments"),
    )
    op.create_index("ix_covered_enrollments_certificate_id", "covered_enrollments", ["certificate_id"])
    op.create_index("ix_covered_enrollments_at", "covered_enrollments", ["at", "enrollment_id"])
