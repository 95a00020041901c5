"""Shapes of what somebody must complete, and of what is open to them."""

from marshmallow import fields, validate

from services.enrollment.domain.foreseen import CAUSES, DUE, OVERDUE, UPCOMING
from services.enrollment.schemas.appointments import Candidacy
from services.enrollment.schemas.sources import PolicyUsed
from shared.schemas import AgencyCode, IsoDate, LocalizedTextField, Page, Shape

NOT_DONE = (OVERDUE, DUE, UPCOMING)


class WhatIsForeseen(Page):
    """`on`: as of the end of that day; today where it is left out. `limit` and `cursor` page the offerings."""

    employee_id = fields.UUID(required=True)
    on = IsoDate(load_default=None, allow_none=True)


class ListDue(Page):
    """Left out: `agency_code` all agencies that the caller may see; `status` what is overdue or due; `cause` any."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(NOT_DONE))
    cause = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(CAUSES))


class OpenOffering(Shape):
    """`seats_left` 0: there is a waiting place, behind `waiting` others. Seats kept for other agencies do not count."""

    offering_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    course_code = fields.String(required=True)
    course_version = fields.Integer(required=True)
    course_title = LocalizedTextField(required=True)
    course_type = fields.String(required=True)
    hours = fields.Float(required=True)
    delivery_mode = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    enrollment_closes_on = fields.Date(required=True)
    seats_left = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class Running(Shape):
    """An enrollment that is under way; `status` as in `get_enrollment`."""

    enrollment_id = fields.UUID(required=True)
    offering_id = fields.UUID(required=True)
    course_code = fields.String(required=True)
    status = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class DueItem(Shape):
    """A course, or a programme where `is_programme`, that somebody must complete, and why (`cause`).

    `status`: `done`; `overdue` from the day after `due_on`; `upcoming` for a renewal that need not begin before
    `opens_on`; else `due`. `due_on` null: there is no day, or a fact is missing for it, which `not_known` names.
    `hours` are those of a course, null of a programme. `progress`: `not_started`, `in_progress` (some of it completed,
    or enrolled in), `done`.
    """

    cause = fields.String(required=True)
    code = fields.String(required=True)
    is_programme = fields.Boolean(required=True)
    title = LocalizedTextField(required=True)
    hours = fields.Float(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    opens_on = fields.Date(required=True, allow_none=True)
    status = fields.String(required=True)
    progress = fields.String(required=True)
    running = fields.List(fields.Nested(Running), required=True)


class ForeseenItem(DueItem):
    """`missing` are the courses still to be completed; `offerings` some that the person could enter now for them."""

    done_on = fields.Date(required=True, allow_none=True)
    missing = fields.List(fields.String(), required=True)
    not_known = fields.List(fields.String(), required=True)
    offerings = fields.List(fields.Nested(OpenOffering), required=True)


class HoursThisYear(Shape):
    """Hours of the Jalali year, as of today, in all agencies (`get_training_hours` has more); of a year to come
    `required` and `missing` are null."""

    jalali_year = fields.Integer(required=True)
    required = fields.Float(required=True, allow_none=True)
    done = fields.Float(required=True)
    missing = fields.Float(required=True, allow_none=True)


class OpenOfferings(Shape):
    items = fields.List(fields.Nested(OpenOffering), required=True)
    next = fields.String(required=True, allow_none=True)


class Foreseen(Shape):
    """`unpublished` are codes that are compulsory by policy, or asked of a candidate, and that nobody can complete, as
    they are not published; `pre_appointment` where a candidate needs a programme and there is none of that purpose.

    `not_known` are facts of the person without which something could not be said. `policies`: what the days rest on.
    """

    employee_id = fields.UUID(required=True)
    on = fields.Date(required=True)
    compulsory = fields.List(fields.Nested(ForeseenItem), required=True)
    hours = fields.Nested(HoursThisYear, required=True)
    offerings = fields.Nested(OpenOfferings, required=True)
    candidacies = fields.List(fields.Nested(Candidacy), required=True)
    not_known = fields.List(fields.String(), required=True)
    unpublished = fields.List(fields.String(), required=True)
    policies = fields.List(fields.Nested(PolicyUsed), required=True)


class DueOfPerson(DueItem):
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True)
    personnel_number = fields.String(required=True)
    agency_code = fields.String(required=True)
