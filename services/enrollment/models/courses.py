"""What the catalog says of courses: their versions, which of them the law has overtaken, and which go together."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.enrollment.models.tables import metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

# One row for every version that anything was heard of. What a course says of itself is empty until its publication is
# heard: a change of law may be heard first, and its mark must not be lost. `stale_marks` are all changes of law, with
# their moments; `stale_since` is what the marks and the last review come to.
course_versions = sa.Table(
    "course_versions",
    metadata,
    sa.Column("course_code", sa.String(50), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("title", JSON),
    sa.Column("course_type", sa.String(20)),
    sa.Column("hours", sa.Double),
    sa.Column("refresh_every_months", sa.Integer),
    sa.Column("published_at", UTCDateTime),
    sa.Column("retired_at", UTCDateTime),
    sa.Column("reviewed_at", UTCDateTime),
    sa.Column("stale_marks", JSON, nullable=False),
    sa.Column("stale_since", UTCDateTime),
)

# A dissolved group stays, empty: its revision still outranks earlier news.
course_groups = sa.Table(
    "course_groups",
    metadata,
    sa.Column("group_code", sa.String(50), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", JSON, nullable=False),
)

course_group_members = sa.Table(
    "course_group_members",
    metadata,
    sa.Column("group_code", sa.ForeignKey("course_groups.group_code"), primary_key=True),
    sa.Column("course_code", sa.String(50), primary_key=True),
    sa.Index("ix_course_group_members_course_code", "course_code"),
)

VersionKey = tuple[str, int]


def lock_versions(tx: Transaction, keys: Collection[VersionKey]) -> dict[VersionKey, Any]:
    """The rows of these versions, made where nothing was heard of them yet, and locked in one order."""
    table, wanted = course_versions.c, sorted(keys)
    dialect: Any = postgresql if tx.dialect == "postgresql" else sqlite
    rows = [{"course_code": code, "version": version, "stale_marks": []} for code, version in wanted]
    tx.execute(dialect.insert(course_versions).on_conflict_do_nothing(), rows)
    statement = (
        sa.select(course_versions)
        .where(sa.tuple_(table.course_code, table.version).in_(wanted))
        .order_by(table.course_code, table.version)
        .with_for_update()
    )
    return {(row.course_code, row.version): row for row in tx.execute(statement)}


def set_versions(tx: Transaction, changes: Mapping[VersionKey, dict[str, Any]]) -> None:
    """Set columns of many versions; all of them the same columns."""
    if not changes:
        return
    columns = next(iter(changes.values()))
    statement = (
        sa.update(course_versions)
        .where(course_versions.c.course_code == sa.bindparam("of_code"))
        .where(course_versions.c.version == sa.bindparam("of_version"))
        .values({name: sa.bindparam(f"new_{name}") for name in columns})
    )
    rows = [
        {"of_code": code, "of_version": version, **{f"new_{name}": value for name, value in given.items()}}
        for (code, version), given in changes.items()
    ]
    tx.execute(statement, rows)


def lock_group(tx: Transaction, group_code: str) -> Any:
    return tx.execute(
        sa.select(course_groups).where(course_groups.c.group_code == group_code).with_for_update()
    ).first()


def set_group(tx: Transaction, known: bool, group: dict[str, Any], course_codes: Sequence[str]) -> None:
    """Write a whole group, in place of what was known of it."""
    code = group["group_code"]
    if known:
        tx.execute(sa.update(course_groups).where(course_groups.c.group_code == code).values(group))
        tx.execute(sa.delete(course_group_members).where(course_group_members.c.group_code == code))
    else:
        tx.execute(sa.insert(course_groups).values(group))
    rows = [{"group_code": code, "course_code": course} for course in dict.fromkeys(course_codes)]
    if rows:
        tx.execute(sa.insert(course_group_members), rows)


def members_of(tx: Transaction, group_code: str) -> set[str]:
    own = course_group_members.c
    return set(tx.scalars(sa.select(own.course_code).where(own.group_code == group_code)))


def related_courses(tx: Transaction, codes: Collection[str]) -> dict[str, dict[str, set[str]]]:
    """By kind of group and course: the other courses that are in a group of that kind with it."""
    one, other = course_group_members.alias("one"), course_group_members.alias("other")
    statement = (
        sa.select(course_groups.c.kind, one.c.course_code, other.c.course_code)
        .join(other, other.c.group_code == one.c.group_code)
        .join(course_groups, course_groups.c.group_code == one.c.group_code)
        .where(one.c.course_code.in_(codes), other.c.course_code != one.c.course_code)
    )
    found: dict[str, dict[str, set[str]]] = {"equivalent": {}, "counts_once": {}}
    for kind, code, related in tx.execute(statement):
        found[kind].setdefault(code, set()).add(related)
    return found
