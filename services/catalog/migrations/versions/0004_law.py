"""Laws, articles and circulars, what changed in them, and which course versions cite them."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_references()
    op.create_table(
        "course_citations",
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("law", sa.String(300), nullable=False),
        sa.Column("article", sa.String(50), nullable=False),
        sa.Column("as_of", sa.Date),
        sa.PrimaryKeyConstraint("course_code", "version", "position", name="pk_course_citations"),
    )
    op.create_index("ix_course_citations_law", "course_citations", ["law", "article"])
    op.create_table(
        "course_reviews",
        sa.Column("review_id", sa.Uuid, nullable=False),
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("reviewed_at", UTCDateTime, nullable=False),
        sa.Column("reviewed_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("review_id", name="pk_course_reviews"),
    )
    op.create_index("ix_course_reviews_course_code", "course_reviews", ["course_code", "version"])
    _fill_citations()


def downgrade() -> None:
    for table in ("course_reviews", "course_citations", "legal_changes", "legal_references"):
        op.drop_table(table)


def _create_references() -> None:
    op.create_table(
        "legal_references",
        sa.Column("law", sa.String(30), nullable=False),
        sa.Column("article", sa.String(50), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("number", sa.String(100)),
        sa.Column("number_key", sa.String(100)),
        sa.Column("issued_on", sa.Date),
        sa.Column("issuer", sa.String(300)),
        sa.Column("article_count", sa.Integer),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("changed_on", sa.Date),
        sa.Column("successor", sa.String(30)),
        sa.Column("note", sa.String(500)),
        sa.Column("source", sa.String(300)),
        sa.Column("confidence", sa.String(1)),
        sa.Column("search_title", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("law", "article", name="pk_legal_references"),
        sa.UniqueConstraint("number_key", name="uq_legal_references_number_key"),
    )
    op.create_table(
        "legal_changes",
        sa.Column("change_id", sa.Uuid, nullable=False),
        sa.Column("law", sa.String(30), nullable=False),
        sa.Column("article", sa.String(50), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("successor", sa.String(30)),
        sa.Column("note", sa.String(500)),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name="pk_legal_changes"),
    )
    op.create_index("ix_legal_changes_law", "legal_changes", ["law", "article"])


def _fill_citations() -> None:
    """Older versions name their laws in words; they keep those, and are found by them."""
    versions = sa.table(
        "course_versions", sa.column("course_code"), sa.column("version"), sa.column("legal_references", JSON)
    )
    names = ("course_code", "version", "position", "law", "article")
    citations = sa.table("course_citations", sa.column("as_of", sa.Date), *(sa.column(name) for name in names))
    rows: list[dict[str, Any]] = []
    for version in op.get_bind().execute(sa.select(versions)):
        for position, each in enumerate(version.legal_references):
            as_of = each.get("as_of")
            place = {"course_code": version.course_code, "version": version.version, "position": position}
            cited = {"law": each["law"], "article": each.get("article") or ""}
            rows.append({**place, **cited, "as_of": date.fromisoformat(as_of) if as_of else None})
    if rows:
        op.bulk_insert(citations, rows)
