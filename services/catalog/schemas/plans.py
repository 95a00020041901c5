"""Shapes of annual plans."""

from marshmallow import fields, validate

from services.catalog.domain.plans import AUDIENCES, BOTH, FIRST_YEAR, NEED_SOURCES, STATUSES
from services.catalog.schemas.courses import one_of
from shared.schemas import (
    AgencyCode,
    Code,
    Integer,
    IsoDate,
    LocalizedTextField,
    Moment,
    Number,
    Page,
    PersianText,
    Shape,
)

MAX_RIALS = 10**15
MAX_LINES = 500
MAX_PEOPLE = 1_000_000


class Headcount(Shape):
    """How many managers and staff the agency plans for."""

    managers = Integer(min=0, max=MAX_PEOPLE, required=True)
    staff = Integer(min=0, max=MAX_PEOPLE, required=True)


class Need(Shape):
    """What `people` of a job family must learn, for `hours` each, and where the need comes from."""

    number = Integer(min=1, max=100_000, required=True)
    job_family = PersianText(max=100, required=True)
    competence = Code(load_default=None, allow_none=True)
    course_code = Code(load_default=None, allow_none=True)
    people = Integer(min=1, max=MAX_PEOPLE, required=True)
    hours = Number(min=0, max=1000, required=True)
    source = one_of(*NEED_SOURCES, required=True)
    note = PersianText(max=500, load_default=None, allow_none=True)


class PlannedOfferingBody(Shape):
    """A course to be held `offerings` times with `seats` each, in a quarter or a month of the Jalali year.

    `hours` are those of the course's published version unless given; `cost` is of all these offerings, in rials.
    """

    course_code = Code(required=True)
    quarter = Integer(min=1, max=4, load_default=None, allow_none=True)
    month = Integer(min=1, max=12, load_default=None, allow_none=True)
    offerings = Integer(min=1, max=1000, required=True)
    seats = Integer(min=1, max=100_000, required=True)
    audience = one_of(*AUDIENCES, load_default=BOTH)
    hours = Number(min=0, max=1000, load_default=None, allow_none=True)
    cost = Integer(min=0, max=MAX_RIALS, required=True)


class PlannedOffering(PlannedOfferingBody):
    """As it was saved: `course_version`, its title and the competences it teaches, and whether `hours` were given."""

    course_version = fields.Integer()
    course_title = LocalizedTextField()
    competences = fields.List(fields.String())
    hours_given = fields.Boolean()


class PlanKey(Shape):
    agency_code = AgencyCode(required=True)
    jalali_year = Integer(required=True)


class SaveAnnualPlan(PlanKey):
    """The whole content. `edit` is that of the plan as it was read, 0 for the first save."""

    edit = Integer(min=0, load_default=0)
    headcount = fields.Nested(Headcount, required=True)
    needs = fields.List(fields.Nested(Need), load_default=list, validate=validate.Length(max=MAX_LINES))
    planned_offerings = fields.List(
        fields.Nested(PlannedOfferingBody), load_default=list, validate=validate.Length(max=MAX_LINES)
    )
    budget = Integer(min=0, max=MAX_RIALS, required=True)
    reason = PersianText(max=1000, load_default=None, allow_none=True)


class SubmitAnnualPlan(PlanKey):
    edit = Integer(min=1, load_default=None, allow_none=True)
    reason = PersianText(max=1000, load_default=None, allow_none=True)


class DecideAnnualPlan(PlanKey):
    """The number and day of the committee's minutes; `reason` is required to return a plan."""

    revision = Integer(min=1, required=True)
    edit = Integer(min=1, load_default=None, allow_none=True)
    approve = fields.Boolean(required=True)
    minutes_number = PersianText(max=50, required=True)
    minutes_on = IsoDate(required=True)
    reason = PersianText(max=1000, load_default=None, allow_none=True)


class GetAnnualPlan(PlanKey):
    revision = Integer(min=1, load_default=None, allow_none=True)


class ListAnnualPlans(Page):
    jalali_year = Integer(min=FIRST_YEAR, load_default=None, allow_none=True)
    status = one_of(*STATUSES, load_default=None, allow_none=True)


class MinimumHours(Shape):
    """The yearly minimum per head that was in force on the first day of the plan's year, and where it is from."""

    managers = fields.Float()
    staff = fields.Float()
    effective_from = IsoDate()
    source = fields.String()
    confidence = fields.String()
    basis = fields.String()


class HoursPerHead(Shape):
    """Null for a group that has nobody."""

    managers = fields.Float(allow_none=True)
    staff = fields.Float(allow_none=True)


class UncoveredNeed(Shape):
    """A need of `people` for whom only `seats` are planned; 0 when no planned offering answers it."""

    number = fields.Integer()
    people = fields.Integer()
    seats = fields.Integer()


class PlanTotals(Shape):
    """What a plan comes to. Hours are person-hours, money is rials; `coverage` is planned of required hours.

    Null where there was no yearly minimum, or nothing is required.
    """

    minimum_hours = fields.Nested(MinimumHours, allow_none=True)
    required_hours = fields.Float(allow_none=True)
    needed_hours = fields.Float()
    planned_hours = fields.Float()
    planned_seats = fields.Integer()
    coverage = fields.Float(allow_none=True)
    shortfall_hours = fields.Float(allow_none=True)
    hours_per_head = fields.Nested(HoursPerHead)
    planned_cost = fields.Integer()
    budget_left = fields.Integer()


class PlanFigures(PlanTotals):
    needs_not_covered = fields.List(fields.Nested(UncoveredNeed))


class PlanCalendar(Shape):
    """When needs are gathered and until when the committee approves; `basis` says whether that is the regulation."""

    needs_from_on = IsoDate()
    needs_until_on = IsoDate()
    approve_until_on = IsoDate()
    basis = fields.String()


class PlanStep(Shape):
    """`action`: begun, submitted, returned or approved."""

    number = fields.Integer()
    revision = fields.Integer()
    edit = fields.Integer()
    action = fields.String()
    at = Moment()
    system = fields.String()
    reason = fields.String(allow_none=True)
    minutes_number = fields.String(allow_none=True)
    minutes_on = IsoDate(allow_none=True)


class PlanSummary(Shape):
    """A revision of a plan. `status` is the revision's; `approved_revision` is the one in force, if there is one."""

    agency_code = fields.String()
    jalali_year = fields.Integer()
    edit = fields.Integer()
    revision = fields.Integer()
    newest_revision = fields.Integer()
    approved_revision = fields.Integer(allow_none=True)
    status = fields.String()
    headcount = fields.Nested(Headcount)
    budget = fields.Integer()
    saved_at = Moment()
    saved_by = fields.String()
    figures = fields.Nested(PlanTotals)


class AnnualPlan(PlanSummary):
    """A revision of a plan with all it says and what it comes to; `steps` are those of every revision."""

    needs = fields.List(fields.Nested(Need))
    planned_offerings = fields.List(fields.Nested(PlannedOffering))
    figures = fields.Nested(PlanFigures)
    calendar = fields.Nested(PlanCalendar, allow_none=True)
    steps = fields.List(fields.Nested(PlanStep))
