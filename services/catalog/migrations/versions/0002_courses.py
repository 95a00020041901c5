"""What a course version says beyond the main path, one row per course for lists and search, competences, groups."""

import json
import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EVERYBODY = json.dumps({"job_families": [], "employments": [], "managers": "any"})


def upgrade() -> None:
    _widen_versions()
    _create_courses()
    op.create_table(
        "competences",
        sa.Column("code", sa.String(30), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("levels", JSON, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_competences"),
    )
    op.create_table(
        "course_groups",
        sa.Column("group_code", sa.String(30), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("group_code", name="pk_course_groups"),
    )
    op.create_table(
        "course_group_members",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("group_code", sa.String(30), nullable=False),
        sa.PrimaryKeyConstraint("kind", "course_code", name="pk_course_group_members"),
        sa.ForeignKeyConstraint(
            ["group_code"], ["course_groups.group_code"], name="fk_course_group_members_course_groups"
        ),
    )
    op.create_index("ix_course_group_members_group_code", "course_group_members", ["group_code"])
    _fill_courses()


def downgrade() -> None:
    for table in ("course_group_members", "course_groups", "competences", "course_tags", "courses"):
        op.drop_table(table)
    with op.batch_alter_table("course_versions") as versions:
        for column in _added():
            versions.drop_column(str(column.name))


def _added() -> list[sa.Column[Any]]:
    return [
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("objectives", JSON, nullable=False, server_default="[]"),
        sa.Column("practical_hours", sa.Double, nullable=False, server_default="0"),
        sa.Column("group_sizes", JSON, nullable=False, server_default="{}"),
        sa.Column("audience", JSON, nullable=False, server_default=_EVERYBODY),
        sa.Column("prerequisite_versions", JSON, nullable=False, server_default="{}"),
        sa.Column("languages", JSON, nullable=False, server_default='["fa"]'),
        sa.Column("competences", JSON, nullable=False, server_default="[]"),
        sa.Column("gains", JSON, nullable=False, server_default="[]"),
        sa.Column("certificate_template", sa.String(50)),
        sa.Column("veterans_exception", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("external_code", sa.String(50)),
        sa.Column("origin", sa.String(100)),
        sa.Column("retired_at", UTCDateTime),
        sa.Column("retire_reason", sa.String(500)),
        sa.Column("stale_since", UTCDateTime),
    ]


def _widen_versions() -> None:
    # The defaults stay: the release before this one inserts rows without these columns while it still serves.
    for column in _added():
        op.add_column("course_versions", column)


def _create_courses() -> None:
    op.create_table(
        "courses",
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("newest_version", sa.Integer, nullable=False),
        sa.Column("published_version", sa.Integer),
        sa.Column("shown_version", sa.Integer, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("search_title", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("course_code", name="pk_courses"),
    )
    op.create_table(
        "course_tags",
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("tag", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("course_code", "tag", name="pk_course_tags"),
    )
    op.create_index("ix_course_tags_tag", "course_tags", ["tag", "course_code"])
    if op.get_bind().dialect.name == "postgresql":
        # A trusted extension: the owner of the database may create it.
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for column in ("search_title", "search_text"):
            operators = {column: "gin_trgm_ops"}
            op.create_index(
                f"ix_courses_{column}", "courses", [column], postgresql_using="gin", postgresql_ops=operators
            )


def _fill_courses() -> None:
    """A row for each course that is there already; its next publication writes it anew."""
    names = ("course_code", "version", "status", "title", "topics", "prerequisites", "course_type", "delivery_mode")
    typed = {"title": JSON, "topics": JSON, "prerequisites": JSON}
    versions = sa.table("course_versions", sa.column("hours"), *(sa.column(name, typed.get(name)) for name in names))
    courses: dict[str, dict[str, Any]] = {}
    tags: dict[str, set[str]] = {}
    for row in op.get_bind().execute(sa.select(versions).order_by(versions.c.course_code, versions.c.version)):
        course = courses.setdefault(row.course_code, {"course_code": row.course_code, "published_version": None})
        course["newest_version"] = row.version
        if row.status == "published" or course["published_version"] is None:
            course.update(_shown(row))
            tags[row.course_code] = {f"type:{row.course_type}", f"mode:{row.delivery_mode}", "language:fa"}
            tags[row.course_code] |= {"managers:any", f"area:{row.course_code.partition('-')[0]}"}
            tags[row.course_code] |= {f"needs:{code}" for code in row.prerequisites}
    for course in courses.values():
        op.execute(sa.insert(sa.table("courses", *(sa.column(name) for name in course))).values(course))
    rows = [{"course_code": code, "tag": tag} for code, found in tags.items() for tag in sorted(found)]
    if rows:
        op.bulk_insert(sa.table("course_tags", sa.column("course_code"), sa.column("tag")), rows)


def _shown(row: Any) -> dict[str, Any]:
    titles = [row.course_code, *row.title.values()]
    return {
        "status": row.status,
        "shown_version": row.version,
        "published_version": row.version if row.status == "published" else None,
        "hours": row.hours,
        "search_title": _search_form(titles),
        "search_text": _search_form(titles + [text for topic in row.topics for text in topic.values()]),
    }


def _search_form(texts: list[str]) -> str:
    """As `shared.persian.search_form` was when this was written, one line a text."""
    lines = []
    for text in texts:
        letters = "".join(each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Mn")
        plain = letters.casefold().translate(str.maketrans("يىكةە۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "ییکهه" + "0123456789" * 2))
        lines.append(re.sub(r"[\W_ءـ]", "", plain))
    return "\n".join(lines)
