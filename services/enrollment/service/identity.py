"""One person, one record: corrected names and codes, merged duplicates, and erasure."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import STATES
from services.enrollment.models import employees, enrollments, forms, people, queries
from services.enrollment.models import history as history_table
from services.enrollment.models.people import employment_periods, name_corrections, officers, transfers
from services.enrollment.models.programmes import programme_completions
from services.enrollment.models.running import assessment_scores, attendance
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import history, scope
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.staff import KEEPERS, own_employee, tell_change
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Invalid, NotFound
from shared.events import EmployeeErasedV1, EmployeesMergedV1
from shared.ids import new_id

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
# States in which nothing was decided and nothing is held: such a row may stay with a duplicate.
INERT = tuple(state for state, moves in STATES.items() if "enroll" in moves or not moves)


class IdentityCalls:
    @command(schemas.CorrectName, reply=schemas.Employee, roles=KEEPERS)
    def correct_name(
        self, tx: Transaction, caller: Caller, employee_id: UUID, full_name: str, reason: str
    ) -> dict[str, Any]:
        """Set a name right, for a reason; the old one is kept. Later mails and certificates carry the new name.

        Certificates that exist are not touched by this. NotFound `employee_not_found`; Conflict `nothing_changes`.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        if person.full_name == full_name:
            raise Conflict("nothing_changes", "The person has this name already.")
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

    @command(schemas.MergeEmployees, reply=schemas.Merged, roles=KEEPERS)
    def merge_employees(
        self, tx: Transaction, caller: Caller, employee_id: UUID, duplicate_id: UUID, reason: str, dry_run: bool
    ) -> dict[str, Any]:
        """Two registrations are one person: the duplicate's enrollments, programmes and roles become the kept one's.

        Where both are in one offering, the one without a seat or a result becomes part of the other's history. With
        `dry_run` nothing is written. The duplicate is not found any more (`employee_merged` names the kept one).
        NotFound `employee_not_found`; Invalid for one and the same person; Conflict `both_enrolled` with the offerings
        in which both have a seat or result, `transfer_running`.
        """
        if employee_id == duplicate_id:
            raise Invalid.field("duplicate_id", "must be another registration")
        for one in sorted((employee_id, duplicate_id)):
            people.lock_person(tx, one)
        merged = queries.employees_by_id(tx, [duplicate_id]).get(duplicate_id)
        if merged is not None and merged.merged_into == employee_id and scope.sees(tx, caller, merged.agency_code):
            return {"employee_id": employee_id, "duplicate_id": duplicate_id, "moved": 0, "joined": 0}
        kept, duplicate = own_employee(tx, caller, employee_id), own_employee(tx, caller, duplicate_id)
        _refuse_transfers(tx, duplicate_id)
        moving, joined = _sort_enrollments(tx, employee_id, duplicate_id)
        if not dry_run:
            _merge(tx, Actor.of(caller), kept, duplicate, moving, joined, reason)
        counts = {"moved": len(moving), "joined": len(joined)}
        return {"employee_id": employee_id, "duplicate_id": duplicate_id, **counts}

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
        gone = dict.fromkeys((*PERSONAL, *OF_THE_JOB, "supervisor_id"))
        tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(**gone, erased_at=tx.now))
        own_periods = sa.update(employment_periods).where(employment_periods.c.employee_id == employee_id)
        tx.execute(own_periods.values(personnel_number=None, unit=None, job_title=None, job_family=None))
        forms.forget_words(tx, employee_id)
        tx.execute(sa.delete(name_corrections).where(name_corrections.c.employee_id == employee_id))
        tx.publish(EmployeeErasedV1(employee_id=employee_id, erased_at=tx.now))
        return {"employee_id": employee_id, "erased_at": tx.now}


def _refuse_transfers(tx: Transaction, employee_id: UUID) -> None:
    own = transfers.c
    running = sa.select(own.id).where(own.employee_id == employee_id, own.status.in_(("requested", "confirmed")))
    if tx.execute(running).first() is not None:
        raise Conflict("transfer_running", "A transfer of this person is being decided on.")


def _refuse_running(tx: Transaction, employee_id: UUID) -> None:
    own = enrollments.c
    running = sa.select(own.id, own.status).where(own.employee_id == employee_id, own.status.not_in(_DECIDED))
    found = [{"enrollment_id": str(row.id), "status": row.status} for row in tx.execute(running)]
    if found:
        raise Conflict("still_running", "Something of this person still runs.", {"enrollments": found})
    _refuse_transfers(tx, employee_id)


_DECIDED = (*INERT, "completed", "failed", "no_show")


def _sort_enrollments(
    tx: Transaction, employee_id: UUID, duplicate_id: UUID
) -> tuple[list[Any], list[tuple[UUID, UUID]]]:
    """The duplicate's enrollments that move, and pairs of one offering of which the first, an inert one, is joined to
    the second. Conflict `both_enrolled`."""
    own = enrollments.c
    rows = tx.execute(
        sa.select(own.id, own.employee_id, own.offering_id, own.status)
        .where(own.employee_id.in_((employee_id, duplicate_id)))
        .order_by(own.offering_id, own.id)
        .with_for_update()
    ).all()
    kept = {row.offering_id: row for row in rows if row.employee_id == employee_id}
    moving, joined, clashing = [], [], []
    for row in (row for row in rows if row.employee_id == duplicate_id):
        other = kept.get(row.offering_id)
        if other is None:
            moving.append(row)
        elif row.status in INERT:
            joined.append((row.id, other.id))
        elif other.status in INERT:
            joined.append((other.id, row.id))
            moving.append(row)
        else:
            clashing.append(str(row.offering_id))
    if clashing:
        raise Conflict("both_enrolled", "Both registrations have a seat or a result there.", {"offerings": clashing})
    return moving, joined


def _join(tx: Transaction, inert: UUID, other: UUID) -> None:
    """One row per person and offering: what was done with the inert one becomes part of the other's history."""
    tx.execute(sa.update(history_table).where(history_table.c.enrollment_id == inert).values(enrollment_id=other))
    for table in (attendance, assessment_scores, forms.test_scores):
        tx.execute(sa.delete(table).where(table.c.enrollment_id == inert))
    tx.execute(sa.delete(enrollments).where(enrollments.c.id == inert))


def _merge(
    tx: Transaction,
    actor: Actor,
    kept: Any,
    duplicate: Any,
    moving: list[Any],
    joined: list[tuple[UUID, UUID]],
    reason: str,
) -> None:
    for inert, other in joined:
        _join(tx, inert, other)
    moved = sa.update(enrollments).where(enrollments.c.id.in_([row.id for row in moving]))
    tx.execute(moved.values(employee_id=kept.id))
    details = {"duplicate_id": str(duplicate.id)}
    history.write(
        tx, actor, history.MERGE, [Step(row.id, row.status, row.status, reason, details=details) for row in moving]
    )
    done = programme_completions.c
    known = sa.select(done.programme_code).where(done.employee_id == kept.id)
    theirs = sa.update(programme_completions).where(
        done.employee_id == duplicate.id, done.programme_code.not_in(known.scalar_subquery())
    )
    tx.execute(theirs.values(employee_id=kept.id))
    forms.answer_for(tx, duplicate.id, kept.id)
    for table in (name_corrections, officers):
        tx.execute(sa.update(table).where(table.c.employee_id == duplicate.id).values(employee_id=kept.id))
    supervised = sa.update(employees).where(employees.c.supervisor_id == duplicate.id, employees.c.id != kept.id)
    tx.execute(supervised.values(supervisor_id=kept.id))
    ended = sa.update(employment_periods).where(
        employment_periods.c.employee_id == duplicate.id, employment_periods.c.until_day.is_(None)
    )
    tx.execute(ended.values(until_day=employment_periods.c.from_day, end_reason="merged"))
    gone = dict.fromkeys((*PERSONAL, "supervisor_id"))
    tombstone = sa.update(employees).where(employees.c.id == duplicate.id)
    tx.execute(tombstone.values(**gone, merged_into=kept.id))
    tx.execute(sa.update(employees).where(employees.c.merged_into == duplicate.id).values(merged_into=kept.id))
    said = {"employee_id": kept.id, "duplicate_id": duplicate.id, "agency_code": kept.agency_code}
    tx.publish(EmployeesMergedV1(**said, merged_at=tx.now))
