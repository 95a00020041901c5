"""Shapes of the training record (شناسنامه آموزشی)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields

from services.enrollment.schemas.sources import PolicyUsed
from shared.csv_export import ExportCsv
from shared.schemas import AgencyCode, IsoDate, LocalizedTextField, Moment, Shape


class DayOrMoment(fields.Field[date | datetime]):
    """A day as `YYYY-MM-DD`, which is the whole day in Tehran, or a moment with its zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"description": "a day (the whole of it in Tehran) or a moment"}, **kwargs)
        self._day, self._moment = IsoDate(), Moment()

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date | datetime:
        try:
            return self._day.deserialize(value, attr, data)
        except ValidationError:
            if isinstance(value, str) and len(value) <= 10:
                raise
            return self._moment.deserialize(value, attr, data)


class GetTrainingRecord(Shape):
    """`as_of` left out: what is known now. A day to come is refused."""

    employee_id = fields.UUID(required=True)
    as_of = DayOrMoment(load_default=None, allow_none=True)


class ExportTrainingRecords(ExportCsv):
    """Of the staff of one agency; `as_of` left out: what is known now."""

    agency_code = AgencyCode(required=True)
    as_of = DayOrMoment(load_default=None, allow_none=True)


class RecordPerson(Shape):
    """Who it is about. `education_status` equivalent is a degree that only counts as one (معادل).

    To a former agency only names, the national code and what it employed the person as are shown.
    """

    employee_id = fields.UUID(required=True)
    national_code = fields.String(required=True, allow_none=True)
    personnel_number = fields.String(required=True, allow_none=True)
    full_name = fields.String(required=True, allow_none=True)
    father_name = fields.String(required=True, allow_none=True)
    birth_date = fields.Date(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    is_veteran = fields.Boolean(required=True, allow_none=True)
    agency_code = fields.String(required=True)
    agency_name = LocalizedTextField(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    employment = fields.String(required=True, allow_none=True)
    hired_on = fields.Date(required=True, allow_none=True)
    left_on = fields.Date(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    job_family = fields.String(required=True, allow_none=True)
    job_class = fields.Integer(required=True, allow_none=True)
    rank = fields.String(required=True, allow_none=True)
    is_manager = fields.Boolean(required=True, allow_none=True)
    education = fields.String(required=True, allow_none=True)
    education_field = fields.String(required=True, allow_none=True)
    education_status = fields.String(required=True, allow_none=True)


class RecordPeriod(Shape):
    """Where and as what somebody was employed, as it was known then; `until_day` null: it went on."""

    agency_code = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    rank = fields.String(required=True, allow_none=True)
    is_manager = fields.Boolean(required=True)
    employment = fields.String(required=True)
    from_day = fields.Date(required=True)
    until_day = fields.Date(required=True, allow_none=True)


class RecordLine(Shape):
    """What somebody completed. `number` counts the lines (ردیف); `agency_code` is the employer at the time.

    `source`: own (a course of this system), recognised (taught by others), past (from books of before). `counts` is
    false where the same course counts in another line. `uses` are what its hours serve, such as minimum, pay,
    rank:basic, type2:skill; `serving` how many of them serve the minimum and pay, as a limit may cut a line. `result`
    is passed: what was not, is no line.
    """

    number = fields.Integer(required=True)
    line_id = fields.UUID(required=True)
    source = fields.String(required=True)
    agency_code = fields.String(required=True)
    agency_name = LocalizedTextField(required=True, allow_none=True)
    course_code = fields.String(required=True, allow_none=True)
    course_title = LocalizedTextField(required=True)
    course_type = fields.String(required=True)
    original_type = fields.String(required=True, allow_none=True)
    delivery_mode = fields.String(required=True, allow_none=True)
    provider_name = LocalizedTextField(required=True, allow_none=True)
    permit_number = fields.String(required=True, allow_none=True)
    permit_on = IsoDate(required=True, allow_none=True)
    certificate_serial = fields.String(required=True, allow_none=True)
    certificate_on = fields.Date(required=True, allow_none=True)
    hours = fields.Float(required=True)
    counts = fields.Boolean(required=True)
    score = fields.Float(required=True, allow_none=True)
    result = fields.String(required=True)
    starts_on = fields.Date(required=True, allow_none=True)
    completed_on = fields.Date(required=True)
    jalali_year = fields.Integer(required=True)
    uses = fields.List(fields.String(), required=True)
    serving = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    evidence = fields.String(required=True, allow_none=True)


class RecordTotals(Shape):
    """Hours that count: in all, by type of course, and by side (policy `induction_side`; null to a former agency)."""

    lines = fields.Integer(required=True)
    hours = fields.Float(required=True)
    by_type = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    job_hours = fields.Float(required=True, allow_none=True)
    general_hours = fields.Float(required=True, allow_none=True)


class RecordYearTotals(RecordTotals):
    """A Jalali year, what it asks of the person and what is missing, hours and points that pay counts.

    Null to a former agency, which sees a part of the year.
    """

    jalali_year = fields.Integer(required=True)
    required_hours = fields.Float(required=True, allow_none=True)
    missing_hours = fields.Float(required=True, allow_none=True)
    pay_hours = fields.Float(required=True, allow_none=True)
    pay_points = fields.Float(required=True, allow_none=True)


class RecordCorrection(Shape):
    """A line that was taken back. `entered_anew` is true where the line was written again, with what held then."""

    line_id = fields.UUID(required=True)
    course_code = fields.String(required=True, allow_none=True)
    course_title = LocalizedTextField(required=True)
    hours = fields.Float(required=True)
    score = fields.Float(required=True, allow_none=True)
    counted = fields.Boolean(required=True)
    completed_on = fields.Date(required=True)
    corrected_at = Moment(required=True)
    corrected_by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    entered_anew = fields.Boolean(required=True)


class TrainingRecord(Shape):
    """All training of a person as it was known at `as_of`. `complete` is false for a former agency, which sees what
    was of its own time. `lines` are the oldest first, by the day of completion. `years` are those with hours, and those
    that asked for some; `policies` are what their figures rest on."""

    employee_id = fields.UUID(required=True)
    as_of = Moment(required=True)
    complete = fields.Boolean(required=True)
    person = fields.Nested(RecordPerson, required=True)
    employment = fields.List(fields.Nested(RecordPeriod), required=True)
    lines = fields.List(fields.Nested(RecordLine), required=True)
    years = fields.List(fields.Nested(RecordYearTotals), required=True)
    career = fields.Nested(RecordTotals, required=True)
    corrections = fields.List(fields.Nested(RecordCorrection), required=True)
    policies = fields.List(fields.Nested(PolicyUsed), required=True)
