"""Hours that brought somebody an early step (تعجیل) and are no part of a type-2 certificate any more."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.models import record
from services.enrollment.models import type2 as models
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service import roles
from services.enrollment.service.staff import own_employee
from services.enrollment.service.type2.applications import not_to_come
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Invalid, NotFound

EARLY_STEP = "early_step"


class EarlyStepCalls:
    @command(schemas.RecordEarlyStep, reply=schemas.EarlyStep, roles=roles.OFFICERS)
    def record_early_step(
        self,
        tx: Transaction,
        caller: Caller,
        employee_id: UUID,
        line_ids: Sequence[UUID],
        decision_number: str,
        used_on: date,
    ) -> dict[str, Any]:
        """Say that lines of somebody's record brought them an early step: their hours serve no type-2 certificate
        (policy `type2_excludes_uses`, a rule of one ministry, 511/64/45594) and no second step.

        A line is used as a whole. The same lines and decision again answer the same. NotFound `employee_not_found`;
        Invalid for lines that are not in the record, or a day to come; Conflict `hours_used` with the `lines` that
        serve another early step or a type-2 certificate.
        """
        own_employee(tx, caller, employee_id, lock=True)
        not_to_come(tx, "used_on", used_on)
        hours = {row.line_id: row.hours for row in record.entries_of(tx, [employee_id])}
        unknown = sorted({str(each) for each in line_ids} - {str(each) for each in hours})
        if unknown:
            raise Invalid.field("line_ids", f"are not lines of the record: {', '.join(unknown[:5])}")
        known = [use for use in record.uses_of(tx, [employee_id]) if use.line_id in line_ids]
        own = {use.line_id for use in known if (use.purpose, use.detail) == (EARLY_STEP, decision_number)}
        others = {use.line_id for use in known if use.purpose in (EARLY_STEP, "type2")} - own
        if others:
            details = {"lines": sorted(str(each) for each in others)}
            raise Conflict("hours_used", "Hours of these lines brought another benefit already.", details)
        record.add_uses(
            tx,
            {each: hours[each] for each in line_ids if each not in own},
            employee_id=employee_id,
            purpose=EARLY_STEP,
            detail=decision_number,
            used_on=used_on,
            recorded_by=caller.system,
        )
        return _shown(tx, employee_id, decision_number)

    @command(schemas.WithdrawEarlyStep, reply=schemas.EarlyStep, roles=roles.OFFICERS)
    def withdraw_early_step(
        self, tx: Transaction, caller: Caller, employee_id: UUID, decision_number: str, reason: str
    ) -> dict[str, Any]:
        """The step was taken back: its hours are free again. The same again answers the same.

        NotFound `employee_not_found`, `early_step_not_found`.
        """
        own_employee(tx, caller, employee_id, lock=True)
        if not models.has_early_step(tx, employee_id, decision_number):
            raise NotFound("early_step_not_found", "No hours are recorded for this decision.")
        models.withdraw_early_step(tx, employee_id, decision_number, reason)
        return _shown(tx, employee_id, decision_number)


def _shown(tx: Transaction, employee_id: UUID, decision_number: str) -> dict[str, Any]:
    uses = record.uses_of(tx, [employee_id])
    lines = [use._mapping for use in uses if (use.purpose, use.detail) == (EARLY_STEP, decision_number)]
    return {"employee_id": employee_id, "decision_number": decision_number, "lines": lines}
