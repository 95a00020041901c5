"""Shapes of agencies and the people they employ."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from shared import persian
from shared.schemas import (
    AgencyCode,
    Email,
    Integer,
    IsoDate,
    LocalizedTextField,
    Moment,
    NationalCode,
    Page,
    PersianText,
    Shape,
)

AGENCY_KINDS = ("ministry", "organisation", "province", "unit")
GENDERS = ("female", "male")
# Ranks of a job (CSML art. 65): beginner (مقدماتی), basic (پایه), senior (ارشد), expert (خبره), excellent (عالی).
RANKS = ("beginner", "basic", "senior", "expert", "excellent")
# Whether a degree is a scientific one or only counts as one (معادل), which bars type-2 certificates.
EDUCATION_STATUSES = ("valid", "equivalent")
END_REASONS = ("resigned", "retired", "dismissed", "died", "contract_ended", "other")
# Kinds of employment (policy default): official (رسمی), contractual (پیمانی), fixed term (قراردادی, کار معین).
EMPLOYMENT = ("official", "contractual", "fixed_term")


class PersonnelNumber(PersianText):
    """What an agency calls an employee: up to 20 characters, ASCII digits; there is no national format."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=20, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return persian.digits_ascii(super()._deserialize(value, attr, data, **kwargs))


class RegisterAgency(Shape):
    """Left out: `parent_code` null (at the top), `kind` organisation."""

    code = AgencyCode(required=True)
    name = LocalizedTextField(required=True)
    parent_code = AgencyCode(allow_none=True)
    kind = fields.String(validate=validate.OneOf(AGENCY_KINDS))


class ChangeAgency(Shape):
    """What is left out stays; `parent_code` null puts the agency at the top."""

    code = AgencyCode(required=True)
    name = LocalizedTextField()
    parent_code = AgencyCode(allow_none=True)
    kind = fields.String(validate=validate.OneOf(AGENCY_KINDS))

    @validates_schema
    def _something(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len(data) == 1:
            raise ValidationError("name what is to change: name, parent_code or kind")


class GetAgency(Shape):
    code = AgencyCode(required=True)


class ListAgencies(Page):
    """With `parent_code`: those directly below it."""

    parent_code = AgencyCode(load_default=None, allow_none=True)


class RegisteredAgency(Shape):
    code = fields.String(required=True)
    name = LocalizedTextField(required=True)


class Agency(Shape):
    code = fields.String(required=True)
    name = LocalizedTextField(required=True)
    parent_code = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)


def _word(*words: str) -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.OneOf(words))


class RegisterEmployee(Shape):
    """What the training record holds of a person; what an agency does not know may be left out."""

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
    father_name = PersianText(load_default=None, allow_none=True)
    birth_date = IsoDate(load_default=None, allow_none=True)
    gender = _word(*GENDERS)
    unit = PersianText(load_default=None, allow_none=True)
    job_family = PersianText(max=100, load_default=None, allow_none=True)
    job_class = Integer(min=1, max=20, load_default=None, allow_none=True)
    rank = _word(*RANKS)
    education_field = PersianText(load_default=None, allow_none=True)
    education_status = _word(*EDUCATION_STATUSES)
    supervisor_id = fields.UUID(load_default=None, allow_none=True)


class ChangeEmployee(Shape):
    """Contact and person; what is left out stays. A name and a national code have calls of their own.

    `hired_on` where it was not known or wrong; the periods of employment stay as they are.
    """

    employee_id = fields.UUID(required=True)
    email = Email()
    language = fields.String(validate=validate.OneOf(("fa", "en")))
    is_veteran = fields.Boolean()
    hired_on = IsoDate()
    father_name = PersianText(allow_none=True)
    birth_date = IsoDate(allow_none=True)
    gender = fields.String(allow_none=True, validate=validate.OneOf(GENDERS))
    education = PersianText(allow_none=True)
    education_field = PersianText(allow_none=True)
    education_status = fields.String(allow_none=True, validate=validate.OneOf(EDUCATION_STATUSES))


class Job(Shape):
    """What may differ from one period of employment to the next."""

    unit = PersianText(allow_none=True)
    job_title = PersianText(allow_none=True)
    job_family = PersianText(max=100, allow_none=True)
    job_class = Integer(min=1, max=20, allow_none=True)
    rank = fields.String(allow_none=True, validate=validate.OneOf(RANKS))
    is_manager = fields.Boolean()
    employment = fields.String(validate=validate.OneOf(EMPLOYMENT))


class ChangeEmployment(Job):
    employee_id = fields.UUID(required=True)
    effective_on = IsoDate(required=True)
    personnel_number = PersonnelNumber()
    supervisor_id = fields.UUID(allow_none=True)


class EndEmployment(Shape):
    """`on` is the last day of employment."""

    employee_id = fields.UUID(required=True)
    on = IsoDate(required=True)
    reason = fields.String(required=True, validate=validate.OneOf(END_REASONS))


class ListEmployment(Shape):
    employee_id = fields.UUID(required=True)


class Period(Shape):
    """A period of employment; `until_day` null: it goes on."""

    agency_code = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    job_family = fields.String(required=True, allow_none=True)
    job_class = fields.Integer(required=True, allow_none=True)
    rank = fields.String(required=True, allow_none=True)
    is_manager = fields.Boolean(required=True)
    employment = fields.String(required=True)
    personnel_number = fields.String(required=True, allow_none=True)
    from_day = fields.Date(required=True)
    until_day = fields.Date(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class Employment(Shape):
    employee_id = fields.UUID(required=True)
    periods = fields.List(fields.Nested(Period), required=True)


class GetEmployee(Shape):
    employee_id = fields.UUID(required=True)


class ListEmployees(Page):
    """`agency_code` may be left out: the caller's own agency, or all of them for national callers."""

    agency_code = AgencyCode(load_default=None, allow_none=True)


class Employee(Shape):
    """`left_on` is the first day on which the person is not employed any more."""

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
    father_name = fields.String(required=True, allow_none=True)
    birth_date = fields.Date(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    job_family = fields.String(required=True, allow_none=True)
    job_class = fields.Integer(required=True, allow_none=True)
    rank = fields.String(required=True, allow_none=True)
    education_field = fields.String(required=True, allow_none=True)
    education_status = fields.String(required=True, allow_none=True)
    supervisor_id = fields.UUID(required=True, allow_none=True)
    left_on = fields.Date(required=True, allow_none=True)
    registered_at = Moment(required=True)


class CorrectName(Shape):
    employee_id = fields.UUID(required=True)
    full_name = PersianText(required=True)
    reason = PersianText(max=500, required=True)


class CorrectNationalCode(Shape):
    employee_id = fields.UUID(required=True)
    national_code = NationalCode(required=True)
    reason = PersianText(max=500, required=True)


class MergeEmployees(Shape):
    """`duplicate_id` goes, and everything of it becomes that of `employee_id`."""

    employee_id = fields.UUID(required=True)
    duplicate_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)
    dry_run = fields.Boolean(load_default=False)


class Merged(Shape):
    """`moved` and `joined` count enrollments; joined ones had ended without a result beside another of the offering."""

    employee_id = fields.UUID(required=True)
    duplicate_id = fields.UUID(required=True)
    moved = fields.Integer(required=True)
    joined = fields.Integer(required=True)


class EraseEmployee(Shape):
    employee_id = fields.UUID(required=True)
    reason = PersianText(max=500, required=True)


class Erased(Shape):
    employee_id = fields.UUID(required=True)
    erased_at = Moment(required=True)
