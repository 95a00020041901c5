"""What stands beside courses: the competence framework, groups of courses, and the seven gains."""

from typing import Any

import sqlalchemy as sa

from services.catalog.domain import courses as domain
from services.catalog.models import courses as models
from services.catalog.models.base import columns_of
from services.catalog.models.courses import Competence, CourseGroup, CourseGroupMember, CourseVersion
from services.catalog.schemas import competences as schemas
from services.catalog.service.roles import COURSE_ROLES, EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict
from shared.events import CourseGroupChangedV1, LocalizedText
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class CompetenceCalls:
    @command(schemas.DefineCompetence, reply=schemas.Competence, roles=COURSE_ROLES)
    def define_competence(
        self, tx: Transaction, caller: Caller, code: str, title: dict[str, str], levels: list[dict[str, str]]
    ) -> dict[str, Any]:
        """Put a competence into the framework, or reword it. A level that courses teach cannot be taken away."""
        known = tx.scalar(sa.select(Competence).where(Competence.code == code).with_for_update())
        if known is None:
            known = Competence(code=code, title=title, levels=levels)
            tx.add(known)
        else:
            domain.check_levels(len(known.levels), len(levels), _highest_taught(tx, code))
            known.title, known.levels = title, levels
        return columns_of(known)

    @query(schemas.ListCompetences, reply=page_of(schemas.Competence), roles=EVERYONE)
    def list_competences(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """The competence framework by code, with its levels from the lowest to the highest."""
        after = decode_cursor(cursor, {"code": str})["code"] if cursor else ""
        statement = sa.select(Competence).where(Competence.code > after).order_by(Competence.code).limit(limit + 1)
        rows = tx.scalars(statement).all()
        following = encode_cursor({"code": rows[limit - 1].code}) if len(rows) > limit else None
        return {"items": [columns_of(row) for row in rows[:limit]], "next": following}

    @command(schemas.SetCourseGroup, reply=schemas.CourseGroup, roles=COURSE_ROLES)
    def set_course_group(
        self,
        tx: Transaction,
        caller: Caller,
        group_code: str,
        title: dict[str, str],
        kind: str,
        course_codes: list[str],
        revision: int | None,
    ) -> dict[str, Any]:
        """Say which courses stand for each other (`equivalent`), or count only once in a record (`counts_once`).

        The list replaces the one before; an empty list dissolves the group. A course is in one group of each kind at
        most. Conflict `group_changed` (details: `revision`), `group_kind` when the group is of the other kind.
        """
        group = tx.scalar(sa.select(CourseGroup).where(CourseGroup.group_code == group_code).with_for_update())
        if group is not None:
            _check_same(group, kind, revision)
        others = {c: g for c, g in models.groups_of(tx, kind, course_codes).items() if g != group_code}
        domain.check_group(kind, course_codes, models.published_among(tx, course_codes), others)
        if group is None:
            group = CourseGroup(group_code=group_code, revision=0, title=title, kind=kind)
            tx.add(group)
        group.title, group.revision = title, group.revision + 1
        tx.execute(sa.delete(CourseGroupMember).where(CourseGroupMember.group_code == group_code))
        tx.flush()
        tx.add_all(CourseGroupMember(kind=kind, course_code=code, group_code=group_code) for code in course_codes)
        tx.publish(
            CourseGroupChangedV1(
                group_code=group_code,
                revision=group.revision,
                title=LocalizedText(**title),
                kind=kind,  # type: ignore[arg-type]  # the shape lets these two words through
                course_codes=sorted(course_codes),
            )
        )
        return columns_of(group) | {"course_codes": sorted(course_codes)}

    @query(schemas.ListCourseGroups, reply=page_of(schemas.CourseGroup), roles=EVERYONE)
    def list_course_groups(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """Groups of courses by code; a dissolved one has no courses."""
        after = decode_cursor(cursor, {"group_code": str})["group_code"] if cursor else ""
        statement = sa.select(CourseGroup).where(CourseGroup.group_code > after).order_by(CourseGroup.group_code)
        rows = tx.scalars(statement.limit(limit + 1)).all()
        members = models.members_of(tx, [row.group_code for row in rows])
        items = [columns_of(row) | {"course_codes": members[row.group_code]} for row in rows[:limit]]
        following = encode_cursor({"group_code": rows[limit - 1].group_code}) if len(rows) > limit else None
        return {"items": items, "next": following}

    @query(schemas.ListGains, reply=schemas.Gains, roles=EVERYONE)
    def list_gains(self, tx: Transaction, caller: Caller) -> dict[str, Any]:
        """The seven gains of training that courses serve, in the order of the founding text."""
        return {"items": [{"code": code, "title": title} for code, title in domain.GAINS.items()]}


def _check_same(group: CourseGroup, kind: str, revision: int | None) -> None:
    if group.kind != kind:
        raise Conflict("group_kind", f"The group is of the kind {group.kind}.", {"kind": group.kind})
    if revision is not None and group.revision != revision:
        message = f"Somebody else changed the group: it is at revision {group.revision}, not {revision}."
        raise Conflict("group_changed", message, {"revision": group.revision})


def _highest_taught(tx: Transaction, code: str) -> int:
    """The highest level of a competence that a course teaches; 0 when none does."""
    tagged = sa.select(models.CourseTag.course_code).where(models.CourseTag.tag == f"competence:{code}")
    rows = tx.scalars(sa.select(CourseVersion.competences).where(CourseVersion.course_code.in_(tagged)))
    return max((each["level"] for taught in rows for each in taught if each["code"] == code), default=0)
