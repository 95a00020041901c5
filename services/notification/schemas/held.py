"""Shapes of what waits for somebody's word, and of what the sender has before it."""

from marshmallow import fields, validate

from services.notification.domain.planning import Reason
from services.notification.schemas.ledger import TEMPLATES
from shared.schemas import AgencyCode, Integer, Moment, Page, Shape

HELD_REASONS = [reason.value for reason in Reason if reason.value.startswith("brake_")]
HELD_REASONS += [Reason.STALE.value, Reason.CANNOT_BE_MADE.value]


class ChosenHeld(Shape):
    """Which held notifications: all, unless narrowed. `since` and `until` (excluded) are about when they were queued.

    `reason`: brake_recipient, brake_agency or brake_template (above a cap of the policy `message_caps`), stale (older
    news than the policy `stale_news_days` lets through), cannot_be_made (an error when the message was made).
    """

    template = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(TEMPLATES))
    agency_code = AgencyCode(load_default=None, allow_none=True)
    reason = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(HELD_REASONS))
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)


class ListHeld(ChosenHeld, Page):
    """Which part of what is held."""


class DecideHeld(ChosenHeld):
    """`expected_count`: how many there were at the look before (`dry_run`), so that nothing is decided unseen."""

    dry_run = fields.Boolean(load_default=False)
    expected_count = Integer(min=0, load_default=None, allow_none=True)


class HeldGroup(Shape):
    """How many of one template, agency and reason are held, and when the first and last of them were queued."""

    template = fields.String(required=True)
    agency_code = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)
    oldest = Moment(required=True)
    newest = Moment(required=True)


class HeldNotification(Shape):
    """One held notification. `answer` says why in words."""

    notification_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)


class HeldPage(Shape):
    """`count` is of all that was chosen; `groups` are the 200 largest. Both come with the first page only."""

    items = fields.List(fields.Nested(HeldNotification), required=True)
    next = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True, allow_none=True)
    groups = fields.List(fields.Nested(HeldGroup), required=True)


class HeldDecision(Shape):
    """How many were decided on (with `dry_run`: would be), and the 200 largest groups of them."""

    count = fields.Integer(required=True)
    groups = fields.List(fields.Nested(HeldGroup), required=True)
    dry_run = fields.Boolean(required=True)


class CountDue(Shape):
    """Of what: all, or one template, or one agency."""

    template = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(TEMPLATES))
    agency_code = AgencyCode(load_default=None, allow_none=True)


class DueGroup(Shape):
    """How many of one template, channel and agency would go now."""

    template = fields.String(required=True)
    channel = fields.String(required=True)
    agency_code = fields.String(required=True)
    count = fields.Integer(required=True)


class DueCounts(Shape):
    """What the sender has before it.

    `due` would go now (the 200 largest groups in `groups`). `waiting`: `sending` (in a sender's hands), `deferred` (a
    mail server said not now), `later` (quiet hours, or a rate), `digest` (for somebody's next digest). `held` is what
    waits for somebody's word, by reason. `ahead` is what is not in the ledger yet and known to come, at most so many:
    `session_reminder` for every seat in an offering that has not begun.
    """

    as_of = Moment(required=True)
    due = fields.Integer(required=True)
    groups = fields.List(fields.Nested(DueGroup), required=True)
    waiting = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    held = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    ahead = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class SendDue(Shape):
    """Nothing has to be said."""


class DueSent(Shape):
    """How many messages were due when the sender was woken."""

    due = fields.Integer(required=True)
