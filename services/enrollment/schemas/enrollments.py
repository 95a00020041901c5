"""Shapes of enrollments, their results and how they are read."""

from datetime import UTC, datetime

from marshmallow import fields, validate

from services.enrollment.domain.states import STATES
from shared.schemas import LocalizedTextField, Moment, Number, Page, PersianText, Shape

MAX_ROWS = 1000  # of one bulk call (contract)
STATUSES = tuple(STATES)


class Enroll(Shape):
    employee_id = fields.UUID(required=True)
    offering_id = fields.UUID(required=True)


class Withdraw(Shape):
    enrollment_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class Placement(Shape):
    enrollment_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class Nominate(Shape):
    offering_id = fields.UUID(required=True)
    employee_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class Reason(Shape):
    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.Dict(required=True)


class Nomination(Shape):
    """`status` is the enrollment's, or "refused" with `code` and `message` of the first of all `reasons`."""

    employee_id = fields.UUID(required=True)
    enrollment_id = fields.UUID()
    status = fields.String(required=True)
    code = fields.String()
    message = fields.String()
    reasons = fields.List(fields.Nested(Reason))


class Nominations(Shape):
    results = fields.List(fields.Nested(Nomination), required=True)


class Result(Shape):
    enrollment_id = fields.UUID(required=True)
    attended_hours = Number(min=0, required=True)
    score = Number(min=0, max=100, required=True)


class RecordResults(Shape):
    offering_id = fields.UUID(required=True)
    results = fields.List(fields.Nested(Result), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class RejectedResult(Shape):
    enrollment_id = fields.UUID(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class RecordedResults(Shape):
    """How many became what: `resit` where somebody may sit again, `awaiting_form` where the form comes first."""

    completed = fields.Integer(required=True)
    awaiting_form = fields.Integer()
    failed = fields.Integer(required=True)
    resit = fields.Integer()
    awaiting_form = fields.Integer()
    rejected = fields.List(fields.Nested(RejectedResult), required=True)


class GetEnrollment(Shape):
    enrollment_id = fields.UUID(required=True)


class ListEnrollments(Page):
    employee_id = fields.UUID(load_default=None, allow_none=True)
    offering_id = fields.UUID(load_default=None, allow_none=True)


class Enrollment(Shape):
    """`agency_code` is the agency of the employee, not of the offering.

    `course_stale_since` is the moment from which what is taught here is not what the law says any more, else null.
    """

    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True)
    agency_code = fields.String(required=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    enrolled_at = Moment(required=True)
    changed_at = Moment(required=True)
    attended_hours = fields.Float(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True)
    completed_on = fields.Date(required=True, allow_none=True)
    completed_at = Moment(required=True, allow_none=True)
    course_stale_since = Moment(required=True, allow_none=True)


class ListCompletions(Page):
    # A moment at the very edge of the calendar has no counterpart in UTC.
    since = Moment(load_default=None, allow_none=True, validate=validate.Range(datetime(1900, 1, 1, tzinfo=UTC)))


class Completion(Shape):
    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    completed_at = Moment(required=True)
