"""What people are told of their certificates."""

from services.notification.domain.templates import Template
from services.notification.service.queueing import Queue
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import (
    CertificateExpiredV1,
    CertificateExpiringV1,
    CertificateIssuedV1,
    CertificateReinstatedV1,
    CertificateRevokedV1,
    CertificateSuspendedV1,
)
from shared.messages import Message


class CertificateNews(Queue):
    """Mixed into the service."""

    @subscribe(CertificateIssuedV1, batch=500)
    def on_certificate_issued(self, tx: Transaction, messages: list[Message[CertificateIssuedV1]]) -> None:
        """Tell people that their certificate is there, and where; or that it takes the place of another, and why.

        Nobody is told of one that was issued without mail.
        """
        told = [message for message in messages if message.event.mail]
        corrected = [message for message in told if message.event.replaces_serial is not None]
        new = [message for message in told if message.event.replaces_serial is None]
        for template, found in ((Template.CERTIFICATE_ISSUED, new), (Template.CERTIFICATE_CORRECTED, corrected)):
            if found:
                self.queue(tx, template, found)

    @subscribe(CertificateRevokedV1, batch=200)
    def on_certificate_revoked(self, tx: Transaction, messages: list[Message[CertificateRevokedV1]]) -> None:
        """Tell people that a certificate of theirs does not hold any more."""
        self.queue(tx, Template.CERTIFICATE_REVOKED, messages)

    @subscribe(CertificateSuspendedV1, batch=200)
    def on_certificate_suspended(self, tx: Transaction, messages: list[Message[CertificateSuspendedV1]]) -> None:
        """Tell people that a certificate of theirs does not hold for the time being."""
        self.queue(tx, Template.CERTIFICATE_SUSPENDED, messages)

    @subscribe(CertificateReinstatedV1, batch=200)
    def on_certificate_reinstated(self, tx: Transaction, messages: list[Message[CertificateReinstatedV1]]) -> None:
        """Tell people that it holds again."""
        self.queue(tx, Template.CERTIFICATE_REINSTATED, messages)

    @subscribe(CertificateExpiringV1, batch=200)
    def on_certificate_expiring(self, tx: Transaction, messages: list[Message[CertificateExpiringV1]]) -> None:
        """Remind people of the last day, while there is time to renew."""
        self.queue(tx, Template.CERTIFICATE_EXPIRING, messages)

    @subscribe(CertificateExpiredV1, batch=200)
    def on_certificate_expired(self, tx: Transaction, messages: list[Message[CertificateExpiredV1]]) -> None:
        """Tell people that it is over, unless they have renewed it."""
        over = [message for message in messages if not message.event.renewed]
        if over:
            self.queue(tx, Template.CERTIFICATE_EXPIRED, over)
