"""Annual plans: drafted, submitted, decided on, and told of what was done."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.catalog.domain import offerings as offering_rules
from services.catalog.domain import plans as domain
from services.catalog.domain.plan_figures import Done
from services.catalog.models import courses as course_rows
from services.catalog.models import offerings as offering_rows
from services.catalog.models import plans as models
from services.catalog.models.courses import CourseVersion
from services.catalog.models.plans import AnnualPlan, PlanRevision, PlanStep
from services.catalog.schemas import plans as schemas
from services.catalog.service.plan_news import PlanNews, tell
from services.catalog.service.plan_queries import PlanQueries
from services.catalog.service.plan_replies import content_of, shown
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, subscribe
from shared.events import EnrollmentCompletedV1
from shared.messages import Message
from shared.persian import jalali_year, tehran_date

PLANNERS = ("training_officer", "national")


class PlanCalls(PlanQueries, PlanNews):
    @command(schemas.SaveAnnualPlan, reply=schemas.AnnualPlan, roles=PLANNERS)
    def save_annual_plan(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        agency_code: str,
        jalali_year: int,
        edit: int,
        reason: str | None,
        **content: Any,
    ) -> dict[str, Any]:
        """Save the whole plan of an agency for a Jalali year (CSML, articles 58 and 59), from 1380 to five years ahead.

        Saving after an approval begins the next revision (`reason` says why); the approved one stays in force.
        Conflict `plan_changed` (details: `edit`) when somebody else saved since `edit` was read, `plan_submitted` while
        the committee has the plan. Invalid names every planned course that is not published, every need that names an
        unknown course or competence. Unavailable `agency_not_known_yet`.
        """
        caller.must_see(agency_code, code="agency_not_found", message="There is no such agency.")
        domain.check_year(jalali_year, _this_year(tx))
        offering_rules.check_agencies_known({agency_code}, offering_rows.known_agencies(tx, {agency_code}))
        content["planned_offerings"] = _checked_lines(tx, content)
        plan = models.lock_or_begin_plan(tx, agency_code, jalali_year, domain.DRAFT)
        domain.check_edit(plan.edit, edit)
        plan.edit += 1
        revision = _revision_to_edit(tx, plan)
        begins = revision is None
        if revision is None:
            revision = _next_revision(plan)
        for name, value in (content | {"saved_at": tx.now, "saved_by": caller.system}).items():
            setattr(revision, name, value)
        tx.add(revision)
        tx.flush()
        if begins:
            _record(tx, caller, plan, domain.BEGUN, reason=reason)
        return shown(tx, plan, revision)

    @command(schemas.SubmitAnnualPlan, reply=schemas.AnnualPlan, roles=PLANNERS)
    def submit_annual_plan(
        self, tx: Transaction, caller: Caller, agency_code: str, jalali_year: int, edit: int | None, reason: str | None
    ) -> dict[str, Any]:
        """Put the plan before the steering committee (کمیته راهبری آموزش); with `edit` only as it was read.

        Invalid names what keeps the committee from deciding: no needs, no planned offerings, a headcount of zero, more
        people than the headcount, a course that was retired meanwhile. A plan above its budget may be submitted.
        Conflict `plan_submitted`, `plan_approved`, `plan_changed`.
        """
        plan = _locked(tx, caller, agency_code, jalali_year)
        domain.check_can_submit(plan.status)
        domain.check_edit(plan.edit, edit or plan.edit)
        revision = tx.get_one(PlanRevision, (agency_code, jalali_year, plan.revision))
        content = content_of(revision)
        domain.check_submittable(content, models.published_versions(tx, domain.course_codes(content)))
        plan.status = revision.status = domain.SUBMITTED
        _record(tx, caller, plan, domain.SUBMITTED, reason=reason)
        return shown(tx, plan, revision)

    @command(schemas.DecideAnnualPlan, reply=schemas.AnnualPlan, roles=PLANNERS)
    def decide_annual_plan(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        agency_code: str,
        jalali_year: int,
        revision: int,
        edit: int | None,
        approve: bool,
        minutes_number: str,
        minutes_on: date,
        reason: str | None,
    ) -> dict[str, Any]:
        """Record what the steering committee decided: the revision comes into force, or goes back with its reasons.

        The committee's minutes are named by number and day, not in the future. Forbidden `four_eyes` when the system
        that submitted the plan decides on it, unless it is national (policy default; the committee's powers are not
        known). Conflict `plan_not_submitted`, `plan_approved`, `plan_changed`.
        """
        plan = _locked(tx, caller, agency_code, jalali_year)
        row = tx.get(PlanRevision, (agency_code, jalali_year, revision))
        if row is None:
            raise domain.no_plan()
        domain.check_can_decide(row.status)
        domain.check_edit(plan.edit, edit or plan.edit)
        domain.check_decision(approve, reason, minutes_on, tehran_date(tx.now))
        domain.check_four_eyes(_submitted_by(tx, plan), caller.system, caller.is_national)
        plan.status = row.status = domain.APPROVED if approve else domain.RETURNED
        if approve:
            plan.approved_revision = revision
        _record(tx, caller, plan, row.status, reason=reason, minutes_number=minutes_number, minutes_on=minutes_on)
        if approve:
            tell(tx, [plan])
        return shown(tx, plan, row)

    @subscribe(EnrollmentCompletedV1, batch=200)
    def on_enrollment_completed(self, tx: Transaction, messages: list[Message[EnrollmentCompletedV1]]) -> None:
        """Count what people completed, for the follow-up of their agency's plan."""
        done: dict[tuple[str, int, str, str], Done] = defaultdict(Done)
        for message in messages:
            event = message.event
            key = (event.agency_code, jalali_year(event.completed_on), event.course_code, event.course_type)
            people, hours = done[key]
            done[key] = Done(people + 1, hours + event.hours)
        models.add_done(tx, done)


def _this_year(tx: Transaction) -> int:
    return jalali_year(tehran_date(tx.now))


def _checked_lines(tx: Transaction, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The planned offerings as they are kept, once the whole content is found right."""
    codes = domain.course_codes(content)
    published = models.published_versions(tx, codes)
    wanted = {need["competence"] for need in content["needs"] if need["competence"] is not None}
    competences = course_rows.competence_levels(tx, wanted)
    courses = models.known_courses(tx, codes)
    domain.check_content(content, courses=courses, published=published, competences=competences)
    return [_line(line, published[line["course_code"]]) for line in content["planned_offerings"]]


def _line(line: Mapping[str, Any], course: CourseVersion) -> dict[str, Any]:
    given = line["hours"] is not None
    return {
        **line,
        "hours": line["hours"] if given else course.hours,
        "hours_given": given,
        "course_version": course.version,
        "course_title": course.title,
        "competences": sorted({each["code"] for each in course.competences}),
    }


def _revision_to_edit(tx: Transaction, plan: AnnualPlan) -> PlanRevision | None:
    """The newest revision while it may be edited; None when saving begins the next one."""
    if plan.revision == 0 or domain.starts_a_revision(plan.status):
        return None
    return tx.get_one(PlanRevision, (plan.agency_code, plan.jalali_year, plan.revision))


def _next_revision(plan: AnnualPlan) -> PlanRevision:
    plan.revision, plan.status = plan.revision + 1, domain.DRAFT
    key = {"agency_code": plan.agency_code, "jalali_year": plan.jalali_year, "revision": plan.revision}
    return PlanRevision(**key, status=plan.status)


def _locked(tx: Transaction, caller: Caller, agency_code: str, jalali_year: int) -> AnnualPlan:
    plan = models.lock_plan(tx, agency_code, jalali_year) if caller.sees(agency_code) else None
    if plan is None:
        raise domain.no_plan()
    return plan


def _submitted_by(tx: Transaction, plan: AnnualPlan) -> str:
    steps: Sequence[PlanStep] = models.steps_of(tx, plan.agency_code, plan.jalali_year)
    return [step.system for step in steps if step.action == domain.SUBMITTED][-1]


def _record(tx: Transaction, caller: Caller, plan: AnnualPlan, action: str, **said: Any) -> None:
    """Add a step to the plan's newest revision, the only one that ever changes."""
    step = PlanStep(
        agency_code=plan.agency_code,
        jalali_year=plan.jalali_year,
        number=models.next_step(tx, plan.agency_code, plan.jalali_year),
        revision=plan.revision,
        edit=plan.edit,
        action=action,
        at=tx.now,
        system=caller.system,
        **said,
    )
    tx.add(step)
    tx.flush()
