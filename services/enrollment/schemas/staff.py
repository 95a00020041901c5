"""Shapes of agencies and the people they employ."""

from typing import Any

from marshmallow import fields, validate

from shared import persian
from shared.schemas import (
    AgencyCode,
    Email,
    IsoDate,
    LocalizedTextField,
    Moment,
    NationalCode,
    Page,
    PersianText,
    Shape,
)

# Kinds of employment (policy default): official (رسمی), contractual (پیمانی), fixed term (قراردادی, کار معین).
EMPLOYMENT = ("official", "contractual", "fixed_term")


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
