"""Shapes of approval routes and decisions."""

from marshmallow import fields, validate

from services.enrollment.domain.approvals import ROUTES, STEPS
from services.enrollment.schemas.enrollments import Reason
from shared.schemas import AgencyCode, Integer, Moment, PersianText, Shape

MAX_DECISIONS = 200


class SetApprovalRule(Shape):
    agency_code = AgencyCode(required=True)
    route = fields.String(required=True, validate=validate.OneOf(tuple(ROUTES)))
    days = Integer(min=1, max=60, load_default=None, allow_none=True)


class GetApprovalRule(Shape):
    agency_code = AgencyCode(required=True)


class ApprovalRule(Shape):
    """`days` null: as long as the policy `approval_days` says."""

    agency_code = fields.String(required=True)
    route = fields.String(required=True)
    days = fields.Integer(required=True, allow_none=True)
    changed_at = Moment(required=True, allow_none=True)


class DecideEnrollment(Shape):
    enrollment_id = fields.UUID(required=True)
    approve = fields.Boolean(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)
    officer_id = fields.UUID(load_default=None, allow_none=True)
    step = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STEPS))


class Decided(Shape):
    """`pending_step` is the one that decides next, while the request goes on."""

    enrollment_id = fields.UUID(required=True)
    status = fields.String(required=True)
    pending_step = fields.String(allow_none=True)


class DecideEnrollments(Shape):
    enrollment_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MAX_DECISIONS))
    approve = fields.Boolean(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)
    officer_id = fields.UUID(load_default=None, allow_none=True)
    step = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STEPS))
    dry_run = fields.Boolean(load_default=False)


class Decision(Decided):
    """`status` is the enrollment's, or "refused" with `code`, `message`, and `reasons` where there are several."""

    code = fields.String()
    message = fields.String()
    reasons = fields.List(fields.Nested(Reason))


class Decisions(Shape):
    results = fields.List(fields.Nested(Decision), required=True)
