"""Shapes of the figures of agencies by Jalali year.

Hours are person-hours, to the hundredth, unless they are per head. Shares are from 0, null where they would be of
nothing, and above 1 where more was done than asked.
"""

from marshmallow import fields

from services.enrollment.schemas.forms import EffectivenessFigures
from services.enrollment.schemas.hours import JalaliYear
from services.enrollment.schemas.sources import PolicyUsed
from shared.csv_export import ExportCsv
from shared.schemas import AgencyCode, IsoDate, LocalizedTextField, Moment, Page, Shape


class AgencyCompliance(Shape):
    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(required=True)
    with_below = fields.Boolean(load_default=True)


class ListAgencyCompliance(Page):
    """`agency_code`: that agency and those below it, else all that the caller may see."""

    jalali_year = JalaliYear(required=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)


class ExportAgencyCompliance(ExportCsv):
    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(required=True)


class ExportCompliance(ExportCsv):
    """`agency_code`: that agency and those below it, else all that the caller may see."""

    jalali_year = JalaliYear(required=True)
    agency_code = AgencyCode(load_default=None, allow_none=True)


class PersonMinimum(Shape):
    """If the minimum binds each person: `people_short` of `people` miss `missing_hours` altogether, of what was asked
    for the part of the year there; `agency_hours` looks at the whole year of a person, in all agencies."""

    people = fields.Integer()
    people_short = fields.Integer()
    share_short = fields.Float(allow_none=True)
    missing_hours = fields.Float()


class AverageMinimum(Shape):
    """If it binds the average: hours of `people` against what the year asks of them, for the part of it that they were
    there; the share that was `reached`, and what is missing."""

    people = fields.Integer()
    hours = fields.Float()
    hours_per_head = fields.Float(allow_none=True)
    required_hours = fields.Float()
    required_per_head = fields.Float(allow_none=True)
    reached = fields.Float(allow_none=True)
    missing_hours = fields.Float()
    missing_per_head = fields.Float(allow_none=True)


class Figures(Shape):
    """Of `people` employed in the year, `trained` have completed something that counts (`coverage`); `completions` and
    their `hours` are of these people. The minimum (`person`, `average`) is that of managers and staff; of contract
    staff it is counted apart (ours: whether it holds for them was not found)."""

    people = fields.Integer()
    trained = fields.Integer()
    coverage = fields.Float(allow_none=True)
    completions = fields.Integer()
    hours = fields.Float()
    job_hours = fields.Float()
    general_hours = fields.Float()
    hours_per_head = fields.Float(allow_none=True)
    person = fields.Nested(PersonMinimum)
    average = fields.Nested(AverageMinimum)


class GroupFigures(Figures):
    """`staff_group`: manager, staff, or contract (staff for a fixed term), with the minimum of this group."""

    staff_group = fields.String()


class Beside(Shape):
    """People with hours there of whose employment there in that year nothing is known: they are in no other figure."""

    people = fields.Integer()
    completions = fields.Integer()
    hours = fields.Float()


class PlannedType(Shape):
    """`planned_people` are seats, `done_people` completions, with the hours of all of them."""

    course_type = fields.String()
    planned_people = fields.Integer()
    planned_hours = fields.Float()
    done_people = fields.Integer()
    done_hours = fields.Float()
    hours_share = fields.Float(allow_none=True)


class PlanAgainstDone(Shape):
    """Approved plans of `agencies` agencies together against all that their people completed, planned or not.

    Revision, minutes and day are those of the agency asked for, null where it has no plan of its own. `budget` is in
    rials. `planned_hours_so_far`: the part of the planned hours that the days gone by are of the year.
    """

    agencies = fields.Integer()
    revision = fields.Integer(allow_none=True)
    minutes_number = fields.String(allow_none=True)
    approved_on = IsoDate(allow_none=True)
    headcount = fields.Integer()
    offerings = fields.Integer()
    budget = fields.Integer()
    planned_people = fields.Integer()
    planned_hours = fields.Float()
    planned_hours_so_far = fields.Float()
    done_people = fields.Integer()
    done_hours = fields.Float()
    hours_share = fields.Float(allow_none=True)
    by_type = fields.List(fields.Nested(PlannedType))


class Advancement(Shape):
    """Type-2 certificates awarded in the year and ranks reached in it, by the agency that the person had then."""

    type2_awarded = fields.Integer()
    ranks_reached = fields.Integer()


class YearOfFigures(Shape):
    """The year, `ahead`, `running` or `over`, and the moment of the figures; `has_data`: anything is known of it.

    Figures are counted again a few seconds after something changed; until then `as_of` is the moment of that change.
    What people and agencies answered is counted within a minute or two.
    """

    jalali_year = fields.Integer()
    from_on = IsoDate()
    until_on = IsoDate()
    state = fields.String()
    days_gone = fields.Integer()
    days_of_year = fields.Integer()
    as_of = Moment()
    has_data = fields.Boolean()
    policies = fields.List(fields.Nested(PolicyUsed))


class AgencyComplianceReply(YearOfFigures):
    """`agencies` are counted in: the one asked for, with those below it today. `complete_agencies` of them were
    registered here by the year after: of years before that of an agency only people with hours are known, so coverage
    and what is missing say nothing of it. `required_hours_so_far`: the part of the
    required hours that the days gone by are of the year. `plan` is null where no plan was approved."""

    agency_code = fields.String()
    agency_name = LocalizedTextField()
    with_below = fields.Boolean()
    agencies = fields.Integer()
    complete_agencies = fields.Integer()
    total = fields.Nested(Figures)
    required_hours_so_far = fields.Float()
    groups = fields.List(fields.Nested(GroupFigures))
    beside = fields.Nested(Beside)
    plan = fields.Nested(PlanAgainstDone, allow_none=True)
    advancement = fields.Nested(Advancement)
    effectiveness = fields.Nested(EffectivenessFigures)


class AgencyInList(Figures):
    """An agency by itself, without those below it. `is_complete`: it was registered here by the year after.
    Planned hours and budget are null without an approved plan."""

    agency_code = fields.String()
    agency_name = LocalizedTextField()
    parent_code = fields.String(allow_none=True)
    kind = fields.String()
    is_complete = fields.Boolean()
    planned_hours = fields.Float(allow_none=True)
    budget = fields.Integer(allow_none=True)


class TotalFigures(Figures):
    """Of all agencies of the list, not of the page alone."""

    agencies = fields.Integer()
    complete_agencies = fields.Integer()
    agencies_with_plan = fields.Integer()
    planned_hours = fields.Float()


class AgencyCompliancePage(YearOfFigures):
    items = fields.List(fields.Nested(AgencyInList), required=True)
    next = fields.String(required=True, allow_none=True)
    total = fields.Nested(TotalFigures)
