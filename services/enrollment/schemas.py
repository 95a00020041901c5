"""Shapes of enrollment: arguments as they come in, replies as they go out."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields, validate

from shared import persian
from shared.schemas import (
    AgencyCode,
    Code,
    Email,
    IsoDate,
    LocalizedTextField,
    Moment,
    NationalCode,
    Number,
    Page,
    PersianText,
    Shape,
)

MAX_ROWS = 1000  # of one bulk call (contract)
# Kinds of employment (policy default): official (رسمی), contractual (پیمانی), fixed term (قراردادی, کار معین).
EMPLOYMENT = ("official", "contractual", "fixed_term")
STATUSES = ("requested", "waitlisted", "confirmed", "completed", "failed", "withdrawn", "rejected", "cancelled")


class PersonnelNumber(PersianText):
    """What an agency calls an employee: up to 20 characters, ASCII digits; there is no national format."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=20, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return persian.digits_ascii(super()._deserialize(value, attr, data, **kwargs))


class RegisterAgency(Shape):
    code = AgencyCode(required=True)
    name = LocalizedTextField(required=True)


class GetAgency(Shape):
    code = AgencyCode(required=True)


class ListAgencies(Page):
    pass


class Agency(Shape):
    code = fields.String(required=True)
    name = LocalizedTextField(required=True)


class RegisterEmployee(Shape):
    agency_code = AgencyCode(required=True)
    national_code = NationalCode(required=True)
    personnel_number = PersonnelNumber(required=True)
    full_name = PersianText(required=True)
    email = Email(required=True)
    language = fields.String(load_default="fa", validate=validate.OneOf(("fa", "en")))
    is_manager = fields.Boolean(load_default=False)
    is_veteran = fields.Boolean(load_default=False)
    employment = fields.String(load_default="official", validate=validate.OneOf(EMPLOYMENT))
    hired_on = IsoDate(load_default=None, allow_none=True)
    job_title = PersianText(load_default=None, allow_none=True)
    education = PersianText(load_default=None, allow_none=True)


class GetEmployee(Shape):
    employee_id = fields.UUID(required=True)


class ListEmployees(Page):
    """`agency_code` may be left out: the caller's own agency, or all of them for national callers."""

    agency_code = AgencyCode(load_default=None, allow_none=True)


class Employee(Shape):
    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    national_code = fields.String(required=True)
    personnel_number = fields.String(required=True)
    full_name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True)
    is_manager = fields.Boolean(required=True)
    is_veteran = fields.Boolean(required=True)
    employment = fields.String(required=True)
    hired_on = fields.Date(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    education = fields.String(required=True, allow_none=True)
    registered_at = Moment(required=True)


class Enroll(Shape):
    employee_id = fields.UUID(required=True)
    offering_id = fields.UUID(required=True)


class Withdraw(Shape):
    enrollment_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class DecideEnrollment(Shape):
    enrollment_id = fields.UUID(required=True)
    approve = fields.Boolean(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)


class Placement(Shape):
    enrollment_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class Nominate(Shape):
    offering_id = fields.UUID(required=True)
    employee_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class Nomination(Shape):
    """`status` is the enrollment's, or "refused" with `code` and `message` of the first reason."""

    employee_id = fields.UUID(required=True)
    enrollment_id = fields.UUID()
    status = fields.String(required=True)
    code = fields.String()
    message = fields.String()


class Nominations(Shape):
    results = fields.List(fields.Nested(Nomination), required=True)


class Result(Shape):
    enrollment_id = fields.UUID(required=True)
    attended_hours = Number(min=0, required=True)
    score = Number(min=0, max=100, required=True)


class RecordResults(Shape):
    offering_id = fields.UUID(required=True)
    results = fields.List(fields.Nested(Result), required=True, validate=validate.Length(1, MAX_ROWS))


class RejectedResult(Shape):
    enrollment_id = fields.UUID(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class RecordedResults(Shape):
    completed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    rejected = fields.List(fields.Nested(RejectedResult), required=True)


class GetEnrollment(Shape):
    enrollment_id = fields.UUID(required=True)


class ListEnrollments(Page):
    employee_id = fields.UUID(load_default=None, allow_none=True)
    offering_id = fields.UUID(load_default=None, allow_none=True)


class Enrollment(Shape):
    """`agency_code` is the agency of the employee, not of the offering.

    `course_stale_since`: a law that the course taught has changed since, and nobody has compared them yet.
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


class ProgrammeProgress(Shape):
    employee_id = fields.UUID(required=True)
    programme_code = Code(required=True)


class ProgrammeItem(Shape):
    course_code = fields.String(required=True)
    compulsory = fields.Boolean(required=True)
    min_version = fields.Integer(required=True, allow_none=True)
    status = fields.String(required=True)
    by = fields.String(required=True, allow_none=True)
    completed_on = fields.Date(required=True, allow_none=True)


class Progress(Shape):
    """`missing` are compulsory courses; `min_electives` and `min_hours` are what the programme asks for besides."""

    employee_id = fields.UUID(required=True)
    programme_code = fields.String(required=True)
    version = fields.Integer(required=True)
    title = LocalizedTextField(required=True)
    purpose = fields.String(required=True)
    ordered = fields.Boolean(required=True)
    min_electives = fields.Integer(required=True)
    min_hours = fields.Float(required=True)
    within_months = fields.Integer(required=True, allow_none=True)
    retired_at = Moment(required=True, allow_none=True)
    complete = fields.Boolean(required=True)
    completed_on = fields.Date(required=True, allow_none=True)
    hours = fields.Float(required=True)
    electives = fields.Integer(required=True)
    missing = fields.List(fields.String(), required=True)
    items = fields.List(fields.Nested(ProgrammeItem), required=True)


class ListProgrammeCompletions(Page):
    employee_id = fields.UUID(required=True)


class ProgrammeCompletion(Shape):
    completion_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    programme_code = fields.String(required=True)
    programme_version = fields.Integer(required=True)
    title = LocalizedTextField(required=True)
    purpose = fields.String(required=True)
    hours = fields.Float(required=True)
    course_codes = fields.List(fields.String(), required=True)
    completed_on = fields.Date(required=True)
    completed_at = Moment(required=True)


class ListCompletions(Page):
    # A moment at the very edge of the calendar has no counterpart in UTC.
    since = Moment(load_default=None, allow_none=True, validate=validate.Range(datetime(1900, 1, 1, tzinfo=UTC)))


class Completion(Shape):
    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    completed_at = Moment(required=True)
