"""How people stand in programmes, and which they have completed."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment import schemas
from services.enrollment.domain.programmes import Item
from services.enrollment.models.programmes import programme_completions, programmes
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
        """How an employee of the caller's agency stands in a programme, course by course.

        An item is `done`, `missing`, `old_version` (completed, in a version too low) or `too_early` (completed before
        the compulsory course that comes first); `by` is the course that counts for it, which may be an equivalent one.
        Who has completed the programme has done so for good (`completed_on`), whatever later versions ask. NotFound
        `employee_not_found`, `programme_not_found` (also: not heard of yet).
        """
        employee = own_employee(tx, caller, employee_id)
        own = sa.select(programmes).where(programmes.c.programme_code == programme_code)
        programme = tx.execute(own).first()
        if programme is None:
            raise NotFound("programme_not_found", "There is no such programme.")
        state = states_of(tx, [programme], [employee.id])[programme_code, employee.id]
        completed = tx.scalar(
            sa.select(programme_completions.c.completed_on).where(
                programme_completions.c.employee_id == employee.id,
                programme_completions.c.programme_code == programme_code,
            )
        )
        return {
            **programme._mapping,
            "employee_id": employee.id,
            "complete": completed is not None or state.complete,
            "completed_on": completed or state.completed_on,
            "hours": state.hours,
            "electives": state.electives,
            "missing": state.missing,
            "items": [_item(item) for item in state.items],
        }

    @query(schemas.ListProgrammeCompletions, reply=page_of(schemas.ProgrammeCompletion), roles=roles.READERS)
    def list_programme_completions(
        self, tx: Transaction, caller: Caller, employee_id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The programmes that an employee of the caller's agency has completed, in that order."""
        employee = own_employee(tx, caller, employee_id)
        done = programme_completions.c
        statement = (
            sa.select(programme_completions, programmes.c.title, programmes.c.purpose)
            .join(programmes, programmes.c.programme_code == done.programme_code)
            .where(done.employee_id == employee.id)
        )
        if cursor is not None:
            statement = statement.where(done.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows = tx.execute(statement.order_by(done.id).limit(limit + 1)).all()
        items = [{**row._mapping, "completion_id": row.id} for row in rows[:limit]]
        return {"items": items, "next": encode_cursor({"id": rows[limit - 1].id}) if len(rows) > limit else None}


def _item(item: Item) -> dict[str, Any]:
    return {
        "course_code": item.course_code,
        "compulsory": item.compulsory,
        "min_version": item.min_version,
        "status": item.status,
        "by": item.by.course_code if item.by else None,
        "completed_on": item.by.completed_on if item.by else None,
    }
