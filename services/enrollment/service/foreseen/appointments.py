"""Candidates for posts of management, and whether somebody may be appointed to one."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.foreseen import Readiness, before_appointment, needed_before
from services.enrollment.domain.reasons import NOT_EMPLOYED, Reason
from services.enrollment.models.foreseen import candidacies
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.schemas import appointments as schemas
from services.enrollment.service import roles
from services.enrollment.service.entrance import is_employed
from services.enrollment.service.foreseen.rules import demands_on, subjects_of
from services.enrollment.service.sources import sources
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.persian import add_jalali_months, tehran_date

_KEYS = ("pre_appointment_programmes", "pre_appointment_valid_months")


class AppointmentCalls:
    @command(schemas.RecordCandidacy, reply=schemas.Candidacy, roles=roles.STAFF)
    def record_candidacy(
        self,
        tx: Transaction,
        caller: Caller,
        employee_id: UUID,
        post_title: str,
        from_day: date,
        post_level: str | None,
        appoint_on: date | None,
    ) -> dict[str, Any]:
        """Somebody is a candidate for a post of management: the programme before appointment is foreseen for them.

        The same again answers the same. NotFound `employee_not_found`; Invalid for an appointment before `from_day`;
        Conflict `not_employed`, `candidacy_running` when they are a candidate for the post from another day or at
        another level: end that one first.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        if appoint_on is not None and appoint_on < from_day:
            raise Invalid.field("appoint_on", "must not be before from_day")
        if person.left_on is not None:
            raise Conflict(NOT_EMPLOYED.code, NOT_EMPLOYED.message)
        said = {"from_day": from_day, "post_level": post_level, "appoint_on": appoint_on}
        own = candidacies.c
        same_post = own.employee_id == employee_id, own.post_title == post_title, own.until_day.is_(None)
        known = tx.execute(sa.select(candidacies).where(*same_post)).first()
        if known is not None:
            if all(getattr(known, name) == value for name, value in said.items()):
                return _shown(known)
            running = {"candidacy_id": str(known.id)}
            raise Conflict("candidacy_running", "The person is a candidate for this post already.", running)
        row: dict[str, Any] = {"id": new_id(), "employee_id": employee_id, "post_title": post_title, **said}
        tx.execute(sa.insert(candidacies).values(**row, recorded_at=tx.now, recorded_by=caller.system))
        mark(tx, [employee_id])
        return _shown(_candidacy(tx, row["id"]))

    @command(schemas.EndCandidacy, reply=schemas.Candidacy, roles=roles.STAFF)
    def end_candidacy(self, tx: Transaction, caller: Caller, candidacy_id: UUID, on: date | None) -> dict[str, Any]:
        """A candidacy is over, appointed or not. The same again answers the same.

        NotFound `candidacy_not_found`; Invalid for a day to come or before the candidacy.
        """
        found = _candidacy(tx, candidacy_id)
        if found is None:
            raise _none()
        try:
            own_employee(tx, caller, found.employee_id, lock=True)
        except NotFound:
            raise _none() from None
        found = _candidacy(tx, candidacy_id)
        if found.until_day is not None:
            return _shown(found)
        today = tehran_date(tx.now)
        if on is not None and not found.from_day <= on <= today:
            raise Invalid.field("on", f"must be from {found.from_day} to today")
        last = on or max(found.from_day, today)
        tx.execute(sa.update(candidacies).where(candidacies.c.id == candidacy_id).values(until_day=last))
        mark(tx, [found.employee_id])
        return _shown(_candidacy(tx, candidacy_id))

    @query(schemas.MayBeAppointed, reply=schemas.Appointable, roles=roles.READERS)
    def may_be_appointed(
        self, tx: Transaction, caller: Caller, employee_id: UUID, post_level: str | None, on: date | None
    ) -> dict[str, Any]:
        """Whether somebody may be appointed to a post of management on a day: yes, or no with every reason.

        A candidate must have completed the programme before appointment, otherwise the agency may not appoint (circular
        200/90/32664, CSML art. 56); veterans are no exception. Which programmes a level asks for is the policy
        `pre_appointment_programmes`; where it names none, one published programme of that purpose is enough. One that
        is completed on the day itself counts, and that day is the last one of what is foreseen for a candidate. How
        long one holds is `pre_appointment_valid_months`. Reasons:

        - `not_employed`: the person has left by that day;
        - `no_programme_published`: there is no programme for it, so nobody can have completed one;
        - `post_level_needed`: programmes are named by level, and the call names none (`not_known`);
        - `programme_not_completed` with `missing`, `programme_expired` with `valid_until`, each with `programme_code`.

        NotFound `employee_not_found`.
        """
        person = own_employee(tx, caller, employee_id)
        day = on or tehran_date(tx.now)
        demands = demands_on(tx, day)
        subject = subjects_of(tx, demands, [person], day)[employee_id]
        needed, all_of_them = needed_before(demands.rules, post_level)
        stand = [before_appointment(one, subject, demands.rules, day, add_jalali_months) for one in needed]
        reasons = [] if is_employed(person, day) else [NOT_EMPLOYED]
        not_known = ["post_level"] if demands.rules.levels and post_level is None else []
        if not_known:
            text = "Programmes are named by level of the post; say which one it is."
            reasons.append(Reason("post_level_needed", text, {"levels": sorted(demands.rules.levels)}))
        reasons += _reasons(stand, demands.rules.levels.get(post_level or "", ()), all_of_them=all_of_them)
        published = [one for one in stand if one.programme.retired_at is None or one.status != "missing"]
        return {
            "employee_id": employee_id,
            "post_level": post_level,
            "on": day,
            "answer": "no" if reasons else "yes",
            "reasons": [one.as_dict() for one in reasons],
            "programmes": [_programme(one) for one in published],
            "not_known": not_known,
            "policies": sources(tx, _KEYS, day),
        }


def _reasons(stand: Sequence[Readiness], named: Sequence[str], *, all_of_them: bool) -> list[Reason]:
    """What the programmes come to: all of them where the policy names them, else one."""
    if not all_of_them and any(one.status == "valid" for one in stand):
        return []
    there = [one for one in stand if one.programme.retired_at is None or one.status != "missing"]
    absent = sorted(set(named) - {one.programme.programme_code for one in there})
    found = []
    if absent or not there:
        message = "No programme before appointment is published, so nobody can have completed one."
        found.append(Reason("no_programme_published", message, {"programme_codes": absent}))
    for one in there:
        code = {"programme_code": one.programme.programme_code}
        if one.status == "expired":
            message = f"The programme held until {one.valid_until}."
            found.append(Reason("programme_expired", message, code | {"valid_until": str(one.valid_until)}))
        elif one.status == "missing":
            message = "The programme before appointment is not completed."
            found.append(Reason("programme_not_completed", message, code | {"missing": list(one.state.missing)}))
    return found


def _programme(one: Readiness) -> dict[str, Any]:
    row, state = one.programme, one.state
    return {
        "programme_code": row.programme_code,
        "programme_version": row.version,
        "programme_title": row.title,
        "status": one.status,
        "completed_on": one.completed_on,
        "valid_until": one.valid_until,
        "courses": [asdict(item) for item in state.items],
        "missing": list(state.missing),
        "electives": state.electives,
        "min_electives": row.min_electives,
        "hours": state.hours,
        "min_hours": row.min_hours,
    }


def _candidacy(tx: Transaction, candidacy_id: UUID) -> Any:
    return tx.execute(sa.select(candidacies).where(candidacies.c.id == candidacy_id)).first()


def _shown(row: Any) -> dict[str, Any]:
    return {"candidacy_id": row.id, **row._mapping}


def _none() -> NotFound:
    return NotFound("candidacy_not_found", "There is no such candidacy.")
