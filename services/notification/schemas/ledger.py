"""What was told to whom: shapes of the ledger's questions and answers."""

from marshmallow import fields, validate

from services.notification.domain.templates import Template
from shared.schemas import Moment, Page, Shape

TEMPLATES = [template.value for template in Template]


class ListNotifications(Page):
    """Whose notifications."""

    employee_id = fields.UUID(required=True)


class GetNotification(Shape):
    """Which notification."""

    notification_id = fields.UUID(required=True)


class ListQueued(Page):
    """Which part of the ledger: of one template, queued since a moment."""

    template = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(TEMPLATES))
    since = Moment(load_default=None, allow_none=True)


class Notification(Shape):
    """What a person was told, and what became of it. `reason`: why it is held or suppressed, in a word."""

    notification_id = fields.UUID(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    reason = fields.String(allow_none=True, required=True)
    created_at = Moment(required=True)
    sent_at = Moment(allow_none=True, required=True)
    subject_id = fields.UUID(required=True)
    attempts = fields.Integer(required=True)


class Try(Shape):
    """One try to hand a notification over: where to, and what was answered. The address of somebody erased is gone."""

    number = fields.Integer(required=True)
    tried_at = Moment(required=True)
    address = fields.String(required=True)
    outcome = fields.String(required=True)
    answer = fields.String(allow_none=True, required=True)


class LetterShape(Shape):
    """The words that went out, as they were. `wording_id`: the agency's own wording they were made of, if any."""

    language = fields.String(required=True)
    subject = fields.String(required=True)
    text = fields.String(required=True)
    wording_id = fields.UUID(allow_none=True, required=True)


class DeliveryNews(Shape):
    """What a mail server reported after it had taken the message."""

    source = fields.String(required=True)
    kind = fields.String(required=True)
    status_code = fields.String(allow_none=True, required=True)
    answer = fields.String(allow_none=True, required=True)
    received_at = Moment(required=True)


class NotificationDetails(Notification):
    """One notification with all that happened to it. `attempts` counts its tries, of which `tries` tells; those of
    early releases were not kept. `message_id` is what to ask a mail server for."""

    employee_id = fields.UUID(required=True)
    agency_code = fields.String(required=True)
    event_id = fields.UUID(required=True)
    last_answer = fields.String(allow_none=True, required=True)
    message_id = fields.String(required=True)
    correlation_id = fields.String(required=True)
    due_at = Moment(required=True)
    digest_id = fields.UUID(allow_none=True, required=True)
    tries = fields.List(fields.Nested(Try), required=True)
    letter = fields.Nested(LetterShape, allow_none=True, required=True)
    reports = fields.List(fields.Nested(DeliveryNews), required=True)


class Queued(Shape):
    """One line of the ledger, for comparing it with the events that it answers."""

    notification_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    template = fields.String(required=True)
    status = fields.String(required=True)
