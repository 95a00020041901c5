"""Shapes of officers and transfers."""

from marshmallow import fields, validate

from services.enrollment.schemas.staff import Job, PersonnelNumber
from shared.schemas import AgencyCode, IsoDate, Moment, NationalCode, Page, PersianText, Shape

# Supervisor (مدیر مستقیم), training officer (مسئول آموزش), liaison (رابط آموزشی), head of the agency, auditor.
OFFICER_ROLES = ("supervisor", "training_officer", "training_liaison", "head", "auditor")
DIRECTIONS = ("in", "out")
TRANSFER_STATUSES = ("requested", "confirmed", "refused", "withdrawn", "done")


class AppointOfficer(Shape):
    agency_code = AgencyCode(required=True)
    employee_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.OneOf(OFFICER_ROLES))
    from_day = IsoDate(load_default=None, allow_none=True)
    until_day = IsoDate(load_default=None, allow_none=True)


class DelegateRole(Shape):
    officer_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    from_day = IsoDate(required=True)
    until_day = IsoDate(required=True)
    reason = PersianText(max=500, required=True)


class EndOfficer(Shape):
    """`on` is the last day of the role, today unless given."""

    officer_id = fields.UUID(required=True)
    on = IsoDate(load_default=None, allow_none=True)


class ListOfficers(Page):
    agency_code = AgencyCode(required=True)
    on = IsoDate(load_default=None, allow_none=True)


class Officer(Shape):
    """A role of an agency; `delegated_by` is the officer whose role it is, where it was delegated."""

    officer_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    employee_id = fields.UUID(required=True)
    role = fields.String(required=True)
    from_day = fields.Date(required=True)
    until_day = fields.Date(required=True, allow_none=True)
    delegated_by = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class TransferEmployee(Job):
    """Asked by the new agency; what is left out of the job stays as it was."""

    agency_code = AgencyCode(required=True)
    national_code = NationalCode(required=True)
    personnel_number = PersonnelNumber(required=True)
    effective_on = IsoDate(required=True)
    reason = PersianText(max=500, required=True)


class DecideTransfer(Shape):
    transfer_id = fields.UUID(required=True)
    approve = fields.Boolean(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)


class WithdrawTransfer(Shape):
    transfer_id = fields.UUID(required=True)


class ListTransfers(Page):
    """`direction` in: to the agency, out: away from it; both unless given."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    direction = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(DIRECTIONS))
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(TRANSFER_STATUSES))


class Transfer(Shape):
    """`problem` says why a confirmed transfer could not be carried out on its day; it is tried again."""

    transfer_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    from_agency = fields.String(required=True)
    to_agency = fields.String(required=True)
    personnel_number = fields.String(required=True)
    effective_on = fields.Date(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True)
    requested_by = fields.String(required=True)
    requested_at = Moment(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decision_reason = fields.String(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)
    done_at = Moment(required=True, allow_none=True)
