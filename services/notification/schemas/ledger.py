"""What was told to whom: shapes of the ledger's questions and answers."""

from marshmallow import fields, validate

from services.notification.domain.templates import Template
from services.notification.schemas.bounces import BounceReport
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
    """What a person was told, and what became of it."""

    notification_id = fields.UUID(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    created_at = Moment(required=True)
    sent_at = Moment(allow_none=True, required=True)
    subject_id = fields.UUID(required=True)
    attempts = fields.Integer(required=True)


class NotificationDetails(Notification):
    """One notification with the mail server's last answer and the Message-ID to ask for there."""

    employee_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    last_answer = fields.String(allow_none=True, required=True)
    message_id = fields.String(required=True)
    correlation_id = fields.String(required=True)
    due_at = Moment(required=True)
    reports = fields.List(fields.Nested(BounceReport), required=True)


class Queued(Shape):
    """One line of the ledger, for comparing it with the events that it answers."""

    notification_id = fields.UUID(required=True)
    event_id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    template = fields.String(required=True)
    status = fields.String(required=True)
