"""Mails of the product's own samples, as the tests send them."""

from datetime import UTC, datetime
from email.message import Message
from typing import Any
from uuid import UUID

from services.notification import rendering
from services.notification.channels import Delivery
from services.notification.rendering.samples import CONTEXTS, NAMES

NOTIFICATION_ID = UUID("01930000-0000-7000-8000-000000000001")
SENDER = "no-reply@training.example"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def addressed(template: str = "certificate_issued", language: str = "fa", **changes: Any) -> Delivery:
    fields: dict[str, Any] = {
        "notification_id": NOTIFICATION_ID,
        "event_id": UUID(int=1),
        "employee_id": UUID(int=2),
        "agency_code": "AG-A",
        "created_at": NOW,
        "mobile": None,
        "template": template,
        "context": CONTEXTS[template],
        "correlation_id": "sample-correlation",
        "full_name": NAMES[language],
        "email": "sample1@example.ir",
        "language": language,
    }
    return Delivery(**fields | changes)


def composed(**changes: Any) -> Message:
    """A whole mail: of `addressed(**changes)`, in the name of SENDER."""
    delivery = addressed(**changes)
    letter = rendering.render(
        delivery.template, delivery.language, delivery.full_name, delivery.context, sender=delivery.sender
    )
    return rendering.compose(delivery, letter, SENDER, NOW)
