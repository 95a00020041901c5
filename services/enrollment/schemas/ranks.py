"""Shapes of promotion in rank."""

from marshmallow import fields, validate

from services.enrollment.domain.hours_ranks import RANKS
from services.enrollment.schemas.sources import PolicyUsed
from shared.schemas import IsoDate, Moment, Number, PersianText, Shape

# Posts from expert (کارشناسی) on, posts up to associate (کاردانی), and teachers.
SCHEMES = ("expert_posts", "associate_posts", "teachers")


class CheckRank(Shape):
    """`scheme` names the posts whose rules hold (left out: from expert on), `effective_on` the day (left out: today).

    `average_appraisal` (0 to 100) and `documented_experience` are known to the agency alone; left out they are unknown.
    """

    employee_id = fields.UUID(required=True)
    rank = fields.String(required=True, validate=validate.OneOf(RANKS[1:]))
    scheme = fields.String(load_default="expert_posts", validate=validate.OneOf(SCHEMES))
    effective_on = IsoDate(load_default=None, allow_none=True)
    average_appraisal = Number(min=0, max=100, load_default=None, allow_none=True)
    documented_experience = fields.Boolean(load_default=None, allow_none=True)


class RankCriterion(Shape):
    """`met` null: it is not known; `missing` is by how much a number is not reached."""

    name = fields.String()
    met = fields.Boolean(allow_none=True)
    required = fields.Raw(allow_none=True)
    actual = fields.Raw(allow_none=True)
    missing = fields.Raw(allow_none=True)


class RankLine(Shape):
    """A line of the record whose hours the rank would use up."""

    line_id = fields.UUID()
    course_code = fields.String(allow_none=True)
    course_type = fields.String()
    hours = fields.Float()
    completed_on = IsoDate()


class RankCheck(Shape):
    """`hours_since` is the day of the last rank: only hours after it count; null where no rank was known before."""

    employee_id = fields.UUID()
    rank = fields.String()
    present_rank = fields.String()
    scheme = fields.String()
    effective_on = IsoDate()
    eligible = fields.Boolean()
    criteria = fields.List(fields.Nested(RankCriterion))
    hours_since = IsoDate(allow_none=True)
    lines = fields.List(fields.Nested(RankLine))
    policies = fields.List(fields.Nested(PolicyUsed))


class RecordRank(CheckRank):
    """`override_reason`: why a rank is recorded although something is not met or not known."""

    effective_on = IsoDate(required=True)
    decision_number = PersianText(max=100, required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)
    override_reason = PersianText(max=500, load_default=None, allow_none=True)


class RankDecision(Shape):
    """`before` is the rank until then; `hours` are used up by it; `criteria` and `policies` of that day."""

    decision_id = fields.UUID()
    employee_id = fields.UUID()
    agency_code = fields.String()
    rank = fields.String()
    before = fields.String(allow_none=True)
    scheme = fields.String()
    effective_on = IsoDate()
    decision_number = fields.String()
    reason = fields.String(allow_none=True)
    override_reason = fields.String(allow_none=True)
    hours = fields.Float()
    criteria = fields.List(fields.Nested(RankCriterion))
    policies = fields.List(fields.Nested(PolicyUsed))
    recorded_at = Moment()
    recorded_by = fields.String()
    withdrawn_at = Moment(allow_none=True)
    withdrawal_reason = fields.String(allow_none=True)


class WithdrawRank(Shape):
    decision_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class ListRanks(Shape):
    employee_id = fields.UUID(required=True)


class RankDecisions(Shape):
    items = fields.List(fields.Nested(RankDecision))
