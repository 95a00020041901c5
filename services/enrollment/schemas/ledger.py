"""Shapes of what is asked of an offering and its people: ledger, roster, bookings, decisions to be made, history."""

from marshmallow import fields, validate

from services.enrollment.domain.approvals import STEPS
from services.enrollment.domain.states import STATES
from shared.schemas import AgencyCode, LocalizedTextField, Moment, Page, Shape


class GetLedger(Shape):
    offering_id = fields.UUID(required=True)


class Reserved(Shape):
    """Seats kept for an agency today; `used` are those that its people have or are offered."""

    agency_code = fields.String(required=True)
    seats = fields.Integer(required=True)
    used = fields.Integer(required=True)


class Ledger(Shape):
    """`taken` + `offered` + `free` = `capacity`. `people` counts the enrollments by state."""

    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    agency_code = fields.String(required=True)
    status = fields.String(required=True)
    formed = fields.Boolean(required=True, allow_none=True)
    decides_on = fields.Date(required=True, allow_none=True)
    starts_on = fields.Date(required=True)
    enrollment_closes_on = fields.Date(required=True)
    capacity = fields.Integer(required=True)
    min_seats = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    offered = fields.Integer(required=True)
    free = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    waitlist_limit = fields.Integer(required=True)
    reserved = fields.List(fields.Nested(Reserved), required=True)
    people = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ListRoster(Page):
    offering_id = fields.UUID(required=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(tuple(STATES)))


class RosterRow(Shape):
    """Somebody in an offering. `place` is the turn among those who wait, 1 for the next."""

    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True, allow_none=True)
    personnel_number = fields.String(required=True, allow_none=True)
    agency_code = fields.String(required=True)
    status = fields.String(required=True)
    origin = fields.String(required=True)
    place = fields.Integer(required=True, allow_none=True)
    pending_step = fields.String(required=True, allow_none=True)
    expires_at = Moment(required=True, allow_none=True)
    enrolled_at = Moment(required=True)
    attended_hours = fields.Float(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True)


class ListBookings(Page):
    employee_id = fields.UUID(required=True)


class Booking(Shape):
    """An offering that somebody is in, waits for, or is asked about; with its sessions, as they are known today."""

    enrollment_id = fields.UUID(required=True)
    status = fields.String(required=True)
    expires_at = Moment(required=True, allow_none=True)
    pending_step = fields.String(required=True, allow_none=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    hours = fields.Float(required=True)
    delivery_mode = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    sessions = fields.List(fields.Dict(), required=True)


class ListPendingDecisions(Page):
    """`agency_code` may be left out: the caller's own agency, or all of them for national callers."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    step = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STEPS))
    officer_id = fields.UUID(load_default=None, allow_none=True)


class PendingDecision(Shape):
    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True, allow_none=True)
    agency_code = fields.String(required=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    course_title = LocalizedTextField(required=True)
    starts_on = fields.Date(required=True)
    step = fields.String(required=True)
    decide_by = Moment(required=True, allow_none=True)
    enrolled_at = Moment(required=True)


class ListHistory(Page):
    enrollment_id = fields.UUID(required=True)


class HistoryRow(Shape):
    """What was done: by which system, for which officer, why, and what the enrollment was before and after."""

    at = Moment(required=True)
    action = fields.String(required=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    system = fields.String(required=True)
    officer_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True, allow_none=True)
