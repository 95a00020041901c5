"""The webhook: what a person is told goes to the system of their agency, as signed JSON (docs/webhooks.md)."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.notification import rendering
from services.notification.channels import Deferred, Delivery, Letter, Receipt, Refused, Unreachable
from services.notification.channels.posting import Access, Answer, Poster
from services.notification.domain import webhooks
from services.notification.domain.delivery import one_line
from services.notification.domain.webhooks import Verdict

TYPE_PREFIX = "training.notification."
SOURCE = "notification"


@dataclass(frozen=True)
class Endpoint:
    """Where an agency's system takes messages, and the secrets that sign them: the present one, and the former one
    for a while."""

    agency_code: str
    url: str
    secrets: Sequence[str]


class WebhookChannel:
    """Delivers to one endpoint, over as many connections as threads use it.

    It remembers how the endpoint did, for whoever decides when to come again.
    """

    def __init__(self, endpoint: Endpoint, access: Access) -> None:
        self._endpoint = endpoint
        self._access = access
        self._idle: list[Poster] = []
        self._lock = threading.Lock()
        self.taken = 0
        self.trouble = ""  # what was said of the last message that was not taken
        self.status: int | None = None  # of that answer, if one came
        self.asked_for = 0.0  # seconds of rest
        self.is_away = False
        self.is_gone = False

    def deliver(self, delivery: Delivery) -> Receipt:
        words = rendering.render(
            delivery.template, delivery.language, delivery.full_name, delivery.context, sender=delivery.sender
        )
        letter = Letter(delivery.language, words.subject, words.kept)
        answer = self.post(str(delivery.notification_id), message_of(delivery, letter))
        return Receipt(str(answer), self._endpoint.url, letter)

    def post(self, message_id: str, message: dict[str, Any]) -> Answer:
        """The answer of who has taken it over; raises a DeliveryError for any other."""
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            with self._poster() as poster:
                answer = poster.post(body, self._headers(message_id, body))
        except Unreachable as error:
            self.trouble, self.status, self.is_away = one_line(str(error)), None, True
            raise
        self._weigh(answer)
        with self._lock:
            self.taken += 1
        return answer

    def address_of(self, delivery: Delivery) -> str:
        return self._endpoint.url

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _poster(self) -> Iterator[Poster]:
        """One that nobody else uses meanwhile, with the connection that it has kept."""
        with self._lock:
            poster = self._idle.pop() if self._idle else Poster(self._endpoint.url, self._access)
        try:
            yield poster
        finally:
            with self._lock:
                self._idle.append(poster)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = int(time.time())
        signed = (webhooks.signature(secret, message_id, timestamp, body) for secret in self._endpoint.secrets)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "training-notification",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signed),
        }

    def _weigh(self, answer: Answer) -> None:
        """Raise the DeliveryError that an answer stands for."""
        verdict = webhooks.verdict(answer.status)
        if verdict is Verdict.TAKEN:
            return
        self.trouble, self.status = one_line(str(answer)), answer.status
        if verdict is Verdict.NEVER:
            raise Refused(self.trouble)
        if verdict is Verdict.LATER:
            raise Deferred(self.trouble)
        self.is_away, self.is_gone = True, verdict is Verdict.GONE
        self.asked_for = webhooks.retry_after(answer.retry_after, datetime.now(UTC))
        raise Unreachable(self.trouble)


def message_of(delivery: Delivery, letter: Letter) -> dict[str, Any]:
    """The message, with the names of CloudEvents where it has those attributes; its id is the same at every try."""
    return {
        "id": str(delivery.notification_id),
        "type": TYPE_PREFIX + delivery.template,
        "source": SOURCE,
        "time": _moment(delivery.created_at),
        "correlation_id": delivery.correlation_id,
        "agency_code": delivery.agency_code,
        "employee_id": str(delivery.employee_id),
        "template": delivery.template,
        "person": {"channel": delivery.told_by, "suppressed": delivery.is_suppressed},
        "language": letter.language,
        "subject": letter.subject,
        "text": letter.text,
        "data": dict(delivery.context),
    }


def trial_message(message_id: str, agency_code: str, now: datetime) -> dict[str, Any]:
    """What `test_webhook` sends: it is about nobody, and only its type says what it is."""
    return {
        "id": message_id,
        "type": TYPE_PREFIX + "test",
        "source": SOURCE,
        "time": _moment(now),
        "agency_code": agency_code,
        "template": None,
        "data": {},
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
