"""How somebody stands in a programme, and which programmes they have completed."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import queries
from services.enrollment.models.programmes import programme_completions, programmes
from services.enrollment.schemas import programmes as schemas
from services.enrollment.service import roles
from services.enrollment.service.programmes import states_of
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class ProgrammeQueries:
    @query(schemas.ProgrammeProgress, reply=schemas.Progress, roles=roles.READERS)
    def programme_progress(
        self, tx: Transaction, caller: Caller, employee_id: UUID, programme_code: str
    ) -> dict[str, Any]:
        """How an employee of one's own stands in a programme, course by course, with hours and electives so far.

        A course is `done` by a completion of it in the least version asked for, or of an equivalent course in any
        version. In an ordered programme a compulsory course counts from the day of the one above it on. `complete` is
        what the courses come to now; `completion` is what was written down, and stays when the programme changes or
        retires. `within_months` is told, not judged. NotFound `employee_not_found`, `programme_not_found`.
        """
        own_employee(tx, caller, employee_id)
        found = tx.execute(sa.select(programmes).where(programmes.c.programme_code == programme_code)).first()
        if found is None:
            raise NotFound("programme_not_found", "There is no such programme.")
        state = states_of(tx, [found], [employee_id])[programme_code, employee_id]
        before = _completions(employee_id).where(programme_completions.c.programme_code == programme_code)
        written = tx.execute(before).first()
        return _programme(found) | {
            "employee_id": employee_id,
            "items": [asdict(item) for item in state.items],
            "missing": list(state.missing),
            "electives": state.electives,
            "hours": state.hours,
            "complete": state.complete,
            "completion": dict(written._mapping) if written else None,
        }

    @query(schemas.ListProgrammeCompletions, reply=page_of(schemas.ProgrammeCompletion), roles=roles.READERS)
    def list_programme_completions(
        self, tx: Transaction, caller: Caller, employee_id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The programmes that an employee of one's own has completed, in that order. NotFound `employee_not_found`."""
        own_employee(tx, caller, employee_id)
        statement = _completions(employee_id).order_by(programme_completions.c.id)
        if cursor is not None:
            statement = statement.where(programme_completions.c.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.completion_id})}


def _completions(employee_id: UUID) -> sa.Select[Any]:
    own = programme_completions.c
    names = ("employee_id", "programme_code", "programme_version", "hours", "course_codes", "completed_on")
    return (
        sa.select(
            own.id.label("completion_id"),
            *(own[name] for name in (*names, "completed_at")),
            programmes.c.title.label("programme_title"),
            programmes.c.purpose,
        )
        .join(programmes, programmes.c.programme_code == own.programme_code)
        .where(own.employee_id == employee_id)
    )


def _programme(row: Any) -> dict[str, Any]:
    same = ("programme_code", "purpose", "ordered", "within_months", "min_electives", "min_hours")
    return {name: getattr(row, name) for name in same} | {
        "programme_version": row.version,
        "programme_title": row.title,
        "retired": row.retired_at is not None,
    }
