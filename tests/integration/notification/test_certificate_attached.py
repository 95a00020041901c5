"""The certificate in the mail: asked of certification itself, over both brokers, on both databases."""

import base64
import email
import email.policy
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import eventlet
import pypdfium2
import pytest
import sqlalchemy as sa
from nameko.containers import ServiceContainer

from services.certification.service import CertificationService
from services.certification.signing import making
from services.certification.signing.stores import FileStore
from services.notification import models
from services.notification.channels.certificate_file import Certificates
from services.notification.channels.email import EmailChannel
from services.notification.domain.planning import Via
from services.notification.mailer import open_mailer
from services.notification.models import tables
from services.notification.sending import Postman
from shared.entrypoints import rpc
from shared.events import CertificateExpiringV1, CertificateIssuedV1
from shared.messaging import asking, embedded
from shared.messaging.asking import Asker
from shared.persian import tehran_date
from tests.harness import Databases, Harness, lent
from tests.integration.certification.conftest import completed
from tests.integration.notification.conftest import QUICK, SENDER, Ledger, caller, message, registered
from tests.support.leash import wait_until

PAIRS = [("embedded", "sqlite"), ("rabbitmq", "postgresql")]
PERSON = UUID(int=1)


@dataclass
class Two:
    """Certification in a container of its own, and a ledger of mails that asks it."""

    certification: Harness
    ledger: Ledger
    asker: Asker
    container: ServiceContainer | None = None

    def start(self) -> None:
        config = {"training": self.certification.config, "WEB_SERVER_ADDRESS": "127.0.0.1:0"}
        self.container = ServiceContainer(CertificationService, config)
        self.container.start()
        link = next(each for each in self.container.shared_extensions.values() if isinstance(each, rpc.RpcServer))
        wait_until(lambda: link.connected, 10.0, "certification to listen", pause=0.02)

    def stop(self) -> None:
        if self.container is not None:
            self.container.stop()
            self.container = None

    def issue(self, **changes: Any) -> CertificateIssuedV1:
        """A certificate, issued and told of."""
        self.certification.deliver(completed(employee_id=PERSON, full_name="نمونه آزمون‌پور", **changes))
        (event,) = self.certification.outbox(CertificateIssuedV1)[-1:]
        assert isinstance(event, CertificateIssuedV1)
        self.ledger.service.on_certificate_issued([message(event)])
        return event

    def policy(self, key: str, value: Any) -> None:
        """Recorded as the Organisation would, from today on."""
        said = {"source": "نمونه", "confidence": "policy_default", "scope": "national", "reason": "آزمایش"}
        today = tehran_date(datetime.now(UTC)).isoformat()
        self.ledger.call("record_policy", caller("national"), key=key, value=value, effective_from=today, **said)

    def send(self) -> None:
        mailer = open_mailer(self.ledger.service.config.smtp_url)
        channel = EmailChannel(mailer, SENDER, Certificates(self.asker.ask))
        Postman(self.ledger.db, {Via.EMAIL: channel}, QUICK).send_due()

    @property
    def mail(self) -> EmailMessage:
        (file,) = self.ledger.files
        return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)

    @property
    def row(self) -> Any:
        (row,) = self.ledger.rows()
        return row


@pytest.fixture(params=PAIRS, ids="-".join)
def two(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Two]:
    broker, database = request.param
    monkeypatch.setattr(rpc, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(asking, "IDLE_SECONDS", 0.05)
    amqp_url = "embedded://" if broker == "embedded" else os.environ["TRAINING_TEST_AMQP_URL"]
    with (
        databases.of_service(database, "certification") as certificates_url,
        databases.of_service(database, "notification") as ledger_url,
    ):
        certification, db = Harness("certification", certificates_url, tmp_path), lent(ledger_url, models.metadata)
        certification.config = replace(certification.config, amqp_url=amqp_url, database_url=certificates_url)
        made = Two(certification, Ledger(db, tmp_path), Asker(amqp_url, "certification", timeout=4.0, rest=0.1))
        reader = eventlet.spawn(made.asker.run)
        made.ledger.service.on_employee_registered([message(registered(1, language="fa"))])
        made.start()
        try:
            yield made
        finally:
            made.asker.stop()
            reader.wait()
            made.stop()
            for each in (certification.db, db):
                each.engine.dispose()
            embedded.forget_everything()


def attached(mail: EmailMessage) -> EmailMessage:
    (part,) = mail.iter_attachments()
    assert isinstance(part, EmailMessage)
    return part


def content(mail: EmailMessage) -> bytes:
    found: bytes = attached(mail).get_content()
    return found


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[0].get_textpage().get_text_range()).replace("\u200c", "").replace("\u200e", "")


def test_the_file_that_anybody_with_the_code_gets_goes_along(two: Two) -> None:
    store = FileStore(two.certification.config.keys_dir, tend=False)
    making.make(two.certification.db, store, "AG-A", "documents", datetime.now(UTC) - timedelta(days=1), None)
    event = two.issue()
    two.send()
    assert (two.row.status, two.row.attempts) == ("sent", 1)
    part = attached(two.mail)
    assert (part.get_filename(), part.get_content_type()) == (f"{event.serial}.pdf", "application/pdf")
    reply = two.certification.call("get_public_document", None, code=event.verification_code)
    assert content(two.mail) == base64.b64decode(reply["content_base64"])
    assert "نمونه آزمونپور" in text_of(content(two.mail))
    assert b"/ETSI.CAdES.detached" in content(two.mail), "sealed"
    assert event.verification_url in words(two.mail)


def test_a_reader_of_english_gets_a_page_in_english(two: Two) -> None:
    two.ledger.service.on_employee_registered([message(registered(1, language="en"))])
    two.issue()
    two.send()
    assert "Sample Agency" in text_of(content(two.mail))


@pytest.mark.parametrize("how", ["agency", "policy"])
def test_it_can_be_turned_off(two: Two, how: str) -> None:
    if how == "agency":
        row = {"agency_code": "AG-A", "attach_certificates": False, "updated_at": sa.func.now(), "updated_by": "t"}
        with two.ledger.db.transaction() as tx:
            tx.execute(sa.insert(tables.agency_settings).values(row))
    else:
        two.policy("attach_certificates", False)
    two.issue()
    two.send()
    assert two.row.status == "sent"
    assert not list(two.mail.iter_attachments())


def test_while_certification_is_away_it_waits_and_other_mails_go(two: Two) -> None:
    two.asker._timeout = 0.3
    two.stop()
    event = two.issue()
    about = {name: getattr(event, name) for name in CertificateExpiringV1.__struct_fields__ if hasattr(event, name)}
    soon = CertificateExpiringV1(**about | {"reminder_id": uuid4(), "valid_until": date(2028, 1, 1), "days_left": 7})
    two.ledger.service.on_certificate_expiring([message(soon)])
    two.send()
    statuses = {row.template: (row.status, row.attempts) for row in two.ledger.rows()}
    assert statuses == {"certificate_issued": ("pending", 0), "certificate_expiring": ("sent", 1)}
    waiting = next(row for row in two.ledger.rows() if row.template == "certificate_issued")
    assert waiting.waiting_since is not None
    assert "waits for the certificate" in waiting.last_answer
    assert waiting.due_at > waiting.waiting_since


def test_back_in_time_it_goes_with_the_file(two: Two) -> None:
    two.asker._timeout = 0.3
    two.stop()
    two.issue()
    two.send()
    two.asker._timeout = 4.0
    two.start()
    two.ledger.change(due_at=two.row.waiting_since)
    eventlet.sleep(0.15)
    two.send()
    assert (two.row.status, two.row.attempts, two.row.waiting_since) == ("sent", 1, None)
    assert attached(two.mail).get_content_type() == "application/pdf"


def test_when_the_wait_is_over_it_goes_without_and_says_so(two: Two) -> None:
    two.asker._timeout = 0.3
    two.policy("attachment_wait_minutes", 0)
    two.stop()
    event = two.issue()
    two.send()
    assert two.row.status == "sent"
    assert "without the certificate: certification did not answer" in two.row.last_answer
    assert not list(two.mail.iter_attachments())
    assert event.verification_url in words(two.mail)


@pytest.mark.parametrize("became", ["revoked", "suspended"])
def test_one_that_does_not_hold_any_more_is_not_sent(two: Two, became: str) -> None:
    event = two.issue()
    with two.certification.db.transaction() as tx:
        table = two.certification.service.metadata.tables["certificates"]
        tx.execute(sa.update(table).where(table.c.id == event.certificate_id).values(status=became))
    two.send()
    assert two.row.status == "sent"
    assert f"without the certificate: it is {became}" in two.row.last_answer
    assert not list(two.mail.iter_attachments())
