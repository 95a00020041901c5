"""The files that go along with letters, looked for when the letter goes.

The certificate is a claim check (docs/decisions/0022): its event carries the code, and certification, which alone has
the keys, makes the file for whoever has the code.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from services.notification.channels import Delivery, Postponed
from services.notification.channels.attachments import Attachment
from services.notification.domain import enclosing
from shared import metrics
from shared.errors import TrainingError, Unavailable

log = structlog.get_logger("notification")

# Asks certification: a method, its arguments, and the correlation id of what it is about.
Ask = Callable[[str, dict[str, Any], str], Any]


@dataclass(frozen=True)
class Enclosed:
    """What goes along with one letter, and what its words call that; `missing` says of a certificate that should have
    gone along why it does not."""

    attachments: tuple[Attachment, ...] = ()
    named: tuple[str, ...] = ()
    missing: str | None = None


NOTHING = Enclosed()


class Certificates:
    """Finds the certificate for letters that tell of one. Shared by all threads of work."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def enclosed(self, delivery: Delivery, now: datetime) -> Enclosed:
        """The certificate, or why the letter goes without it. Raises Postponed while it is worth waiting for."""
        code = enclosing.certificate_code(delivery.template, delivery.context, delivery.attach_certificates)
        if code is None:
            return NOTHING
        try:
            found = self._ask(
                "get_public_document", {"code": code, "language": delivery.language}, delivery.correlation_id
            )
        except Unavailable as error:
            return _later(delivery, error, now)
        except TrainingError as error:
            if error.code == "unknown_method":  # certification is still of the release before
                return _later(delivery, error, now)
            return _without(error.code, error.message)
        if not enclosing.goes_along(found["status"]):
            return _without("not_valid", f"it is {found['status']}")
        metrics.MAIL_DOCUMENTS.labels("attached").inc()
        name = f"{delivery.context['serial']}.pdf"
        file = Attachment(name, found["content_type"], base64.b64decode(found["content_base64"]))
        return Enclosed((file,), ("certificate",))


def _later(delivery: Delivery, error: TrainingError, now: datetime) -> Enclosed:
    """Certification is away: the letter waits for it, and then goes without."""
    again = enclosing.look_again(delivery.waiting_since or now, now, delivery.attachment_wait)
    if again is None:
        return _without("away", error.message)
    metrics.MAIL_DOCUMENTS.labels("postponed").inc()
    raise Postponed(f"waits for the certificate: {error.message}", again)


def _without(cause: str, why: str) -> Enclosed:
    metrics.MAIL_DOCUMENTS.labels("away" if cause == "away" else "left_out").inc()
    log.warning("certificate_not_attached", cause=cause)
    return Enclosed(missing=why)
