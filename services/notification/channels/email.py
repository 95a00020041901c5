"""E-mail: the words, made into a mail and handed to the mailer."""

from datetime import UTC, datetime

from services.notification import rendering
from services.notification.channels import Delivery, Letter, Receipt
from services.notification.links import unsubscribe_headers
from services.notification.mailer import Mailer


class EmailChannel:
    """Writes in the name of `mail_from` where an agency has no address of its own."""

    def __init__(self, mailer: Mailer, mail_from: str) -> None:
        self._mailer = mailer
        self._mail_from = mail_from

    def deliver(self, delivery: Delivery) -> Receipt:
        url = delivery.unsubscribe_url
        letter = rendering.render(
            delivery.template,
            delivery.language,
            delivery.full_name,
            delivery.context,
            sender=delivery.sender,
            unsubscribe_url=url,
            wordings=delivery.wordings,
        )
        headers = unsubscribe_headers(url)
        message = rendering.compose(delivery, letter, self._mail_from, datetime.now(UTC), headers=headers)
        answer = self._mailer.send(message, delivery.notification_id)
        words = Letter(
            delivery.language, letter.subject, letter.kept, letter.wording_id, message_id=message["Message-ID"]
        )
        return Receipt(answer, delivery.email, words)

    def address_of(self, delivery: Delivery) -> str:
        return delivery.email

    def close(self) -> None:
        self._mailer.close()
