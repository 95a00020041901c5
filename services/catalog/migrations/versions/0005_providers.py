"""Providers, accreditation, instructors, rooms."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_providers()
    _create_instructors()
    op.create_table(
        "rooms",
        sa.Column("room_code", sa.String(30), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("address", sa.String(500)),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("retired_at", UTCDateTime),
        sa.PrimaryKeyConstraint("room_code", name="pk_rooms"),
    )


def downgrade() -> None:
    for table in ("rooms", "qualifications", "instructors", "accreditations", "providers"):
        op.drop_table(table)


def _create_providers() -> None:
    op.create_table(
        "providers",
        sa.Column("provider_code", sa.String(30), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("agency_code", sa.String(20)),
        sa.Column("registered_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("provider_code", name="pk_providers"),
    )
    op.create_table(
        "accreditations",
        sa.Column("accreditation_id", sa.Uuid, nullable=False),
        sa.Column("provider_code", sa.String(30), nullable=False),
        sa.Column("number", sa.String(50), nullable=False),
        sa.Column("course_types", JSON, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("withdraw_reason", sa.String(500)),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("accreditation_id", name="pk_accreditations"),
        sa.ForeignKeyConstraint(["provider_code"], ["providers.provider_code"], name="fk_accreditations_providers"),
        sa.UniqueConstraint("provider_code", "number", name="uq_accreditations_number"),
    )


def _create_instructors() -> None:
    op.create_table(
        "instructors",
        sa.Column("instructor_code", sa.String(30), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column("agency_code", sa.String(20)),
        sa.Column("provider_code", sa.String(30)),
        sa.Column("education", sa.String(200)),
        sa.Column("registered_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("instructor_code", name="pk_instructors"),
        sa.ForeignKeyConstraint(["provider_code"], ["providers.provider_code"], name="fk_instructors_providers"),
    )
    op.create_table(
        "qualifications",
        sa.Column("qualification_id", sa.Uuid, nullable=False),
        sa.Column("instructor_code", sa.String(30), nullable=False),
        sa.Column("course_code", sa.String(30)),
        sa.Column("course_type", sa.String(20)),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("evidence", sa.String(300)),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("qualification_id", name="pk_qualifications"),
        sa.ForeignKeyConstraint(
            ["instructor_code"], ["instructors.instructor_code"], name="fk_qualifications_instructors"
        ),
    )
    op.create_index("ix_qualifications_instructor_code", "qualifications", ["instructor_code"])
