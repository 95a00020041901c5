"""Shapes of type-2 certificates: who may have one, applications, and what becomes of them."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.enrollment.domain.type2 import LEVELS, REMOVED
from services.enrollment.domain.type2_moves import SIDES, STATES
from services.enrollment.schemas.enrollments import ListCompletions
from services.enrollment.schemas.sources import PolicyUsed
from shared.schemas import AgencyCode, IsoDate, LocalizedTextField, Moment, Number, Page, PersianText, Shape

_ID = fields.UUID(required=True)


def _level(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(LEVELS), **kwargs)


def _officer() -> fields.UUID:
    return fields.UUID(load_default=None, allow_none=True)


def _reason(**kwargs: Any) -> PersianText:
    return PersianText(max=1000, **kwargs)


class CheckEligibility(Shape):
    """Without `level`: every level, without lines. `on`: as if somebody applied on that day; today unless given."""

    employee_id = _ID
    level = fields.String(load_default=None, allow_none=True, validate=validate.OneOf((*LEVELS, REMOVED)))
    on = IsoDate(load_default=None, allow_none=True)


class Held(Shape):
    """A type-2 certificate that somebody has: awarded here (`application_id`), or from before this system (its number,
    where it is known)."""

    level = fields.String(allow_none=True)
    issued_on = IsoDate()
    certificate_number = fields.String(allow_none=True)
    application_id = fields.UUID(allow_none=True)


class Criterion(Shape):
    """`required` and `actual` are in `unit`, or words or yes and no. `missing`: by how much. `advice`: what can be
    done. `met_on`: of years of service, the day on which they are complete if the person stays. `held`: of awards, the
    certificates that the person has.

    `code`: level_enabled, employed, base_degree, degree_status, awards (`required` at most, with this one),
    service_years, counted_hours, job_side_hours, exam_score, research_hours, ict_hours.
    """

    code = fields.String()
    met = fields.Boolean()
    required = fields.Raw()
    actual = fields.Raw(allow_none=True)
    missing = fields.Float(allow_none=True)
    unit = fields.String(allow_none=True)
    advice = LocalizedTextField(allow_none=True)
    met_on = IsoDate(allow_none=True)
    held = fields.List(fields.Nested(Held), allow_none=True)


class CountedLine(Shape):
    """`counted_hours` of `hours` count. `why_not` all: duplicate, used, yearly_cap, later (than `on`). `taken_hours`:
    what an award would take, or took."""

    line_id = fields.UUID()
    course_code = fields.String(allow_none=True)
    course_title = LocalizedTextField()
    course_type = fields.String()
    side = fields.String(validate=validate.OneOf(("job", "general")))
    completed_on = IsoDate()
    jalali_year = fields.Integer()
    hours = fields.Float()
    counted_hours = fields.Float()
    taken_hours = fields.Float()
    why_not = fields.String(allow_none=True)
    uses = fields.List(fields.String())


class CountedYear(Shape):
    """`hours` could count, `counted_hours` of them do under the `cap` of the year (null for none)."""

    jalali_year = fields.Integer()
    hours = fields.Float()
    cap = fields.Float(allow_none=True)
    counted_hours = fields.Float()
    job_side_hours = fields.Float()


class Level(Shape):
    """`eligible`: every criterion is met. `may_apply`: every one but the exam and the research project."""

    level = fields.String()
    title = LocalizedTextField()
    benefit = LocalizedTextField()
    eligible = fields.Boolean()
    may_apply = fields.Boolean()
    criteria = fields.List(fields.Nested(Criterion))
    years = fields.List(fields.Nested(CountedYear))
    lines = fields.List(fields.Nested(CountedLine))


class Checked(Shape):
    """`policies`: the numbers that it rests on; `notes`: what is no regulation and has to be said so."""

    employee_id = fields.UUID()
    on = IsoDate()
    levels = fields.List(fields.Nested(Level))
    policies = fields.List(fields.Nested(PolicyUsed))
    notes = fields.List(LocalizedTextField())


class Apply(Shape):
    employee_id = _ID
    level = _level(required=True)
    officer_id = _officer()


class Review(Shape):
    """A committee's decision. Accepting and refusing rest on minutes; refusing and returning say why."""

    application_id = _ID
    decision = fields.String(required=True, validate=validate.OneOf(("accepted", "refused", "returned")))
    reason = _reason(load_default=None, allow_none=True)
    minutes_number = PersianText(max=100, load_default=None, allow_none=True)
    minutes_on = IsoDate(load_default=None, allow_none=True)
    officer_id = _officer()

    @validates_schema
    def _complete(self, data: dict[str, Any], **_kwargs: Any) -> None:
        problems = {}
        if data["decision"] != "returned":
            problems = {name: "is required" for name in ("minutes_number", "minutes_on") if data[name] is None}
        if data["decision"] != "accepted" and data["reason"] is None:
            problems["reason"] = "is required"
        if problems:
            raise ValidationError({name: [text] for name, text in problems.items()})


class RecordExam(Shape):
    """`score` of 100. `reason`: why the score of a day that is recorded already is another one."""

    application_id = _ID
    sat_on = IsoDate(required=True)
    score = Number(min=0, max=100, required=True)
    reason = _reason(load_default=None, allow_none=True)
    officer_id = _officer()


class RecordResearch(Shape):
    application_id = _ID
    title = PersianText(max=300, required=True)
    hours = Number(min=0, max=10_000, required=True)
    approved_on = IsoDate(required=True)
    officer_id = _officer()


class DecisionShape(Shape):
    """`title`: as what they sign; policy `type2_signatories` unless given."""

    number = PersianText(max=100, required=True)
    decided_on = IsoDate(required=True)
    name = PersianText(required=True)
    title = LocalizedTextField(load_default=None, allow_none=True)


class Sign(Shape):
    """`side`: for whom; the committee of the agency, or the Organisation."""

    application_id = _ID
    side = fields.String(required=True, validate=validate.OneOf(SIDES))
    decision = fields.Nested(DecisionShape, required=True)
    officer_id = _officer()


class WithdrawApplication(Shape):
    application_id = _ID
    reason = _reason(load_default=None, allow_none=True)
    officer_id = _officer()


class GetApplication(Shape):
    application_id = _ID


class ListApplications(Page):
    """Without `agency_code`: all that the caller may see."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATES))
    level = _level(load_default=None, allow_none=True)
    employee_id = fields.UUID(load_default=None, allow_none=True)


class ListAwards(ListCompletions):
    """Left out: from the first one on."""


class Award(Shape):
    award_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    awarded_at = Moment(required=True)


class Signed(Shape):
    number = fields.String()
    decided_on = IsoDate()
    name = fields.String()
    title = LocalizedTextField()


class Application(Shape):
    """`applied_on`: the day whose regulation decides. `counted_hours` and what follows: of an award."""

    application_id = fields.UUID()
    employee_id = fields.UUID()
    full_name = fields.String(allow_none=True)
    agency_code = fields.String()
    level = fields.String()
    level_title = LocalizedTextField()
    state = fields.String(validate=validate.OneOf(STATES))
    applied_on = IsoDate()
    changed_at = Moment()
    minutes_number = fields.String(allow_none=True)
    minutes_on = IsoDate(allow_none=True)
    exam_score = fields.Float(allow_none=True)
    exam_on = IsoDate(allow_none=True)
    research_title = fields.String(allow_none=True)
    research_hours = fields.Float(allow_none=True)
    research_on = IsoDate(allow_none=True)
    committee = fields.Nested(Signed, allow_none=True)
    organisation = fields.Nested(Signed, allow_none=True)
    award_id = fields.UUID(allow_none=True)
    awarded_on = IsoDate(allow_none=True)
    counted_hours = fields.Float(allow_none=True)
    job_side_hours = fields.Float(allow_none=True)


class Sitting(Shape):
    sat_on = IsoDate()
    score = fields.Float()
    pass_mark = fields.Float()
    passed = fields.Boolean()


class Move(Shape):
    """`before` and `after` are states; a first signature or a research project leaves the state as it is."""

    at = Moment()
    action = fields.String()
    before = fields.String(allow_none=True)
    after = fields.String()
    system = fields.String()
    officer_id = fields.UUID(allow_none=True)
    reason = fields.String(allow_none=True)
    details = fields.Raw(allow_none=True)


class Difference(Shape):
    """A line whose hours an award took, and which has fewer now: `cause` taken_back or changed."""

    line_id = fields.UUID()
    cause = fields.String()
    taken_hours = fields.Float()
    hours_now = fields.Float()


class WholeApplication(Application):
    """`missing`: criteria that are not met as things stand, while the application runs. `differences`: what an award
    took and is not so any more; the award stands until its certificate is revoked."""

    sittings = fields.List(fields.Nested(Sitting))
    moves = fields.List(fields.Nested(Move))
    missing = fields.List(fields.Nested(Criterion))
    differences = fields.List(fields.Nested(Difference))
    policies = fields.List(fields.Nested(PolicyUsed))


class RecordEarlyStep(Shape):
    """`decision_number`: of the decision that gave the step."""

    employee_id = _ID
    line_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=500))
    decision_number = PersianText(max=50, required=True)
    used_on = IsoDate(required=True)


class WithdrawEarlyStep(Shape):
    employee_id = _ID
    decision_number = PersianText(max=50, required=True)
    reason = _reason(required=True)


class UsedLine(Shape):
    line_id = fields.UUID()
    hours = fields.Float()
    used_on = IsoDate()


class EarlyStep(Shape):
    """`lines`: those whose hours the step has; none once it was withdrawn."""

    employee_id = fields.UUID()
    decision_number = fields.String()
    lines = fields.List(fields.Nested(UsedLine))
