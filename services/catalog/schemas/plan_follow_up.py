"""Shapes of the follow-up: an annual plan against what was done."""

from marshmallow import fields

from services.catalog.schemas.plans import MinimumHours, PlanKey
from shared.schemas import IsoDate, LocalizedTextField, Shape


class FollowAnnualPlan(PlanKey):
    pass


class UnplannedCourse(Shape):
    """What became of a course's offerings that begin in the year, and what the agency's people completed of it.

    `opened` counts all of them, `held` those that are over, `cancelled` those that are not held. `done_people` counts
    completions and `done_hours` their hours, wherever the course was held.
    """

    course_code = fields.String()
    course_title = LocalizedTextField(allow_none=True)
    opened = fields.Integer()
    held = fields.Integer()
    cancelled = fields.Integer()
    seats_offered = fields.Integer()
    done_people = fields.Integer()
    done_hours = fields.Float()


class PlannedCourse(UnplannedCourse):
    """`planned_due`: offerings whose month or quarter is over."""

    planned_offerings = fields.Integer()
    planned_due = fields.Integer()
    planned_seats = fields.Integer()
    planned_hours = fields.Float()


class FollowUpTotals(Shape):
    """Sums over planned and unplanned courses; `unplanned_…` is the part of the latter. Shares are of the plan."""

    planned_offerings = fields.Integer()
    planned_due = fields.Integer()
    planned_seats = fields.Integer()
    planned_hours = fields.Float()
    opened = fields.Integer()
    held = fields.Integer()
    cancelled = fields.Integer()
    seats_offered = fields.Integer()
    done_people = fields.Integer()
    done_hours = fields.Float()
    unplanned_opened = fields.Integer()
    unplanned_held = fields.Integer()
    unplanned_cancelled = fields.Integer()
    unplanned_seats_offered = fields.Integer()
    unplanned_done_people = fields.Integer()
    unplanned_done_hours = fields.Float()
    held_share = fields.Float(allow_none=True)
    seats_share = fields.Float(allow_none=True)
    hours_share = fields.Float(allow_none=True)


class AgainstMinimum(Shape):
    """Done against the yearly minimum for the days gone by, as averages over all heads of the agency."""

    required_hours_so_far = fields.Float(allow_none=True)
    minimum_per_head_so_far = fields.Float(allow_none=True)
    done_per_head = fields.Float(allow_none=True)
    done_share = fields.Float(allow_none=True)
    shortfall_hours_so_far = fields.Float(allow_none=True)


class FollowUp(Shape):
    """The approved revision against what was done until the day `on`, of whose year `days_gone` days are over."""

    agency_code = fields.String()
    jalali_year = fields.Integer()
    revision = fields.Integer()
    on = IsoDate()
    days_gone = fields.Integer()
    days_of_year = fields.Integer()
    minimum_hours = fields.Nested(MinimumHours, allow_none=True)
    courses = fields.List(fields.Nested(PlannedCourse))
    unplanned = fields.List(fields.Nested(UnplannedCourse))
    totals = fields.Nested(FollowUpTotals)
    against_minimum = fields.Nested(AgainstMinimum)
