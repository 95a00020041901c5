"""Shapes of attendance, assessments, closing and corrections."""

from marshmallow import fields, validate

from services.enrollment.schemas.enrollments import MAX_ROWS, RejectedResult
from shared.schemas import AgencyCode, Code, Integer, LocalizedTextField, Moment, Number, Page, PersianText, Shape


class ListExcuseKinds(Shape):
    on = fields.Date(load_default=None, allow_none=True)


class ExcuseKind(Shape):
    """`counts`: attended, excused (up to the share), or absent."""

    code = fields.String(required=True)
    title = LocalizedTextField(required=True)
    counts = fields.String(required=True)


class ExcuseKinds(Shape):
    items = fields.List(fields.Nested(ExcuseKind), required=True)
    max_excused_share = fields.Float(required=True)


class Attended(Shape):
    enrollment_id = fields.UUID(required=True)
    hours = Number(min=0, required=True)
    excuse = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 30))


class RecordAttendance(Shape):
    offering_id = fields.UUID(required=True)
    session = Integer(min=1, load_default=1)
    rows = fields.List(fields.Nested(Attended), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class Scored(Shape):
    enrollment_id = fields.UUID(required=True)
    score = Number(min=0, max=100, required=True)


class RecordAssessment(Shape):
    offering_id = fields.UUID(required=True)
    # As the catalog takes it: in any case and with any digits.
    assessment = Code(load_default="EXAM")
    rows = fields.List(fields.Nested(Scored), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class Recorded(Shape):
    """`decided` counts those whose result followed, by what became of them."""

    recorded = fields.Integer(required=True)
    decided = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rejected = fields.List(fields.Nested(RejectedResult), required=True)


class ListProgress(Page):
    offering_id = fields.UUID(required=True)
    enrollment_id = fields.UUID(load_default=None, allow_none=True)


class SessionHours(Shape):
    session = fields.Integer(required=True)
    hours = fields.Float(required=True)
    excuse = fields.String(required=True, allow_none=True)


class AssessmentScores(Shape):
    """The scores of one assessment, the first sitting first."""

    assessment = fields.String(required=True)
    scores = fields.List(fields.Float(), required=True)


class CourseProgress(Shape):
    """`attended_hours` are hours of the course, `excused_hours` the part of them that was excused.

    `may_pass`: whether the course can still be passed; of a result that is in, whether it is.
    """

    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    hours = fields.Float(required=True)
    attended_hours = fields.Float(required=True, allow_none=True)
    excused_hours = fields.Float(required=True)
    score = fields.Float(required=True, allow_none=True)
    sessions = fields.List(fields.Nested(SessionHours), required=True)
    assessments = fields.List(fields.Nested(AssessmentScores), required=True)
    missing_sessions = fields.List(fields.Integer(), required=True)
    missing_assessments = fields.List(fields.String(), required=True)
    resits_used = fields.Integer(required=True)
    may_pass = fields.Boolean(required=True)


class CloseOffering(Shape):
    offering_id = fields.UUID(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class Closed(Shape):
    """`decided` counts those whom closing decided, by what became of them; `people` everybody by state as it is now."""

    offering_id = fields.UUID(required=True)
    closed_at = Moment(required=True, allow_none=True)
    decided = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    people = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ListUnclosed(Page):
    """`agency_code` may be left out: the caller's own agency, or all of them for national callers."""

    agency_code = AgencyCode(load_default=None, allow_none=True)


class Unclosed(Shape):
    offering_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    ends_on = fields.Date(required=True)


class CorrectResult(Shape):
    enrollment_id = fields.UUID(required=True)
    attended_hours = Number(min=0, required=True)
    score = Number(min=0, max=100, required=True)
    reason = PersianText(max=500, required=True)


class Corrected(Shape):
    enrollment_id = fields.UUID(required=True)
    before = fields.String(required=True)
    status = fields.String(required=True)
