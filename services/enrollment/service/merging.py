"""Two registrations that are one person: everything of the duplicate becomes the kept one's."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.employment import days_left
from services.enrollment.domain.states import INERT
from services.enrollment.domain.type2_moves import RUNNING
from services.enrollment.models import employees, enrollments, extracts, forms, past_type2, people, queries, type2
from services.enrollment.models import history as history_table
from services.enrollment.models.foreseen import join_candidacies
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.models.people import employment_periods, name_corrections, officers
from services.enrollment.models.programmes import programme_completions
from services.enrollment.models.running import assessment_scores, attendance
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import history, scope
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.hours import required as hours_required
from services.enrollment.service.identity import PERSONAL
from services.enrollment.service.record import recording
from services.enrollment.service.staff import KEEPERS, OF_THE_PERSON, has_above, own_employee
from services.enrollment.service.transfers import refuse_transfers
from services.enrollment.service.type2.past import standing
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Invalid
from shared.events import EmployeesMergedV1


class MergeCalls:
    @command(schemas.MergeEmployees, reply=schemas.Merged, roles=KEEPERS)
    def merge_employees(
        self, tx: Transaction, caller: Caller, employee_id: UUID, duplicate_id: UUID, reason: str, dry_run: bool
    ) -> dict[str, Any]:
        """Two registrations are one person: the duplicate's enrollments, programmes and roles become the kept one's,
        and so do its days of employment where the kept one has none. Their training records become one, in which a
        course that is in both counts once.

        Where both are in one offering, the one without a seat or a result becomes part of the other's history. With
        `dry_run` nothing is written. The duplicate is not found any more (`employee_merged` names the kept one).
        NotFound `employee_not_found`; Invalid for one and the same person; Conflict `both_enrolled` with the offerings
        in which both have a seat or result, `transfer_running`, `duplicate_is_employed` while the kept one has left,
        `both_applied` and `both_awarded` with `applications` where both run for, or hold, a type-2 certificate; those
        from before this system are in `past_type2`.
        """
        if employee_id == duplicate_id:
            raise Invalid.field("duplicate_id", "must be another registration")
        for one in sorted((employee_id, duplicate_id)):
            people.lock_person(tx, one)
        merged = queries.employees_by_id(tx, [duplicate_id]).get(duplicate_id)
        if merged is not None and merged.merged_into == employee_id and scope.sees(tx, caller, merged.agency_code):
            return {"employee_id": employee_id, "duplicate_id": duplicate_id, "moved": 0, "joined": 0}
        kept, duplicate = own_employee(tx, caller, employee_id), own_employee(tx, caller, duplicate_id)
        refuse_transfers(tx, duplicate_id)
        if kept.left_on is not None and duplicate.left_on is None:
            raise Conflict("duplicate_is_employed", "Keep the registration that is employed, and merge the other.")
        _refuse_two_certificates(tx, employee_id, duplicate_id)
        moving, joined = _sort_enrollments(tx, employee_id, duplicate_id)
        if not dry_run:
            _merge(tx, Actor.of(caller), kept, duplicate, moving, joined, reason)
        counts = {"moved": len(moving), "joined": len(joined)}
        return {"employee_id": employee_id, "duplicate_id": duplicate_id, **counts}


def _refuse_two_certificates(tx: Transaction, employee_id: UUID, duplicate_id: UUID) -> None:
    """One person applies once at a time and holds one: one of the two is withdrawn, or revoked, before."""
    rows = type2.of_people(tx, [employee_id, duplicate_id], (*RUNNING, "awarded"))
    past = standing(tx, [employee_id, duplicate_id])
    for code, states, held in (("both_applied", RUNNING, []), ("both_awarded", ("awarded",), past)):
        found = [row for row in rows if row.state in states]
        if len({row.employee_id for row in (*found, *held)}) == 2:
            details = {"applications": [str(row.id) for row in found]}
            if held:
                details["past_type2"] = [str(row.id) for row in held]
            raise Conflict(code, "Both registrations have one of the type-2 certificates; end one before.", details)


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
    recording.merged(tx, actor, duplicate.id, kept.id)
    extracts.give_extracts(tx, duplicate.id, kept.id)
    type2.give_to(tx, duplicate.id, kept.id)
    past_type2.give_to(tx, duplicate.id, kept.id)
    for table in (name_corrections, officers):
        tx.execute(sa.update(table).where(table.c.employee_id == duplicate.id).values(employee_id=kept.id))
    people.mark_roles(tx, officers.c.employee_id == kept.id)
    join_candidacies(tx, kept.id, duplicate.id)
    mark(tx, [kept.id, duplicate.id])
    _join_employment(tx, kept.id, duplicate.id)
    hours_required.merged(tx, kept.id, duplicate.id)
    _join_people(tx, kept, duplicate)
    said = {"employee_id": kept.id, "duplicate_id": duplicate.id, "agency_code": kept.agency_code}
    tx.publish(EmployeesMergedV1(**said, merged_at=tx.now))


def _join_employment(tx: Transaction, kept_id: UUID, duplicate_id: UUID) -> None:
    """One history without overlaps: days of which the kept registration says something already stay behind."""
    own = employment_periods.c
    both = sa.select(employment_periods).where(own.employee_id.in_((kept_id, duplicate_id))).order_by(own.from_day)
    rows = tx.execute(both).all()
    known = [(row.from_day, row.until_day) for row in rows if row.employee_id == kept_id]
    for row in (row for row in rows if row.employee_id == duplicate_id):
        days = days_left(known, (row.from_day, row.until_day))
        changes: dict[str, Any] = {"until_day": row.until_day or row.from_day}
        if days is not None:
            known.append(days)
            changes = {"employee_id": kept_id, "from_day": days[0], "until_day": days[1]}
        if changes["until_day"] != row.until_day:
            changes |= {"end_reason": "merged", "end_recorded_at": tx.now}
        tx.execute(sa.update(employment_periods).where(own.id == row.id).values(**changes))


def _join_people(tx: Transaction, kept: Any, duplicate: Any) -> None:
    own = employees.c
    tx.execute(sa.update(employees).where(own.supervisor_id == duplicate.id).values(supervisor_id=kept.id))
    added = {name: getattr(duplicate, name) for name in OF_THE_PERSON if getattr(kept, name) is None}
    if has_above(tx, kept.id, kept.supervisor_id) or kept.supervisor_id == duplicate.id:
        added["supervisor_id"] = None
    if added:
        tx.execute(sa.update(employees).where(own.id == kept.id).values(**added))
    gone = dict.fromkeys((*PERSONAL, "supervisor_id"))
    tx.execute(sa.update(employees).where(own.id == duplicate.id).values(**gone, merged_into=kept.id))
    tx.execute(sa.update(employees).where(own.merged_into == duplicate.id).values(merged_into=kept.id))
