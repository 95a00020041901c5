"""Who somebody is: corrected names and codes, and erasure."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import INERT
from services.enrollment.domain.type2_moves import RUNNING
from services.enrollment.models import employees, enrollments, forms, history, past_type2, people, type2
from services.enrollment.models.closings import closed_hours
from services.enrollment.models.extracts import record_extracts
from services.enrollment.models.foreseen import candidacies
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.models.people import employment_periods, name_corrections, officers, transfers
from services.enrollment.models.ranks import rank_decisions
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import scope
from services.enrollment.service.record import recording
from services.enrollment.service.staff import KEEPERS, own_employee, tell_change
from services.enrollment.service.transfers import refuse_transfers
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, NotFound
from shared.events import EmployeeErasedV1
from shared.ids import new_id
from shared.persian import tehran_date

PERSONAL = ("national_code", "personnel_number", "full_name", "email", "father_name", "birth_date", "gender")
OF_THE_JOB = (
    "unit",
    "job_title",
    "job_family",
    "job_class",
    "rank",
    "education",
    "education_field",
    "education_status",
)


class IdentityCalls:
    @command(schemas.CorrectName, reply=schemas.Employee, roles=KEEPERS)
    def correct_name(
        self, tx: Transaction, caller: Caller, employee_id: UUID, full_name: str, reason: str
    ) -> dict[str, Any]:
        """Set a name right, for a reason; the old one is kept. Later mails and certificates carry the new name.

        The same again changes nothing. Certificates that exist are not touched by this. NotFound `employee_not_found`.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        if person.full_name == full_name:
            return {"employee_id": employee_id, **person._mapping}
        kept = {"id": new_id(), "employee_id": employee_id, "before": person.full_name, "after": full_name}
        tx.execute(sa.insert(name_corrections).values(**kept, reason=reason, system=caller.system, corrected_at=tx.now))
        tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(full_name=full_name))
        tell_change(tx, employee_id, ["full_name"], reason=reason, before_name=person.full_name)
        return {"employee_id": employee_id, **own_employee(tx, caller, employee_id)._mapping}

    @command(schemas.CorrectNationalCode, reply=schemas.Employee, roles=KEEPERS)
    def correct_national_code(
        self, tx: Transaction, caller: Caller, employee_id: UUID, national_code: str, reason: str
    ) -> dict[str, Any]:
        """Set a national code right that was typed wrongly; the same again changes nothing.

        NotFound `employee_not_found`; Conflict `already_employed` when the code is another person's: if the two are
        one, `merge_employees` joins them.
        """
        own_employee(tx, caller, employee_id, lock=True)
        known = sa.select(employees.c.id).where(
            employees.c.national_code == national_code, employees.c.id != employee_id
        )
        if tx.execute(known).first() is not None:
            raise Conflict("already_employed", "Another registration has this national code.")
        own = sa.update(employees).where(employees.c.id == employee_id, employees.c.national_code != national_code)
        if tx.execute(own.values(national_code=national_code)).rowcount:  # type: ignore[attr-defined]
            tell_change(tx, employee_id, ["national_code"], reason=reason)
        return {"employee_id": employee_id, **own_employee(tx, caller, employee_id)._mapping}

    @command(schemas.EraseEmployee, reply=schemas.Erased, roles=KEEPERS)
    def erase_employee(self, tx: Transaction, caller: Caller, employee_id: UUID, reason: str) -> dict[str, Any]:
        """Forget who somebody was, here and in the other services; figures and the proof of certificates stay.

        Only of somebody who has left, unless the national role asks. The same again answers the same. NotFound
        `employee_not_found`; Conflict `still_employed`, `still_running` with what runs.
        """
        person = people.lock_person(tx, employee_id)
        if person is None or not scope.sees(tx, caller, person.agency_code) or person.merged_into is not None:
            raise NotFound("employee_not_found", "There is no such employee.")
        if person.erased_at is not None:
            return {"employee_id": employee_id, "erased_at": person.erased_at}
        if person.left_on is None and not caller.is_national:
            raise Conflict("still_employed", "The data of somebody who is employed is needed.")
        _refuse_running(tx, employee_id)
        _forget(tx, employee_id)
        tx.publish(EmployeeErasedV1(employee_id=employee_id, erased_at=tx.now))
        return {"employee_id": employee_id, "erased_at": tx.now}


def _forget(tx: Transaction, employee_id: UUID) -> None:
    """Empty what names a person, in their own row and in those of duplicates that were merged into it."""
    tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(erased_at=tx.now))
    theirs = sa.or_(employees.c.id == employee_id, employees.c.merged_into == employee_id)
    ids = list(tx.scalars(sa.select(employees.c.id).where(theirs)))
    gone = dict.fromkeys((*PERSONAL, *OF_THE_JOB, "supervisor_id"))
    tx.execute(sa.update(employees).where(employees.c.id.in_(ids)).values(**gone))
    said: tuple[tuple[sa.Table, dict[str, Any]], ...] = (
        (employment_periods, {"personnel_number": None, "unit": None, "job_title": None, "job_family": None}),
        (transfers, {"personnel_number": "", "job": {}, "reason": "", "decision_reason": None}),
        (enrollments, {"reason": None}),
        (officers, {"reason": None}),
        (record_extracts, {"content_hash": ""}),
        (closed_hours, {"personnel_number": None}),
        (rank_decisions, dict.fromkeys(("reason", "override_reason", "withdrawal_reason")) | {"decision_number": ""}),
    )
    own = sa.select(enrollments.c.id).where(enrollments.c.employee_id.in_(ids))
    tx.execute(sa.update(history).where(history.c.enrollment_id.in_(own)).values(reason=None))
    for table, nothing in said:
        tx.execute(sa.update(table).where(table.c.employee_id.in_(ids)).values(**nothing))
    for table in (name_corrections, candidacies):
        tx.execute(sa.delete(table).where(table.c.employee_id.in_(ids)))
    mark(tx, ids)
    forms.forget_words(tx, employee_id)
    recording.forget(tx, ids)
    type2.forget_words(tx, ids)
    past_type2.forget_words(tx, ids)
    people.relieve(tx, employee_id, tehran_date(tx.now) - timedelta(days=1))


def _refuse_running(tx: Transaction, employee_id: UUID) -> None:
    own = enrollments.c
    running = sa.select(own.id, own.status).where(own.employee_id == employee_id, own.status.not_in(_DECIDED))
    found = [{"enrollment_id": str(row.id), "status": row.status} for row in tx.execute(running)]
    if found:
        raise Conflict("still_running", "Something of this person still runs.", {"enrollments": found})
    for row in type2.of_people(tx, [employee_id], RUNNING):
        details = {"type2_application": str(row.id), "state": row.state}
        raise Conflict("still_running", "An application of this person still runs.", details)
    refuse_transfers(tx, employee_id)


_DECIDED = (*INERT, "completed", "failed", "no_show")
