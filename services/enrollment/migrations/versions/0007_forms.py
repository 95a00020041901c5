"""Forms after a course: questionnaires, who is asked, answers, and scores of tests before and after."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("items", JSON, nullable=False),
        sa.Column("published_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "code", "version", name="pk_questionnaires"),
    )
    op.create_table(
        "form_requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about_id", sa.Uuid, nullable=False),
        sa.Column("enrollment_id", sa.Uuid),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("respondent_id", sa.Uuid),
        sa.Column("questionnaire_agency", sa.String(20), nullable=False),
        sa.Column("questionnaire_code", sa.String(30), nullable=False),
        sa.Column("questionnaire_version", sa.Integer, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("answered_at", UTCDateTime),
        sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_form_requests"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_form_requests_enrollment_id"),
        sa.UniqueConstraint("about_id", "kind", name="uq_form_requests_about_id"),
    )
    op.create_index("ix_form_requests_enrollment_id", "form_requests", ["enrollment_id"])
    for column in ("offering_id", "respondent_id", "agency_code"):
        op.create_index(f"ix_form_requests_{column}", "form_requests", [column, "id"])
    op.create_table(
        "form_answers",
        sa.Column("form_id", sa.Uuid, nullable=False),
        sa.Column("item", sa.String(30), nullable=False),
        sa.Column("number", sa.Double),
        sa.Column("text", sa.Text),
        sa.Column("place", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("form_id", "item", name="pk_form_answers"),
        sa.ForeignKeyConstraint(["form_id"], ["form_requests.id"], name="fk_form_answers_form_id"),
    )
    op.create_table(
        "test_scores",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "kind", name="pk_test_scores"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_test_scores_enrollment_id"),
    )
    op.create_table(
        "reactions_opened",
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("offering_id", name="pk_reactions_opened"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.id"], name="fk_reactions_opened_offering_id"),
    )
    op.create_index("ix_offerings_ends_on", "offerings", ["ends_on"])


def downgrade() -> None:
    op.drop_index("ix_offerings_ends_on", "offerings")
    for table in ("reactions_opened", "test_scores", "form_answers", "form_requests", "questionnaires"):
        op.drop_table(table)
