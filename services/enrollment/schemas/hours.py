"""Shapes of hours in a Jalali year: counters of people, figures of agencies, closings and recomputations."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from services.enrollment.schemas.record import DayOrMoment
from services.enrollment.schemas.sources import PolicyUsed
from shared.schemas import AgencyCode, Integer, IsoDate, Moment, Page, PersianText, Shape

FIRST_YEAR, LAST_YEAR = 1300, 1500


def JalaliYear(**kwargs: Any) -> Integer:  # noqa: N802 -- a field
    """A Jalali year from 1300 to 1500."""
    return Integer(min=FIRST_YEAR, max=LAST_YEAR, **kwargs)


def _policies() -> fields.Field:
    return fields.List(fields.Nested(PolicyUsed))


class GetTrainingHours(Shape):
    """Left out: the present Jalali year, and what is known now."""

    employee_id = fields.UUID(required=True)
    jalali_year = JalaliYear(load_default=None, allow_none=True)
    as_of = DayOrMoment(load_default=None, allow_none=True)


class LineHours(Shape):
    """Hours of a line that serve; `hours_of_line` are all that it is worth."""

    line_id = fields.UUID()
    hours = fields.Float()
    hours_of_line = fields.Float()


class AskedOf(Shape):
    """What the year asks in an agency, for `days` there; employment that goes on is taken to last until its end."""

    agency_code = fields.String()
    staff_group = fields.String()
    days = fields.Integer()
    hours = fields.Float()
    required_hours = fields.Float()


class MinimumCounter(Shape):
    """`binds`: the person, the agency's average, or both; `lines` fill the minimum, the oldest first."""

    required_hours = fields.Float()
    hours = fields.Float()
    missing_hours = fields.Float()
    binds = fields.String()
    agencies = fields.List(fields.Nested(AskedOf))
    lines = fields.List(fields.Nested(LineHours))


class PayCounter(Shape):
    """`hours` of the year and `career_hours` until its end are what pay counts; `cut_hours` of the year are above one
    of the limits. `…_left` may still come, in the year and in the career. `points` are those of the year."""

    points_per_hour = fields.Float()
    hours = fields.Float()
    points = fields.Float()
    year_limit = fields.Float()
    year_left = fields.Float()
    cut_hours = fields.Float()
    career_hours = fields.Float()
    career_points = fields.Float()
    career_limit = fields.Float()
    career_left = fields.Float()
    lines = fields.List(fields.Nested(LineHours))


class Type2Level(Shape):
    """`countable_hours` are the free ones up to the limit of the year, null where the level has none."""

    level = fields.String()
    year_limit = fields.Float(allow_none=True)
    countable_hours = fields.Float()


class Type2Counter(Shape):
    """Hours of the year as type-2 certificates see them: by side, how many are free or serve a certificate or early
    step already, and what each level counts of a year. `check_type2_eligibility` judges the whole career."""

    hours = fields.Float()
    job_hours = fields.Float()
    general_hours = fields.Float()
    used_hours = fields.Float()
    free_hours = fields.Float()
    levels = fields.List(fields.Nested(Type2Level))


class TrainingHours(Shape):
    """Three counters of one year, each of its own: an hour may serve all of them."""

    employee_id = fields.UUID()
    jalali_year = fields.Integer()
    as_of = Moment()
    hours = fields.Float()
    minimum = fields.Nested(MinimumCounter)
    pay = fields.Nested(PayCounter)
    type2 = fields.Nested(Type2Counter)
    policies = _policies()


class AgencyYear(Shape):
    """Left out: the present Jalali year."""

    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(load_default=None, allow_none=True)


class ListShortfalls(Page):
    """Left out: the present Jalali year."""

    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(load_default=None, allow_none=True)


class PersonShortfall(Shape):
    """How many people have fewer hours than their whole year asks of them, in whichever agency they earned them, and
    what they miss together; `agency_compliance` counts the part of the year in each agency by itself."""

    people = fields.Integer()
    missing_hours = fields.Float()


class AgencyAverage(Shape):
    """Hours a head, done and asked in the agency; `missing_hours` a head. Null without anybody."""

    hours = fields.Float(allow_none=True)
    required_hours = fields.Float(allow_none=True)
    missing_hours = fields.Float(allow_none=True)


class AgencyGroup(Shape):
    """`people` were employed there in the year; `hours` and `required_hours` are those of the agency."""

    people = fields.Integer()
    hours = fields.Float()
    required_hours = fields.Float()
    person_shortfall = fields.Nested(PersonShortfall)
    agency_average = fields.Nested(AgencyAverage)


class StaffGroup(AgencyGroup):
    """`staff_group`: manager, staff, or contract (fixed term, counted apart)."""

    staff_group = fields.String()


class AgencyHours(AgencyGroup):
    """Managers and staff together; contract staff are in `groups` alone."""

    agency_code = fields.String()
    jalali_year = fields.Integer()
    binds = fields.String()
    groups = fields.List(fields.Nested(StaffGroup))
    policies = _policies()


class Shortfall(Shape):
    """Somebody with fewer hours than their whole year asks, in all agencies."""

    employee_id = fields.UUID()
    full_name = fields.String(allow_none=True)
    personnel_number = fields.String(allow_none=True)
    staff_group = fields.String()
    hours = fields.Float()
    required_hours = fields.Float()
    missing_hours = fields.Float()
    left_on = IsoDate(allow_none=True)


class GetYearClosing(Page):
    """Left out: the last revision. Pulled in bulk: up to 200 people a page."""

    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(required=True)
    revision = Integer(min=1, load_default=None, allow_none=True)


class YearHours(Shape):
    """A year of somebody in one agency: hours done and asked there, hours of them that pay counts, and points."""

    hours = fields.Float()
    required_hours = fields.Float()
    counted_hours = fields.Float()
    points = fields.Float()


class ClosedHours(YearHours):
    """`differences`: what the figures would be today, where that is something else; null where it is the same."""

    employee_id = fields.UUID()
    personnel_number = fields.String(allow_none=True)
    staff_group = fields.String(allow_none=True)
    days = fields.Integer()
    differences = fields.Nested(YearHours, allow_none=True)


class YearClosing(Shape):
    """`last_revision` is that of the year; revisions after the first are recomputations, with their `reason`."""

    agency_code = fields.String()
    jalali_year = fields.Integer()
    revision = fields.Integer()
    last_revision = fields.Integer()
    closed_at = Moment()
    reason = fields.String(allow_none=True)
    people = fields.Integer()
    policies = _policies()
    items = fields.List(fields.Nested(ClosedHours))
    next = fields.String(allow_none=True)


class RecomputeYear(Page):
    """`dry_run` false needs the `preview_id` that a dry run gave, and a `reason`; `anew` is for dry runs."""

    agency_code = AgencyCode(required=True)
    jalali_year = JalaliYear(required=True)
    dry_run = fields.Boolean(load_default=True)
    anew = fields.Boolean(load_default=False)
    preview_id = fields.UUID(load_default=None, allow_none=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)

    @validates_schema
    def _both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        missing = [name for name in ("preview_id", "reason") if not data["dry_run"] and data[name] is None]
        if missing:
            raise ValidationError({name: ["is required unless dry_run"] for name in missing})


class ClosingDifference(Shape):
    """`before` is null for somebody who was not in the closing, `after` for somebody who is not in the preview."""

    employee_id = fields.UUID()
    personnel_number = fields.String(allow_none=True)
    before = fields.Nested(YearHours, allow_none=True)
    after = fields.Nested(YearHours, allow_none=True)


class RecomputedYear(Shape):
    """`state`: counting (`people` so far, the rest null or empty), ready (also of a real run, where nobody differs), or
    written as `revision`. Before that `revision` is the one that it is compared with.

    `known_at`: hours recorded later are not in it. `changed` people of `people` have other figures; `before` and
    `after` are the sums of everybody; `items` are a page of the differences, by id.
    """

    agency_code = fields.String()
    jalali_year = fields.Integer()
    dry_run = fields.Boolean()
    state = fields.String()
    preview_id = fields.UUID()
    known_at = Moment()
    revision = fields.Integer()
    people = fields.Integer()
    changed = fields.Integer(allow_none=True)
    before = fields.Nested(YearHours, allow_none=True)
    after = fields.Nested(YearHours, allow_none=True)
    policies_before = _policies()
    policies = _policies()
    items = fields.List(fields.Nested(ClosingDifference))
    next = fields.String(allow_none=True)


class RecomputeHours(Page):
    """Without `agency_code` everybody's, for national callers. `dry_run` false needs a `reason`."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    jalali_year = JalaliYear(required=True)
    dry_run = fields.Boolean(load_default=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)

    @validates_schema
    def _why(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not data["dry_run"] and data["reason"] is None:
            raise ValidationError({"reason": ["is required unless dry_run"]})


class RequiredDifference(Shape):
    employee_id = fields.UUID()
    agency_code = fields.String()
    before = fields.Float()
    after = fields.Float()


class RecomputedHours(Shape):
    """`looked_at` people on this page, of whom `items` are asked for something else; `recomputation_id` of a real run,
    which the clock carries out."""

    jalali_year = fields.Integer()
    dry_run = fields.Boolean()
    recomputation_id = fields.UUID(allow_none=True)
    looked_at = fields.Integer()
    items = fields.List(fields.Nested(RequiredDifference))
    next = fields.String(allow_none=True)
    policies = _policies()
