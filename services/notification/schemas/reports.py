"""Shapes of what agencies are shown of their messages."""

from marshmallow import fields, validate

from services.notification.domain.reporting import UNREACHED
from services.notification.schemas.ledger import TEMPLATES
from shared.schemas import AgencyCode, Moment, Page, Shape

COUNTED_BY = ("template", "day", "channel", "status", "reason", "agency")


class DeliveryReport(Shape):
    """Of an agency and those below it; operators and national callers may leave it out, and mean all. What was queued
    from `since` on and before `until` (now, unless given), at most 366 days."""

    agency_code = AgencyCode(load_default=None, allow_none=True)
    since = Moment(required=True)
    until = Moment(load_default=None, allow_none=True)
    by = fields.String(load_default="template", validate=validate.OneOf(COUNTED_BY))


class DeliveryLine(Shape):
    """`counts` and `rates` (0 to 1) by status. Seconds from queued to sent, of what waited for no digest: whole ones,
    above two minutes by the minute; null while nothing was sent."""

    key = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rates = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    median_seconds = fields.Integer(required=True, allow_none=True)
    p95_seconds = fields.Integer(required=True, allow_none=True)


class FailureLine(Shape):
    """How often an answer was given. Addresses and ids are taken out of it, so that answers of one kind are one."""

    status = fields.String(required=True)
    answer = fields.String(required=True)
    count = fields.Integer(required=True)


class DeliveryCounts(Shape):
    """`all` and a line for each day, template or whatever was asked `by` (at most 500, the largest; days in order), and
    the ten commonest answers to what was deferred, bounced or held."""

    agency_code = fields.String(required=True, allow_none=True)
    since = Moment(required=True)
    until = Moment(required=True)
    by = fields.String(required=True)
    all = fields.Nested(DeliveryLine, required=True)
    lines = fields.List(fields.Nested(DeliveryLine), required=True)
    failures = fields.List(fields.Nested(FailureLine), required=True)


class ListUndelivered(Page):
    """Whose, since when, and which of it; `status` is one of deferred, bounced, suppressed, held, or all of them."""

    agency_code = AgencyCode(required=True)
    since = Moment(required=True)
    until = Moment(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(UNREACHED))
    template = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(TEMPLATES))


class Undelivered(Shape):
    """Somebody who was not reached (yet). `reason` is a word where we held it back, `answer` what was answered."""

    notification_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    full_name = fields.String(required=True, allow_none=True)
    agency_code = fields.String(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)
