"""The four services as processes on the run's broker and databases, and what an outsider does with them."""

import email
import email.policy
import http.client
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest

from shared.persian import tehran_date
from tests.support.client import RemoteError, RpcClient
from tests.support.leash import wait_until
from tests.support.postgres import SERVICES, connected
from tests.support.processes import ServiceProcess, run_training

AGENCY, OTHER = "E2E-A", "E2E-B"
ROLES = ("national", "catalog_admin", "training_officer", "agency_system", "auditor", "operator")
SETTLE_SECONDS = 30.0


def national_code(number: int) -> str:
    """A code with a right check digit that nobody has: the prefix 999 is not given out."""
    digits = [9, 9, 9, *(int(digit) for digit in f"{number:06d}")]
    rest = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return "".join(map(str, digits)) + str(rest if rest < 2 else 11 - rest)


def read_mail(folder: Path) -> list[EmailMessage]:
    """Every mail in a Maildir, parsed as a mail program does."""
    files = sorted((folder / "new").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def display_name(mail: EmailMessage) -> str:
    """The recipient's name, decoded by RFC 2047: white space between two encoded words is no part of the text.

    (The address parser of Python 3.11's newer e-mail policy keeps it.)
    """
    raw = next(value for name, value in mail.raw_items() if name == "To")
    return parseaddr(str(make_header(decode_header(str(raw)))))[0]


@dataclass(frozen=True)
class Reply:
    """What an HTTP server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Platform:
    """Started once; tests work with agencies, courses and people of their own."""

    def __init__(self, folder: Path) -> None:
        self.mail = folder / "mail"
        self.env = {
            "TRAINING_AMQP_URL": os.environ["TRAINING_TEST_AMQP_URL"],
            "TRAINING_DATABASE_URL": os.environ["TRAINING_TEST_DATABASE_URL"],
            "TRAINING_SMTP_URL": f"maildir://{self.mail}",
            "TRAINING_KEYS_DIR": str(folder / "keys"),
            "TRAINING_PUBLIC_URL": "https://certificates.example",
            "TRAINING_RETRY_DELAYS": "0.2,0.5,1,2,4",
        }
        self.services = {name: ServiceProcess(name, self.env, log_dir=folder) for name in SERVICES}
        self._people = 0
        self._courses = 0

    def start(self) -> None:
        run_training("migrate", env=self.env)
        run_training("topology", env=self.env)
        for service in self.services.values():
            service.start()
        for service in self.services.values():
            service.wait_ready()
        self.all_token = self.token(AGENCY, *ROLES)
        self.client = RpcClient(self.env["TRAINING_AMQP_URL"], token=self.all_token)
        for code in (AGENCY, OTHER):
            self.call("enrollment.register_agency", code=code, name={"fa": f"سازمان نمونهٔ {code}", "en": code})

    def stop(self) -> list[int]:
        """The exit codes of the services."""
        self.client.close()
        return [service.terminate() for service in self.services.values()]

    def close(self) -> None:
        for service in self.services.values():
            service.kill9()

    def token(self, agency: str, *roles: str, ttl: int = 3600) -> str:
        words = [word for role in roles for word in ("--role", role)]
        command = ("token", "--agency", agency, "--system", "e2e", "--ttl", str(ttl), *words)
        return run_training(*command, env=self.env).strip()

    def call(self, operation: str, token: str | None = None, **arguments: Any) -> Any:
        """One call over AMQP; repeated while the service says that something has not reached it yet."""
        service, _, method = operation.partition(".")

        def answered() -> list[Any]:
            try:
                return [self.client.call(service, method, arguments, token=token)]
            except RemoteError as error:
                if error.kind != "Unavailable":
                    raise
                return []

        return wait_until(answered, SETTLE_SECONDS, operation, pause=0.05)[0]

    def refusal(self, operation: str, token: str | None = None, **arguments: Any) -> RemoteError:
        """The error that a call is answered with."""
        service, _, method = operation.partition(".")
        with pytest.raises(RemoteError) as refused:
            self.client.call(service, method, arguments, token=token)
        return refused.value

    def call_raw(self, operation: str, body: bytes, headers: Mapping[str, Any] | None = None, **properties: Any) -> Any:
        """One call with a body and headers as given."""
        correlation_id = str(uuid.uuid4())
        sent = {"reply_to": self.client.reply_to, "correlation_id": correlation_id, "content_type": "application/json"}
        whole = {"nameko.auth_token": self.all_token, **(headers or {})}
        self.client.publish_raw(body, operation, headers=whole, **sent | properties)
        return self.client.wait(correlation_id)

    def http(
        self,
        service: str,
        path: str,
        body: bytes | Mapping[str, Any] | None = None,
        token: str | None = None,
        method: str | None = None,
        **headers: str,
    ) -> Reply:
        """One HTTP request; a mapping is sent as JSON. Underscores in names of headers stand for hyphens."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.services[service].port, timeout=10)
        try:
            connection.request(method or ("GET" if data is None else "POST"), path, data, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def employee(self, agency: str = AGENCY, **changes: Any) -> dict[str, Any]:
        """A new person, as the service replies."""
        reply: dict[str, Any] = self.call("enrollment.register_employee", **self.person(agency, **changes))
        return reply

    def person(self, agency: str = AGENCY, **changes: Any) -> dict[str, Any]:
        """Arguments that register somebody nobody has registered yet."""
        self._people += 1
        fields = {
            "agency_code": agency,
            "national_code": national_code(self._people),
            "personnel_number": f"E{self._people}",
            "full_name": f"نمونه‌زادهٔ آزمون {self._people}",
            "email": f"person-{self._people}@agency.example",
        }
        return fields | changes

    def course(self, **changes: Any) -> str:
        """A published course of eight hours; its code."""
        self._courses += 1
        title = {"fa": "مهارت‌های نمونه", "en": "Sample skills"}
        fields = {"code": f"E2E-{self._courses}", "title": title, "course_type": "job", "hours": 8} | changes
        defined = self.call("catalog.define_course", **fields)
        self.call("catalog.publish_course", course_code=defined["course_code"], version=defined["version"])
        return str(defined["course_code"])

    def offering(self, **changes: Any) -> str:
        """An open offering of a new course; its id."""
        today = tehran_date(datetime.now(UTC))
        fields = {
            "agency_code": AGENCY,
            "starts_on": (today + timedelta(days=1)).isoformat(),
            "ends_on": (today + timedelta(days=2)).isoformat(),
            "capacity": 10,
            "open_to": "all",
        } | changes
        fields.setdefault("course_code", self.course())
        return str(self.call("catalog.open_offering", **fields)["offering_id"])

    def enrolled(self, offering_id: str, employee_id: str | None = None) -> str:
        """The confirmed enrollment of somebody."""
        person = employee_id or self.employee()["employee_id"]
        reply = self.call("enrollment.enroll", employee_id=person, offering_id=offering_id)
        assert reply["status"] == "confirmed"
        return str(reply["enrollment_id"])

    def notified(self, employee_id: str, template: str) -> dict[str, Any]:
        """The notification of this template, once it is sent."""

        def sent() -> dict[str, Any] | None:
            page = self.call("notification.list_notifications", employee_id=employee_id)
            found = [item for item in page["items"] if item["template"] == template]
            assert len(found) <= 1
            return found[0] if found and found[0]["status"] == "sent" else None

        found: dict[str, Any] = wait_until(sent, SETTLE_SECONDS, f"{template} to be sent")
        return found

    def mail_of(self, notification: Mapping[str, Any]) -> EmailMessage:
        """The mail of a notification."""
        file = self.mail / "new" / f"{notification['notification_id']}.eml"
        return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)

    def certificates(self, employee_id: str, count: int = 1) -> list[dict[str, Any]]:
        """Somebody's certificates, once there are so many."""

        def there() -> list[dict[str, Any]] | None:
            items: list[dict[str, Any]] = self.call("certification.list_certificates", employee_id=employee_id)["items"]
            return items if len(items) >= count else None

        found: list[dict[str, Any]] = wait_until(there, SETTLE_SECONDS, f"{count} certificates")
        return found

    def letters(self, service: str) -> list[dict[str, Any]]:
        """The parked messages of a service."""
        return list(self.call(f"{service}.list_dead_letters", limit=1000)["items"])

    def change(self, service: str, statement: str, *values: Any) -> int:
        """Change a service's database behind its back; the number of rows."""
        url = self.env["TRAINING_DATABASE_URL"].replace("{service}", service)
        with connected(url) as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)
