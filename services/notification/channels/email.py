"""E-mail: the words, made into a mail and handed to the mailer."""

from datetime import UTC, datetime

from services.notification import rendering
from services.notification.channels import Delivery, Letter, Receipt
from services.notification.channels.calendar_file import calendar_file
from services.notification.channels.certificate_file import NOTHING, Certificates
from services.notification.links import unsubscribe_headers
from services.notification.mailer import Mailer


class EmailChannel:
    """Writes in the name of `mail_from` where an agency has no address of its own."""

    def __init__(self, mailer: Mailer, mail_from: str, certificates: Certificates | None = None) -> None:
        self._mailer = mailer
        self._mail_from = mail_from
        self._certificates = certificates

    def deliver(self, delivery: Delivery) -> Receipt:
        now, url = datetime.now(UTC), delivery.unsubscribe_url
        enclosed = self._certificates.enclosed(delivery, now) if self._certificates else NOTHING
        calendar = calendar_file(delivery, self._mail_from)
        files = [*enclosed.attachments, *([calendar] if calendar else [])]
        letter = rendering.render(
            delivery.template,
            delivery.language,
            delivery.full_name,
            delivery.context,
            sender=delivery.sender,
            unsubscribe_url=url,
            wordings=delivery.wordings,
            attached=[*enclosed.named, *(["calendar"] if calendar else [])],
        )
        headers = unsubscribe_headers(url)
        message = rendering.compose(delivery, letter, self._mail_from, now, attachments=files, headers=headers)
        answer = self._mailer.send(message, delivery.notification_id)
        if enclosed.missing:
            answer = f"{answer[:200]}; without the certificate: {enclosed.missing}"
        words = Letter(delivery.language, letter.subject, letter.kept, letter.wording_id, message["Message-ID"])
        return Receipt(answer, delivery.email, words)

    def address_of(self, delivery: Delivery) -> str:
        return delivery.email

    def close(self) -> None:
        self._mailer.close()
