"""Shapes of the recognition of what others taught."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.enrollment.domain.recognitions import EVIDENCE, UNITS
from services.enrollment.models.recognitions import STATUSES
from services.enrollment.schemas.sources import PolicyUsed
from services.enrollment.schemas.staff import PersonnelNumber
from shared.course_types import DELIVERY_MODES, OldCourseType, with_todays_type
from shared.persian import search_form
from shared.schemas import (
    AgencyCode,
    Code,
    IsoDate,
    LocalizedTextField,
    Moment,
    NationalCode,
    Number,
    Page,
    PersianText,
    Shape,
)

MAX_ROWS = 1000
KINDS = tuple(UNITS)
OUTCOMES = ("requested", "exists", "refused")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _names_a_document(number: str) -> None:
    if not search_form(number):
        raise ValidationError("must have letters or digits")


class Permit(Shape):
    """The licence of the training committee (مجوز)."""

    number = PersianText(max=100, required=True)
    issued_on = IsoDate(load_default=None, allow_none=True)


class Evidence(Shape):
    """The document that somebody handed in; `sha256` is of its scan, which the agency keeps."""

    kind = fields.String(required=True, validate=validate.OneOf(EVIDENCE))
    number = PersianText(max=100, required=True, validate=_names_a_document)
    issuer = PersianText(max=200, required=True)
    issued_on = IsoDate(load_default=None, allow_none=True)
    sha256 = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(_SHA256, error="must be 64 hex digits")
    )


class Training(Shape):
    """Something that others taught. `amount` is in hours, of kind cme in points and of kind university in units.

    `course_type` is one of today or of the system of 1380: 1, 2, 3, 4-1, 4-2, 4-3, 5 or its name. `course_code` is that
    of a course of here which the training is the same as.
    """

    title = LocalizedTextField(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    amount = Number(min=0.25, max=2000, required=True)
    course_type = OldCourseType(max=100, required=True)
    course_code = Code(load_default=None, allow_none=True)
    delivery_mode = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(DELIVERY_MODES))
    provider_name = LocalizedTextField(required=True)
    score = Number(min=0, max=100, load_default=None, allow_none=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    permit = fields.Nested(Permit, load_default=None, allow_none=True)
    evidence = fields.Nested(Evidence, required=True)

    @post_load
    def _with_todays_type(self, loaded: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return loaded | with_todays_type(loaded["course_type"])


class RequestRecognition(Training):
    employee_id = fields.UUID(required=True)


class RequestedRow(Training):
    """A row of a list: the training, and whose it is by one of three names."""

    employee_id = fields.UUID(load_default=None, allow_none=True)
    national_code = NationalCode(load_default=None, allow_none=True)
    personnel_number = PersonnelNumber(load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=False)
    def _somebody(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if not any(data.get(name) for name in ("employee_id", "national_code", "personnel_number")):
            raise ValidationError("name the person by employee_id, national_code or personnel_number", "employee_id")


class RequestRecognitions(Shape):
    """Up to 1 000 `rows` of one agency's staff. Each is what `request_recognition` takes, with the person named by
    `employee_id`, `national_code` or `personnel_number`."""

    agency_code = AgencyCode(required=True)
    rows = fields.List(fields.Dict(), required=True, validate=validate.Length(1, MAX_ROWS))
    dry_run = fields.Boolean(load_default=False)


class RecognitionRow(Shape):
    """What came of a row, in the order they were sent. `reasons`: what is wrong, by field."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    recognition_id = fields.UUID(required=True, allow_none=True)
    employee_id = fields.UUID(required=True, allow_none=True)
    reasons = fields.Dict(required=True, allow_none=True)


class RequestedRecognitions(Shape):
    dry_run = fields.Boolean(required=True)
    requested = fields.Integer(required=True)
    exists = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    rows = fields.List(fields.Nested(RecognitionRow), required=True)


class DecideRecognition(Shape):
    """`course_type`, `hours` and `permit` of the decision; left out: what was asked for. A refusal needs a `reason`, an
    acceptance the number of the committee's minutes (صورت‌جلسه)."""

    recognition_id = fields.UUID(required=True)
    decision = fields.String(required=True, validate=validate.OneOf(("accepted", "refused")))
    course_type = OldCourseType(max=100, load_default=None, allow_none=True)
    hours = Number(min=0.25, max=10_000, load_default=None, allow_none=True)
    permit = fields.Nested(Permit, load_default=None, allow_none=True)
    minutes_number = PersianText(max=100, load_default=None, allow_none=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)

    @validates_schema
    def _what_a_decision_needs(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        needed = "reason" if data["decision"] == "refused" else "minutes_number"
        if not data[needed]:
            raise ValidationError("is required for this decision", needed)


class EndRecognition(Shape):
    recognition_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class GetRecognition(Shape):
    recognition_id = fields.UUID(required=True)


class ListRecognitions(Page):
    """`agency_code` left out: the caller's own agency and those below it, or with `employee_id` all of a person."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    employee_id = fields.UUID(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES))


class Recognition(Shape):
    """What was asked for and decided. `hours_asked` are what `amount` comes to by the policies named in `policies`.

    `hours` and `counted` are there once it was accepted; `same_as` is the line of the person's record by which the same
    training counts, or would: then this one is accepted as not counted, or refused. `employer` is the agency that
    employed the person at the end of the training.
    """

    recognition_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    employer = fields.String(required=True)
    status = fields.String(required=True)
    kind = fields.String(required=True)
    title = LocalizedTextField(required=True)
    amount = fields.Float(required=True)
    unit = fields.String(required=True)
    hours_asked = fields.Float(required=True)
    hours = fields.Float(required=True, allow_none=True)
    counted = fields.Boolean(required=True, allow_none=True)
    same_as = fields.UUID(required=True, allow_none=True)
    course_code = fields.String(required=True, allow_none=True)
    course_type = fields.String(required=True)
    original_type = fields.String(required=True, allow_none=True)
    delivery_mode = fields.String(required=True, allow_none=True)
    provider_name = LocalizedTextField(required=True)
    score = fields.Float(required=True, allow_none=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    permit = fields.Dict(required=True, allow_none=True)
    evidence = fields.Dict(required=True)
    requested_by = fields.String(required=True)
    requested_at = Moment(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    minutes_number = fields.String(required=True, allow_none=True)
    decision_reason = fields.String(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    policies = fields.List(fields.Nested(PolicyUsed), required=True)
