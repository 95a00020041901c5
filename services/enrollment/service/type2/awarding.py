"""The award: two signatures, the last look at what it rests on, and what certification needs to write the document."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain import type2 as domain
from services.enrollment.domain.type2 import Eligibility
from services.enrollment.domain.type2_degrees import DEGREES
from services.enrollment.domain.type2_moves import SIDES, Signature, check_move, check_two_sign
from services.enrollment.models import queries
from services.enrollment.models.record import add_uses
from services.enrollment.policies import value_on
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service.history import Actor
from services.enrollment.service.sources import plain
from services.enrollment.service.type2.applications import acting, locked, move, not_to_come, shown
from services.enrollment.service.type2.checking import Regulation, judge, must_be_eligible
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Forbidden, Invalid
from shared.events import Type2AwardedV1
from shared.events.contract import LocalizedText
from shared.events.hours import Decision, RestsOn
from shared.ids import new_id
from shared.persian import search_form, tehran_date
from shared.policies.rules import Policy

SIGNS = {"committee": ("certification_officer", "training_officer"), "organisation": ("national",)}


class Type2AwardCalls:
    @command(schemas.Sign, reply=schemas.Application, roles=("training_officer", "certification_officer", "national"))
    def sign_type2_award(
        self,
        tx: Transaction,
        caller: Caller,
        application_id: UUID,
        side: str,
        decision: dict[str, Any],
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """Sign an award for the agency's committee (training or certification officer) or for the Organisation
        (national role); who signs for them was not found in a regulation (policy `type2_signatories`).

        Each by another system and another name, in any order; for who moves to another agency, its committee signs
        anew. With the second signature everything is judged once more and the award is made: its hours are taken, and
        certification issues the certificate. The same again answers the same. NotFound `application_not_found`,
        `employee_not_found` (the officer); Forbidden `role_missing`, `four_eyes`, `own_application`; Invalid for a day
        to come or before the exam; Conflict `illegal_state`, `already_signed` by another decision, `not_eligible` with
        `missing`.
        """
        if not caller.roles & set(SIGNS[side]):
            raise Forbidden("role_missing", "The token's roles do not sign for them.", {"one_of": sorted(SIGNS[side])})
        row, person = locked(tx, caller, application_id)
        actor = acting(tx, caller, person, officer_id)
        said = _decision(tx, row, side, decision)
        if getattr(row, side) == said and row.state in ("exam_passed", "awarded", "revoked"):
            return shown(tx, application_id)
        check_move(row.state, "sign")
        if getattr(row, side):
            raise Conflict("already_signed", "This side has signed by another decision.")
        _check_day(tx, row, decision["decided_on"])
        other = next(each for each in SIDES if each != side)
        first = _signature(getattr(row, other), getattr(row, f"{other}_system"))
        check_two_sign(first, Signature(caller.system, search_form(decision["name"])))
        judged, regulation = judge(tx, person, row.level, row.applied_on, row)
        must_be_eligible(judged)
        signed = {side: said, f"{side}_system": caller.system}
        details = {"side": side, "number": decision["number"]}
        if first is None:
            move(tx, actor, row, "sign", row.state, columns=signed, details=details)
        else:
            both = {other: getattr(row, other), side: said}
            award = _award(tx, actor, row, judged, regulation)
            move(tx, actor, row, "sign", "awarded", columns=signed | award, details=details)
            tx.publish(_awarded(tx, row, person, both, judged, regulation, award))
        return shown(tx, application_id)


def _decision(tx: Transaction, row: Any, side: str, decision: Mapping[str, Any]) -> dict[str, Any]:
    """As it is kept: plain JSON, with the title that the policy has where none is given."""
    title = decision["title"] or value_on(tx, "type2_signatories", row.applied_on)[side]
    return {**decision, "decided_on": decision["decided_on"].isoformat(), "title": dict(title)}


def _signature(decision: Mapping[str, Any] | None, system: str) -> Signature | None:
    return Signature(system, search_form(decision["name"])) if decision else None


def _check_day(tx: Transaction, row: Any, day: date) -> None:
    not_to_come(tx, "decision.decided_on", day)
    if day < row.exam_on:
        raise Invalid.field("decision.decided_on", f"must not be before {row.exam_on}, when the exam was passed")


def _award(tx: Transaction, actor: Actor, row: Any, judged: Eligibility, regulation: Regulation) -> dict[str, Any]:
    """Take the hours; the columns of what was awarded."""
    today = tehran_date(tx.now)
    taken = judged.taken
    add_uses(
        tx,
        {each.line.line_id: domain.plain(each.taken) for each in taken},
        employee_id=row.employee_id,
        purpose="type2",
        detail=row.level,
        reference_id=row.id,
        used_on=today,
        recorded_by=actor.system,
    )
    return {
        "award_id": new_id(),
        "awarded_on": today,
        "counted_hours": domain.plain(sum(each.taken for each in taken)),
        "job_side_hours": domain.plain(sum(each.taken for each in taken if each.is_job_side)),
        "policies": plain(regulation.sources()),
    }


def _awarded(
    tx: Transaction,
    row: Any,
    person: Any,
    decisions: Mapping[str, Mapping[str, Any]],
    judged: Eligibility,
    regulation: Regulation,
    award: Mapping[str, Any],
) -> Type2AwardedV1:
    level = regulation.level(row.level)
    base = DEGREES[level["base_degree"]]
    days = [each.line.completed_on for each in judged.taken] or [row.exam_on]
    of_person = ("full_name", "national_code", "personnel_number", "father_name", "job_title", "unit")
    names = queries.agency_names(tx, [row.agency_code])
    return Type2AwardedV1(
        **{name: award[name] for name in ("award_id", "awarded_on", "counted_hours", "job_side_hours")},
        **{name: getattr(row, name) for name in ("employee_id", "agency_code", "level", "exam_score", "exam_on")},
        **{name: getattr(person, name) for name in of_person},
        application_id=row.id,
        agency_name=LocalizedText(**names[row.agency_code]),
        level_title=LocalizedText(**level["title"]),
        base_degree=base["fa"],
        base_degree_field=person.education_field,
        benefit=LocalizedText(**level["benefit"]),
        exam_pass_mark=regulation.value("type2_exam_pass_mark"),
        research_title=row.research_title,
        research_hours=row.research_hours,
        committee=_signed(decisions["committee"]),
        organisation=_signed(decisions["organisation"]),
        first_on=min(days),
        last_on=max(days),
        awarded_at=tx.now,
        policy={key: policy.effective_from for key, policy in regulation.policies.items()},
        policies=[_rests_on(policy) for policy in regulation.used()],
    )


def _rests_on(policy: Policy) -> RestsOn:
    return RestsOn(
        **{name: getattr(policy, name) for name in ("key", "effective_from", "source", "source_fa", "confidence")}
    )


def _signed(decision: Mapping[str, Any]) -> Decision:
    return Decision(
        number=decision["number"],
        decided_on=date.fromisoformat(decision["decided_on"]),
        name=decision["name"],
        title=LocalizedText(**decision["title"]),
    )
