"""Enrollments and completions, for those who may see them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import employees, enrollments, offerings, queries
from services.enrollment.models.courses import course_versions
from services.enrollment.schemas import enrollments as schemas
from services.enrollment.service import roles, scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class EnrollmentQueries:
    @query(schemas.GetEnrollment, reply=schemas.Enrollment, roles=roles.READERS)
    def get_enrollment(self, tx: Transaction, caller: Caller, enrollment_id: UUID) -> dict[str, Any]:
        """An enrollment of the caller's staff, or in an offering of the caller's agency.

        NotFound `enrollment_not_found`.
        """
        row = tx.execute(visible_to(tx, caller, _SHOWN).where(enrollments.c.id == enrollment_id)).first()
        if row is None:
            raise NotFound("enrollment_not_found", "There is no such enrollment.")
        return dict(row._mapping)

    @query(schemas.ListEnrollments, reply=page_of(schemas.Enrollment), roles=roles.READERS)
    def list_enrollments(
        self,
        tx: Transaction,
        caller: Caller,
        employee_id: UUID | None,
        offering_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Enrollments of the caller's staff and in offerings of the caller's agency, oldest first.

        Filtered by employee, offering or both; what the caller may not see is left out.
        """
        own = enrollments.c
        conditions = [] if employee_id is None else [own.employee_id == employee_id]
        conditions += [] if offering_id is None else [own.offering_id == offering_id]
        conditions += [] if cursor is None else [own.id > decode_cursor(cursor, {"id": UUID})["id"]]
        if not caller.is_national:
            conditions = [own.id.in_(_visible_ids(tx, caller, conditions, limit + 1))]
        statement = _joined(_SHOWN).where(*conditions).order_by(own.id)
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.enrollment_id})}

    @query(schemas.ListCompletions, reply=page_of(schemas.Completion), roles=("operator", "national", "auditor"))
    def list_completions(
        self, tx: Transaction, caller: Caller, since: datetime | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Completed enrollments from a moment on, oldest first, to be compared with certificates.

        Operators and national callers see all of them, auditors what became certificates of their own agency and
        those below it: those of its staff at the time, whoever employs them now.
        """
        at, key = enrollments.c.completed_at, enrollments.c.id
        statement = sa.select(key.label("enrollment_id"), enrollments.c.employee_id, at).where(at.is_not(None))
        if not (caller.is_national or "operator" in caller.roles):
            # The agency of the seat, each half found by an index; rows of the first release do not name it.
            named, theirs = enrollments.c.agency_code, scope.codes(tx, caller)
            staff = sa.select(employees.c.id).where(employees.c.agency_code.in_(theirs))
            unnamed = sa.and_(named.is_(None), enrollments.c.employee_id.in_(staff))
            statement = statement.where(sa.or_(named.in_(theirs), unnamed))
        if since is not None:
            statement = statement.where(at >= since)
        if cursor is not None:
            after = decode_cursor(cursor, {"at": _moment, "id": UUID})
            # As one comparison of pairs, which an index answers from its middle on.
            pair = sa.tuple_(sa.literal(after["at"], at.type), sa.literal(after["id"], key.type))
            statement = statement.where(sa.tuple_(at, key) > pair)
        rows, last = queries.page(tx, statement.order_by(at, key), limit)
        following = last and encode_cursor({"at": last.completed_at.isoformat(), "id": last.enrollment_id})
        return {"items": [dict(row._mapping) for row in rows], "next": following}


def visible_to(tx: Transaction, caller: Caller, statement: sa.Select[Any]) -> sa.Select[Any]:
    """A selection from enrollments, narrowed to the caller's staff, to offerings of theirs, and to what their staff of
    former days had there."""
    return _joined(statement).where(scope.within(tx, caller, *_OWNERS))


def _visible_ids(tx: Transaction, caller: Caller, conditions: Sequence[Any], limit: int) -> sa.CompoundSelect[Any]:
    """The first ids of those that `visible_to` would show, looked up for each reason by itself, and so by an index.

    In one condition on three tables the reasons would make the database walk through everybody's enrollments.
    """
    theirs = scope.codes(tx, caller)
    own = sa.select(enrollments.c.id).where(*conditions).order_by(enrollments.c.id).limit(limit)
    ways = (
        own,
        own.join(employees, employees.c.id == enrollments.c.employee_id),
        own.join(offerings, offerings.c.id == enrollments.c.offering_id),
    )
    found = [way.where(column.in_(theirs)).subquery() for way, column in zip(ways, _OWNERS, strict=True)]
    return sa.union(*(sa.select(each.c.id) for each in found))


_OWNERS = (enrollments.c.agency_code, employees.c.agency_code, offerings.c.agency_code)
_SHOWN = sa.select(
    enrollments.c.id.label("enrollment_id"),
    enrollments.c.employee_id,
    employees.c.full_name,
    employees.c.agency_code,
    enrollments.c.offering_id,
    offerings.c.course_code,
    offerings.c.course_title,
    *(
        enrollments.c[name]
        for name in ("status", "reason", "enrolled_at", "changed_at", "attended_hours", "score", "completed_on")
    ),
    enrollments.c.completed_at,
    sa.select(course_versions.c.stale_since)
    .where(
        course_versions.c.course_code == offerings.c.course_code,
        course_versions.c.version == offerings.c.course_version,
    )
    .scalar_subquery()
    .label("course_stale_since"),
)


def _joined(statement: sa.Select[Any]) -> sa.Select[Any]:
    """A selection from enrollments with their employee and offering."""
    return statement.join(employees, employees.c.id == enrollments.c.employee_id).join(
        offerings, offerings.c.id == enrollments.c.offering_id
    )


def _moment(text: str) -> datetime:
    """A moment from a cursor, which is always in UTC; ValueError for one that this list did not write."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC:
        raise ValueError("not in UTC")
    return moment
