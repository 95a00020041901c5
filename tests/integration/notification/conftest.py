"""A ledger on a real database, and real SMTP servers."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels.email import EmailChannel
from services.notification.channels.texter import open_texter
from services.notification.domain.delivery import Policy
from services.notification.domain.planning import Via
from services.notification.mailer import open_mailer
from services.notification.sending import Postman
from services.notification.service import NotificationService
from shared.auth import Caller
from shared.config import Config
from shared.database import Database
from shared.entrypoints.call import Call
from shared.errors import NotFound
from shared.events import AgencyRegisteredV1, CertificateIssuedV1, EmployeeRegisteredV1, Event, LocalizedText
from shared.messages import Message
from tests.harness import Databases, lent

SENDER = "no-reply@training.example"
COMPLETED_AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
QUICK = Policy(outage_pause=0.0, batch=5)
TITLE = LocalizedText(fa="حقوق اداری", en="Administrative law")


def caller(*roles: str, agency: str = "AG-A") -> Caller:
    return Caller("tests", agency, frozenset(roles))


def message(event: Event, event_id: UUID | None = None, time: datetime | None = None) -> Message[Any]:
    return Message(event_id or uuid4(), event, time or datetime.now(UTC), "sample-correlation")


def registered(number: int = 1, **changes: Any) -> EmployeeRegisteredV1:
    fields: dict[str, Any] = {
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "full_name": f"نمونه شماره {number}",
        "email": f"sample{number}@example.ir",
        "language": "fa",
    }
    return EmployeeRegisteredV1(**fields | changes)


def issued(number: int = 1, **changes: Any) -> CertificateIssuedV1:
    fields: dict[str, Any] = {
        "certificate_id": uuid4(),
        "enrollment_id": uuid4(),
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "full_name": f"نمونه شماره {number}",
        "kind": "type1",
        "serial": f"AG-A-1405-{number:06d}",
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "completed_on": date(2026, 11, 25),
        "completed_at": COMPLETED_AT,
        "issued_at": COMPLETED_AT,
        "verification_code": "K7QW-3MZP-9RTX",
        "verification_url": "http://127.0.0.1:8000/verify/K7QW-3MZP-9RTX",
    }
    return CertificateIssuedV1(**fields | changes)


def agencies(ledger: "Ledger", **above: str | None) -> None:
    """Tell of agencies in this order, each with the one above it: `AG_B="AG-A"` is AG-B, below AG-A."""
    codes = {code.replace("_", "-"): parent for code, parent in above.items()}
    said = [
        AgencyRegisteredV1(code=code, name=LocalizedText(fa=f"دستگاه {code}"), parent_code=parent)
        for code, parent in codes.items()
    ]
    ledger.service.on_agency_registered([message(event) for event in said])


def _no_certificate(*_question: Any) -> Any:
    """Certification answers that there is none, so the mail goes without it."""
    raise NotFound("certificate_not_found", "There is no such certificate.")


@dataclass
class Ledger:
    """The service on one database, called as its entrypoints call it; `woken` counts wake-ups of the sender."""

    db: Database
    folder: Path
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = NotificationService()
        urls = {"smtp_url": f"maildir://{self.folder}/mail", "sms_url": f"console://{self.folder}/texts.jsonl"}
        where = {**urls, "notification_url": "https://messages.example.ir"}
        loopback = {"webhook_networks": (ip_network("127.0.0.0/8"),), "webhook_cafile": None}
        config = replace(Config.from_environment(), mail_from=SENDER, **where, **loopback)
        parts: dict[str, Any] = {"mailer": open_mailer(config.smtp_url), "ending": lambda: False}
        parts |= {"texter": open_texter(config.sms_url), "certification": SimpleNamespace(ask=_no_certificate)}
        parts |= {"db": self.db, "config": config, "wake": self.woken.append, "policy": QUICK}
        for name, part in (parts | {"tokens": SimpleNamespace(caller=lambda token: token)}).items():
            setattr(self.service, name, part)

    def call(self, method: str, who: Caller, **arguments: Any) -> dict[str, Any]:
        reply: dict[str, Any] = getattr(self.service, method)(Call(arguments, who))
        return reply

    def people(self, count: int) -> None:
        self.service.on_employee_registered([message(registered(number)) for number in range(1, count + 1)])

    def certificates(self, count: int) -> list[Message[Any]]:
        messages = [message(issued(number)) for number in range(1, count + 1)]
        self.service.on_certificate_issued(messages)
        return messages

    def send(self, url: str = "", policy: Policy = QUICK) -> None:
        """One run of the sender."""
        mailer = open_mailer(url or self.service.config.smtp_url)
        try:
            Postman(self.db, {Via.EMAIL: EmailChannel(mailer, SENDER)}, policy).send_due()
        finally:
            mailer.close()

    def rows(self) -> list[Any]:
        with self.db.reading() as tx:
            return list(tx.execute(sa.select(models.notifications).order_by(models.notifications.c.created_at)))

    def statuses(self) -> list[str]:
        return [row.status for row in self.rows()]

    def change(self, **values: Any) -> None:
        """Set columns of every notification, as time or a crash would."""
        with self.db.transaction() as tx:
            tx.execute(sa.update(models.notifications).values(**values))

    @property
    def files(self) -> list[Path]:
        return sorted((self.folder / "mail/new").glob("*.eml"))


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Ledger]:
    with databases.of_service(request.param, "notification") as url:
        db = lent(url, models.metadata)
        try:
            yield Ledger(db, tmp_path)
        finally:
            db.engine.dispose()


@dataclass(frozen=True)
class SMTPServer:
    """A running sink: where it is, and what it took."""

    port: int
    folder: Path

    def url(self, options: str = "starttls=none", user: str = "", scheme: str = "smtp") -> str:
        return f"{scheme}://{user}127.0.0.1:{self.port}?{options}"

    @property
    def mails(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]

    @property
    def log(self) -> list[list[str]]:
        """TLS or clear, session, sender and recipients of each mail; its envelope came together or apart."""
        file = self.folder / "log"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def for_nobody(self) -> bytes:
        """What came as content after nobody was accepted."""
        file = self.folder / "for_nobody"
        return file.read_bytes() if file.exists() else b""


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[Callable[..., SMTPServer]]:
    """Starts SMTP servers: `smtp("--rcpt", "550 no such user")`."""
    with ExitStack() as stack:

        def start(*options: str) -> SMTPServer:
            folder = tmp_path / f"sink-{uuid4().hex[:8]}"
            folder.mkdir()
            command = [sys.executable, "-W", "ignore", "-m", "tests.integration.notification.smtp_sink", str(folder)]
            process = stack.enter_context(subprocess.Popen([*command, *options], stdout=subprocess.PIPE))
            stack.callback(process.kill)
            assert process.stdout is not None
            return SMTPServer(int(process.stdout.readline()), folder)

        yield start
