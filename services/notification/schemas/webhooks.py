"""Webhooks: shapes of their calls."""

from marshmallow import fields, validate

from services.notification.domain.webhooks import URL_LENGTH
from services.notification.schemas.ledger import TEMPLATES
from shared.schemas import AgencyCode, Moment, Shape


class SetWebhook(Shape):
    """Where the system of an agency takes what its people are told, and of which templates; of all without any."""

    agency_code = AgencyCode(required=True)
    url = fields.String(required=True, validate=validate.Length(1, URL_LENGTH))
    templates = fields.List(
        fields.String(validate=validate.OneOf(TEMPLATES)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, len(TEMPLATES)),
    )
    enabled = fields.Boolean(load_default=True)


class WebhookOf(Shape):
    """Whose webhook."""

    agency_code = AgencyCode(required=True)


class Webhook(Shape):
    """A webhook and how it does. `waiting` messages are still to be taken; `former_secret_until` is there after a
    rotation; `failing_since` it has taken nothing."""

    agency_code = fields.String(required=True)
    url = fields.String(required=True)
    templates = fields.List(fields.String(), allow_none=True, required=True)
    enabled = fields.Boolean(required=True)
    former_secret_until = Moment(allow_none=True, required=True)
    waiting = fields.Integer(required=True)
    last_taken_at = Moment(allow_none=True, required=True)
    failing_since = Moment(allow_none=True, required=True)
    last_trouble = fields.String(allow_none=True, required=True)
    updated_at = Moment(required=True)
    updated_by = fields.String(required=True)


class WebhookWithSecret(Webhook):
    """A webhook with a secret that was made just now; it is shown this once. Null when the one that holds was kept."""

    secret = fields.String(allow_none=True, required=True)


class WebhookRemoved(Shape):
    """How many messages were still waiting, and are not sent any more."""

    agency_code = fields.String(required=True)
    suppressed = fields.Integer(required=True)


class WebhookTested(Shape):
    """What the receiver answered to a test message, and after how long."""

    message_id = fields.UUID(required=True)
    status = fields.Integer(required=True)
    answer = fields.String(required=True)
    milliseconds = fields.Integer(required=True)
