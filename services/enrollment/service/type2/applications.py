"""Applications for type-2 certificates: asked for, reviewed by the committee, withdrawn, and ended by a revocation."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.type2 import LATER
from services.enrollment.domain.type2_moves import RUNNING, check_move, leads
from services.enrollment.models import people
from services.enrollment.models import type2 as models
from services.enrollment.policies import value_on
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.history import CERTIFICATION, Actor
from services.enrollment.service.staff import own_employee
from services.enrollment.service.type2.checking import judge, must_be_eligible
from services.enrollment.service.type2.reading import application_shown
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import Type2MovedV1
from shared.events.contract import LocalizedText
from shared.ids import new_id
from shared.persian import tehran_date

LEFT = "پایان اشتغال در دستگاه"


class Type2Calls:
    @command(schemas.Apply, reply=schemas.Application, roles=roles.STAFF)
    def apply_for_type2(
        self, tx: Transaction, caller: Caller, employee_id: UUID, level: str, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Apply for somebody. The regulation of this day decides to the end, also if it changes meanwhile, and also if
        the committee returns the application and it is made again.

        One application of a person runs at a time; the same again answers the same. NotFound `employee_not_found` (also
        of the officer); Conflict `not_eligible` with `missing` (every criterion not met, but for exam and research
        project, which come later), `application_running` with `application_id`, `level` and `state`.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        actor = acting(tx, caller, person, officer_id, may_be_own=True)
        running = next(iter(models.of_people(tx, [employee_id], RUNNING)), None)
        if running is not None and (running.level != level or running.state not in ("applied", "returned")):
            details = {"application_id": str(running.id), "level": running.level, "state": running.state}
            raise Conflict("application_running", "An application of this person runs already.", details)
        if running is not None and running.state == "applied":
            return shown(tx, running.id)
        today = tehran_date(tx.now)
        judged, _regulation = judge(tx, person, level, running.applied_on if running else today)
        must_be_eligible(judged, but=LATER)
        application_id = running.id if running else new_id()
        if running is None:
            row = {"id": application_id, "employee_id": employee_id, "agency_code": person.agency_code, "level": level}
            tx.execute(
                sa.insert(models.applications).values(**row, state="applied", applied_on=today, changed_at=tx.now)
            )
        move(tx, actor, models.find(tx, application_id), "apply", "applied")
        return shown(tx, application_id)

    @command(schemas.Review, reply=schemas.Application, roles=roles.OFFICERS)
    def review_type2(
        self,
        tx: Transaction,
        caller: Caller,
        application_id: UUID,
        decision: str,
        reason: str | None,
        minutes_number: str | None,
        minutes_on: date | None,
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """What the committee of the agency decided: accepted, refused, or returned to be made again.

        The same decision again answers the same. NotFound `application_not_found`, `employee_not_found` (the officer);
        Forbidden `own_application`; Invalid without the minutes or a reason, or for a day to come; Conflict
        `illegal_state`, and when accepting `not_eligible` with `missing`.
        """
        row, person = locked(tx, caller, application_id)
        actor = acting(tx, caller, person, officer_id)
        said = {"minutes_number": minutes_number, "minutes_on": minutes_on}
        if row.state == decision and all(getattr(row, name) == value for name, value in said.items()):
            return shown(tx, application_id)
        check_move(row.state, "review")
        not_to_come(tx, "minutes_on", minutes_on)
        if decision == "accepted":
            judged, _regulation = judge(tx, person, row.level, row.applied_on)
            must_be_eligible(judged, but=LATER)
        move(tx, actor, row, "review", decision, reason, columns=said)
        return shown(tx, application_id)

    @command(schemas.WithdrawApplication, reply=schemas.Application, roles=roles.STAFF)
    def withdraw_type2_application(
        self, tx: Transaction, caller: Caller, application_id: UUID, reason: str | None, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Take back an application that runs, also one that was signed once. The same again answers the same.

        NotFound `application_not_found`, `employee_not_found` (the officer); Conflict `illegal_state`.
        """
        row, person = locked(tx, caller, application_id)
        actor = acting(tx, caller, person, officer_id, may_be_own=True)
        if row.state != "withdrawn":
            check_move(row.state, "withdraw")
            move(tx, actor, row, "withdraw", "withdrawn", reason)
        return shown(tx, application_id)


def revoked(tx: Transaction, award_ids: Collection[UUID], reason: str) -> int:
    """The certificates of these awards were revoked: their hours are free, and the person may apply again. How many
    awards they were; of one that is revoked already, or of nobody's, nothing happens."""
    rows = [row for row in models.of_awards(tx, award_ids) if row.state == "awarded"]
    if rows:
        models.free_hours(tx, [row.id for row in rows], reason)
    for row in rows:
        move(tx, CERTIFICATION, row, "revoke", "revoked", reason)
    return len(rows)


def leave(tx: Transaction, actor: Actor, employee_id: UUID) -> None:
    """Who leaves has no use of a benefit of their employment: what runs is withdrawn. The person is locked."""
    for row in models.of_people(tx, [employee_id], RUNNING):
        move(tx, actor, models.find(tx, row.id), "withdraw", "withdrawn", LEFT)


def move(
    tx: Transaction,
    actor: Actor,
    row: Any,
    action: str,
    after: str,
    reason: str | None = None,
    *,
    columns: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write a move of an application (a row with its person), and say it where the state is another one.

    A revocation is told by certification.
    """
    is_new = action == "apply" and row.state == after
    before = None if is_new else row.state
    if not leads(before, action, after):
        raise AssertionError(f"no move of the table: {before} {action} {after}")
    models.change(tx, [row.id], {**(columns or {}), "state": after})
    step = {"id": new_id(), "application_id": row.id, "at": tx.now, "action": action, "before": before, "after": after}
    by = {"system": actor.system, "officer_id": actor.officer_id, "reason": reason}
    tx.execute(sa.insert(models.moves).values(**step, **by, details=dict(details) if details else None))
    if after in (before, "revoked"):
        return
    level_title = LocalizedText(**value_on(tx, "type2_levels", row.applied_on)[row.level]["title"])
    same = {name: getattr(row, name) for name in ("employee_id", "agency_code", "full_name", "level")}
    ids = {"move_id": step["id"], "application_id": row.id}
    tx.publish(Type2MovedV1(**ids, **same, level_title=level_title, state=after, reason=reason))  # type: ignore[arg-type]


def locked(tx: Transaction, caller: Caller, application_id: UUID) -> tuple[Any, Any]:
    """An application that the caller may see, and its person, both locked; NotFound `application_not_found`."""
    known = models.find(tx, application_id)
    if known is None or not scope.sees(tx, caller, known.agency_code):
        raise NotFound("application_not_found", "There is no such application.")
    person = people.lock_person(tx, known.employee_id)
    row = models.find(tx, application_id, lock=True)
    if row.employee_id != known.employee_id:  # a merge gave it to another person while we waited
        person = people.lock_person(tx, row.employee_id)
    if not scope.sees(tx, caller, row.agency_code):
        raise NotFound("application_not_found", "There is no such application.")
    return row, person


def acting(tx: Transaction, caller: Caller, person: Any, officer_id: UUID | None, *, may_be_own: bool = False) -> Actor:
    """Who acts; Forbidden `own_application` for an officer about themselves."""
    if officer_id is not None:
        own_employee(tx, caller, officer_id)
        if officer_id == person.id and not may_be_own:
            raise Forbidden("own_application", "Nobody decides on an application of their own.")
    return Actor.of(caller, officer_id)


def not_to_come(tx: Transaction, name: str, day: date | None) -> None:
    if day is not None and day > tehran_date(tx.now):
        raise Invalid.field(name, "must not be a day to come")


def shown(tx: Transaction, application_id: UUID) -> dict[str, Any]:
    return application_shown(tx, models.find(tx, application_id))
