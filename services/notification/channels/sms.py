"""SMS: the short words of a notification, handed to the texter."""

from services.notification import rendering
from services.notification.channels import Delivery, Letter, Receipt, Refused
from services.notification.channels.texter import Texter, masked


class SmsChannel:
    """For readers who have asked for it and have given a mobile number."""

    def __init__(self, texter: Texter) -> None:
        self._texter = texter

    def deliver(self, delivery: Delivery) -> Receipt:
        if not delivery.mobile:
            raise Refused("there is no mobile number any more")
        text = rendering.sms(
            delivery.template, delivery.language, delivery.full_name, delivery.context, wordings=delivery.wordings
        )
        answer = self._texter.send(delivery.mobile, text, delivery.notification_id)
        return Receipt(answer, self.address_of(delivery), Letter(delivery.language, "", text))

    def address_of(self, delivery: Delivery) -> str:
        """Masked, for the ledger of attempts outlives the number."""
        return masked(delivery.mobile or "")

    def close(self) -> None:
        self._texter.close()
