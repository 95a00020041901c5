"""Shapes of invitations and offered seats."""

from marshmallow import fields, validate

from services.enrollment.schemas.enrollments import MAX_ROWS
from shared.schemas import PersianText, Shape


class Invite(Shape):
    offering_id = fields.UUID(required=True)
    employee_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MAX_ROWS))
    reason = PersianText(max=500, load_default=None, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class Answer(Shape):
    enrollment_id = fields.UUID(required=True)
    accept = fields.Boolean(required=True)
    reason = PersianText(max=500, load_default=None, allow_none=True)
