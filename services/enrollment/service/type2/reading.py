"""Applications for type-2 certificates, read: one with all its moves, and lists."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.type2 import LATER
from services.enrollment.domain.type2_moves import RUNNING
from services.enrollment.models import queries, record
from services.enrollment.models import type2 as models
from services.enrollment.policies import value_on
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.type2.checking import criterion_shown, judge, regulation_on
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

READERS = (*roles.READERS, "certification_officer")  # who signs for a committee


class Type2Queries:
    @query(schemas.GetApplication, reply=schemas.WholeApplication, roles=READERS)
    def get_type2_application(self, tx: Transaction, caller: Caller, application_id: UUID) -> dict[str, Any]:
        """An application with its sittings and moves, what is missing as things stand, and what an award took that is
        not so any more. Seen by the agency it belongs to, the person's agency now, and those above them.

        NotFound `application_not_found`.
        """
        statement = models.with_person().where(models.applications.c.id == application_id, _seen(tx, caller))
        row = tx.execute(statement).first()
        if row is None:
            raise NotFound("application_not_found", "There is no such application.")
        missing, policies = _missing(tx, row)
        sat = models.sittings_of(tx, application_id)
        return application_shown(tx, row) | {
            "sittings": [each._asdict() | {"passed": each.score >= each.pass_mark} for each in sat],
            "moves": [each._mapping for each in models.moves_of(tx, application_id)],
            "missing": missing,
            "differences": _differences(tx, row),
            "policies": policies,
        }

    @query(schemas.ListApplications, reply=page_of(schemas.Application), roles=READERS)
    def list_type2_applications(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        state: str | None,
        level: str | None,
        employee_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Applications that the caller may see, the oldest first. NotFound `agency_not_found`."""
        own = models.applications.c
        statement = models.with_person().where(_seen(tx, caller)).order_by(own.id)
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        same = {"agency_code": agency_code, "state": state, "level": level, "employee_id": employee_id}
        for name, value in same.items():
            if value is not None:
                statement = statement.where(own[name] == value)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [application_shown(tx, row) for row in rows], "next": last and encode_cursor({"id": last.id})}

    @query(schemas.ListAwards, reply=page_of(schemas.Award), roles=("operator", "national", "auditor"))
    def list_type2_awards(
        self, tx: Transaction, caller: Caller, since: datetime | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Awards that stand, from a moment on, the oldest first, to be compared with certificates.

        Operators and national callers see all of them, auditors those of their own agency and those below it.
        """
        own = models.applications.c
        columns = own.award_id, own.employee_id, own.changed_at.label("awarded_at")
        statement = sa.select(*columns).where(own.state == "awarded").order_by(own.award_id)
        if "operator" not in caller.roles:
            statement = statement.where(scope.within(tx, caller, own.agency_code))
        if since is not None:
            statement = statement.where(own.changed_at >= since)
        if cursor is not None:
            statement = statement.where(own.award_id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [row._mapping for row in rows], "next": last and encode_cursor({"id": last.award_id})}


def application_shown(tx: Transaction, row: Any) -> dict[str, Any]:
    titles = value_on(tx, "type2_levels", row.applied_on)
    return {"application_id": row.id, **row._mapping, "level_title": titles[row.level]["title"]}


def _seen(tx: Transaction, caller: Caller) -> sa.ColumnElement[bool]:
    columns = models.applications.c.agency_code, queries.employees.c.agency_code
    return sa.or_(*(scope.within(tx, caller, column) for column in columns))


def _missing(tx: Transaction, row: Any) -> tuple[list[Any], list[Any]]:
    """What a running application lacks today, and the numbers of its day."""
    if row.state not in RUNNING:
        return [], row.policies or regulation_on(tx, row.applied_on).sources()
    person = queries.employees_by_id(tx, [row.employee_id])[row.employee_id]
    judged, regulation = judge(tx, person, row.level, row.applied_on, row)
    later = LATER if row.state in ("applied", "returned") else ()
    return [criterion_shown(each) for each in judged.missing(but=later)], regulation.sources()


def _differences(tx: Transaction, row: Any) -> list[dict[str, Any]]:
    """Lines that an award rests on and that were taken back or have fewer hours since."""
    if row.state != "awarded":
        return []
    now = {entry.line_id: entry for entry in record.entries_of(tx, [row.employee_id])}
    found = []
    for use in models.taken_hours(tx, row.id):
        entry = now.get(use.line_id)
        hours = entry.hours if entry is not None and entry.counted else 0.0
        if hours < use.hours:
            cause = "taken_back" if entry is None else "changed"
            found.append({"line_id": use.line_id, "cause": cause, "taken_hours": use.hours, "hours_now": hours})
    return found
