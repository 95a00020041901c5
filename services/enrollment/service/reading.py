"""Enrollments and completions, for those who may see them."""

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
        row = tx.execute(_visible_to(caller).where(enrollments.c.id == enrollment_id)).first()
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
        statement = _visible_to(caller).order_by(enrollments.c.id)
        if employee_id is not None:
            statement = statement.where(enrollments.c.employee_id == employee_id)
        if offering_id is not None:
            statement = statement.where(enrollments.c.offering_id == offering_id)
        if cursor is not None:
            statement = statement.where(enrollments.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.enrollment_id})}

    @query(schemas.ListCompletions, reply=page_of(schemas.Completion), roles=("operator", "national", "auditor"))
    def list_completions(
        self, tx: Transaction, caller: Caller, since: datetime | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Completed enrollments from a moment on, oldest first, to be compared with certificates.

        Operators and national callers see all of them, auditors what became their own agency's certificates: those of
        its staff at the time, whoever employs them now.
        """
        at, key = enrollments.c.completed_at, enrollments.c.id
        statement = sa.select(key.label("enrollment_id"), enrollments.c.employee_id, at).where(at.is_not(None))
        if not (caller.is_national or "operator" in caller.roles):
            statement = statement.join(employees, employees.c.id == enrollments.c.employee_id)
            statement = statement.where(queries.SEAT_AGENCY.in_([caller.agency]))
        if since is not None:
            statement = statement.where(at >= since)
        if cursor is not None:
            after = decode_cursor(cursor, {"at": _moment, "id": UUID})
            statement = statement.where(sa.or_(at > after["at"], sa.and_(at == after["at"], key > after["id"])))
        rows, last = queries.page(tx, statement.order_by(at, key), limit)
        following = last and encode_cursor({"at": last.completed_at.isoformat(), "id": last.enrollment_id})
        return {"items": [dict(row._mapping) for row in rows], "next": following}


def visible_to(caller: Caller, statement: sa.Select[Any]) -> sa.Select[Any]:
    """A selection from enrollments, narrowed to the caller's staff, to offerings of theirs, and to what their staff of
    former days had there."""
    statement = statement.join(employees, employees.c.id == enrollments.c.employee_id)
    if caller.is_national:
        return statement
    theirs = sa.select(offerings.c.id).where(scope.within(caller, offerings.c.agency_code))
    return statement.where(
        sa.or_(
            scope.within(caller, employees.c.agency_code),
            scope.within(caller, enrollments.c.agency_code),
            enrollments.c.offering_id.in_(theirs),
        )
    )


def _visible_to(caller: Caller) -> sa.Select[Any]:
    """Enrollments with their employee, offering and course version, as far as the caller may see them."""
    own = enrollments.c
    statement = (
        sa.select(
            own.id.label("enrollment_id"),
            own.employee_id,
            employees.c.full_name,
            employees.c.agency_code,
            own.offering_id,
            offerings.c.course_code,
            offerings.c.course_title,
            *(own[name] for name in ("status", "reason", "enrolled_at", "changed_at", "attended_hours", "score")),
            own.completed_on,
            own.completed_at,
            course_versions.c.stale_since.label("course_stale_since"),
        )
        .join(employees, employees.c.id == own.employee_id)
        .join(offerings, offerings.c.id == own.offering_id)
        .outerjoin(
            course_versions,
            sa.and_(
                course_versions.c.course_code == offerings.c.course_code,
                course_versions.c.version == offerings.c.course_version,
            ),
        )
    )
    if caller.is_national:
        return statement
    columns = (employees.c.agency_code, own.agency_code, offerings.c.agency_code)
    return statement.where(sa.or_(*(scope.within(caller, column) for column in columns)))


def _moment(text: str) -> datetime:
    """A moment from a cursor, which is always in UTC; ValueError for one that this list did not write."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not UTC:
        raise ValueError("not in UTC")
    return moment
