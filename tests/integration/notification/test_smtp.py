"""Mail over real SMTP, to servers that behave and to servers that do not."""

import email
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from eventlet import patcher

from services.notification.channels import Deferred, Refused, Unreachable
from services.notification.mailer import Mailer, dialogue, open_mailer, pool
from services.notification.rendering.samples import NAMES
from tests.integration.notification.conftest import Ledger, SMTPServer, issued, message
from tests.unit.notification.samples import NOTIFICATION_ID, SENDER, composed

Start = Callable[..., SMTPServer]

# eventlet leaves the socket of a failed handshake to the garbage collector, which closes it at once.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <eventlet.green.ssl.GreenSSLSocket:ResourceWarning")


def certified(file: Path, address: str = "127.0.0.1", days: int = 1) -> Path:
    """A key and a certificate for an address, over after so many days, that only those trust who are given the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    signed = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certified(tmp_path / "sink.pem")


@pytest.fixture
def mailers() -> Iterator[Callable[[str], Mailer]]:
    opened: list[Mailer] = []

    def make(url: str) -> Mailer:
        opened.append(open_mailer(url))
        return opened[-1]

    yield make
    for mailer in opened:
        mailer.close()


def post(mailer: Mailer, address: str = "sample1@example.ir") -> str:
    return mailer.send(composed(email=address), NOTIFICATION_ID)


def test_a_mail_arrives_whole(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp()
    assert post(mailers(server.url())) == "250 queued as 1"
    (raw,) = server.mails
    mail = email.message_from_bytes(raw, policy=default)
    assert mail["To"].addresses[0].display_name == NAMES["fa"]
    part = mail.get_body(("plain",))
    assert part is not None
    assert "SAMPLE-1405-000123" in part.get_content()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert server.log[0][2:4] == [SENDER, "sample1@example.ir"]


def test_one_connection_carries_many_mails(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp()
    mailer = mailers(server.url())
    for number in range(5):
        post(mailer, f"sample{number}@example.ir")
    assert len({line[1] for line in server.log}) == 1
    assert len(server.mails) == 5


def test_a_refused_recipient_leaves_the_connection_good_for_the_next(
    smtp: Start, mailers: Callable[[str], Mailer]
) -> None:
    server = smtp("--rcpt", "550 no such user", "--only", "gone")
    mailer = mailers(server.url())
    with pytest.raises(Refused, match="550 no such user"):
        post(mailer, "gone@example.ir")
    post(mailer)
    assert [line[3] for line in server.log] == ["sample1@example.ir"]


@pytest.mark.parametrize("more", [(), ("--pipelining",)], ids=["apart", "together"])
@pytest.mark.parametrize(
    ("option", "answer", "error"),
    [
        ("--rcpt", "450 mailbox busy", Deferred),
        ("--rcpt", "421 closing", Deferred),
        ("--rcpt", "550 no such user", Refused),
        ("--data", "451 try later", Deferred),
        ("--data", "554 not wanted", Refused),
        ("--mail", "451 too many", Deferred),
        ("--mail", "550 you may not send here", Unreachable),
    ],
)
def test_an_answer_means_what_its_number_says(
    smtp: Start,
    mailers: Callable[[str], Mailer],
    option: str,
    answer: str,
    error: type[Exception],
    more: tuple[str, ...],
) -> None:
    server = smtp(option, answer, *more)
    with pytest.raises(error, match=answer) as raised:
        post(mailers(server.url()))
    assert getattr(raised.value, "stage", option[2:]) == option[2:]
    assert server.mails == []


def test_a_connection_cut_within_the_content_defers_that_mail_and_the_next_one_goes(
    smtp: Start, mailers: Callable[[str], Mailer]
) -> None:
    server = smtp("--drop", "1")
    mailer = mailers(server.url())
    with pytest.raises(Deferred):
        post(mailer)
    assert post(mailer) == "250 queued as 2"


def test_an_envelope_goes_in_one_write_where_the_server_offers_it(
    smtp: Start, mailers: Callable[[str], Mailer]
) -> None:
    for options, how in ((("--pipelining",), "together"), ((), "apart")):
        server = smtp(*options)
        mailer = mailers(server.url())
        post(mailer)
        post(mailer)
        assert [line[4] for line in server.log] == [how] * 2


def test_nothing_is_said_to_a_server_that_wants_the_content_for_nobody(
    smtp: Start, mailers: Callable[[str], Mailer]
) -> None:
    """RFC 2920 section 3.1: DATA was in the same write as the recipient that it refused."""
    server = smtp("--pipelining", "--eager", "--rcpt", "550 5.1.1 no such user", "--only", "gone")
    mailer = mailers(server.url())
    post(mailer)
    with pytest.raises(Refused, match=r"550 5\.1\.1 no such user") as refused:
        post(mailer, "gone@example.ir")
    assert refused.value.stage == "rcpt"
    assert server.for_nobody == b".\r\n"
    post(mailer)
    assert len({line[1] for line in server.log}) == 1, "the connection is good for the next"


@pytest.mark.parametrize(("answer", "error"), [("421 4.3.2 closing", Deferred), ("550 5.1.1 no such user", Refused)])
def test_an_answer_holds_although_the_connection_is_cut_behind_it(
    smtp: Start, mailers: Callable[[str], Mailer], answer: str, error: type[Exception]
) -> None:
    server = smtp("--pipelining", "--rcpt", answer, "--only", "gone", "--cut")
    mailer = mailers(server.url())
    post(mailer)
    with pytest.raises(error, match=answer):
        post(mailer, "gone@example.ir")
    post(mailer)
    assert len({line[1] for line in server.log}) == 2


def test_no_more_connections_are_open_than_the_address_allows(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp("--stall", "0.1")
    mailer = mailers(server.url("starttls=none&connections=2"))
    with ThreadPoolExecutor(6) as threads:
        assert len(list(threads.map(lambda _: post(mailer), range(6)))) == 6
    assert len({line[1] for line in server.log}) == 2


def test_a_server_that_takes_fewer_connections_is_not_away(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp("--stall", "0.1", "--most", "2")
    mailer = mailers(server.url())
    for _ in range(2):
        with ThreadPoolExecutor(6) as threads:
            assert len(list(threads.map(lambda _: post(mailer), range(6)))) == 6
        mailer.tidy()
    assert len({line[1] for line in server.log}) == 2


def test_an_unused_connection_is_left_after_a_while(
    smtp: Start, mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = smtp()
    mailer = mailers(server.url())
    for seconds in (60.0, 0.0, 60.0):
        monkeypatch.setattr(pool, "IDLE_SECONDS", seconds)
        post(mailer)
        mailer.tidy()
    first, second, third = (line[1] for line in server.log)
    assert first == second != third


def test_a_mail_has_a_return_path_of_its_own(smtp: Start) -> None:
    server = smtp()
    mailer = open_mailer(server.url(), "bounces@training.example")
    post(mailer)
    mailer.close()
    assert server.log[0][2] == f"bounces+{NOTIFICATION_ID}@training.example"
    assert SENDER.encode() in server.mails[0]


def test_a_kept_connection_that_the_server_has_closed_is_made_again(
    smtp: Start, mailers: Callable[[str], Mailer]
) -> None:
    server = smtp("--idle", "0.2")
    mailer = mailers(server.url())
    post(mailer)
    time.sleep(0.6)
    post(mailer)
    assert len({line[1] for line in server.log}) == 2


@pytest.mark.parametrize(
    ("step", "error"), [("mail", Unreachable), ("rcpt", Deferred), ("data", Deferred), ("content", Deferred)]
)
def test_a_server_that_stalls_at_any_step_is_not_waited_for(
    smtp: Start, mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch, step: str, error: type[Exception]
) -> None:
    for name in ("STEP_SECONDS", "VERDICT_SECONDS"):
        monkeypatch.setattr(dialogue, name, 0.3)
    server = smtp("--stall", "30", "--stall-at", step, "--pipelining")
    with pytest.raises(error, match="timed out"):
        post(mailers(server.url()))
    assert server.mails == []


def test_a_server_that_looks_through_a_mail_before_it_takes_it_is_waited_for(
    smtp: Start, mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was given up here would be taken all the same, and come once more at each try."""
    monkeypatch.setattr(dialogue, "STEP_SECONDS", 0.3)
    server = smtp("--stall", "0.7", "--stall-at", "content")
    assert post(mailers(server.url())) == "250 queued as 1"


@contextmanager
def served_once(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that takes one connection, which its client has closed at the end."""

    def take() -> None:
        client, _ = listening.accept()
        with client:
            serve(client)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=take)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(10)
    assert not thread.is_alive(), "the connection was closed"


def test_a_server_that_answers_letter_by_letter_has_no_more_time(
    mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "STEP_SECONDS", 0.5)

    def drip(client: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client.sendall(b"2")
                time.sleep(0.05)

    with served_once(drip) as port, pytest.raises(Unreachable, match="timed out"):
        post(mailers(f"smtp://127.0.0.1:{port}"))


def test_a_host_that_accepts_and_never_greets_is_an_outage(
    mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "STEP_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
        post(mailers(f"smtp://127.0.0.1:{silent.getsockname()[1]}"))


def test_no_server_is_an_outage(mailers: Callable[[str], Mailer]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="Refused"):
        post(mailers(f"smtp://127.0.0.1:{port}"))


def test_required_tls_that_is_not_offered_sends_nothing_in_clear(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp()
    with pytest.raises(Unreachable, match="TLS is required"):
        post(mailers(server.url("starttls=required")))
    assert server.mails == []


def test_a_server_without_tls_never_sees_the_password(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp("--login")
    with pytest.raises(Unreachable, match="TLS is required"):
        post(mailers(server.url("", user="user:right@")))


@pytest.mark.parametrize(
    ("wrong", "words"), [({"address": "127.0.0.2"}, "IP address mismatch"), ({"days": -1}, "certificate has expired")]
)
def test_a_certificate_of_another_host_or_another_time_is_none(
    smtp: Start, mailers: Callable[[str], Mailer], tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    bad = certified(tmp_path / "bad.pem", **wrong)
    server = smtp("--certificate", str(bad))
    with pytest.raises(Unreachable, match=words):
        post(mailers(server.url(f"starttls=required&cafile={bad}")))
    assert server.mails == []


def test_required_tls_checks_the_certificate(smtp: Start, mailers: Callable[[str], Mailer], certificate: Path) -> None:
    server = smtp("--certificate", str(certificate))
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(mailers(server.url("starttls=required")))
    assert server.mails == []
    post(mailers(server.url(f"starttls=required&cafile={certificate}")))
    assert [line[0] for line in server.log] == ["tls"]


def test_tls_is_used_where_it_is_available(smtp: Start, mailers: Callable[[str], Mailer], certificate: Path) -> None:
    with_tls, without = smtp("--certificate", str(certificate)), smtp()
    for server in (with_tls, without):
        post(mailers(server.url("starttls=if_available")))
    assert [with_tls.log[0][0], without.log[0][0]] == ["tls", "clear"]


def test_smtps_speaks_tls_from_the_first_byte(smtp: Start, mailers: Callable[[str], Mailer], certificate: Path) -> None:
    server = smtp("--certificate", str(certificate), "--smtps")
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(mailers(server.url("", scheme="smtps")))
    post(mailers(server.url(f"cafile={certificate}", scheme="smtps")))
    assert [line[0] for line in server.log] == ["tls"]


def test_a_wrong_password_is_an_outage_and_bounces_nobody(
    smtp: Start, mailers: Callable[[str], Mailer], certificate: Path
) -> None:
    server = smtp("--login", "--certificate", str(certificate))
    options = f"starttls=required&cafile={certificate}"
    with pytest.raises(Unreachable, match="535"):
        post(mailers(server.url(options, user="user:wrong@")))
    post(mailers(server.url(options, user="user:right@")))
    assert len(server.mails) == 1


def test_a_challenge_that_cannot_be_read_is_an_outage(mailers: Callable[[str], Mailer]) -> None:
    """`334 abc` is no base64; one answer to each line: greeting, EHLO, AUTH."""

    def answer(client: socket.socket) -> None:
        with client.makefile("rwb", buffering=0) as lines:
            for said in (b"220 sink", b"250-sink\r\n250 AUTH CRAM-MD5", b"334 abc"):
                lines.write(said + b"\r\n")
                lines.readline()

    with served_once(answer) as port, pytest.raises(Unreachable, match="padding"):
        post(mailers(f"smtp://user:right@127.0.0.1:{port}?starttls=none"))


def test_a_waiting_mail_server_does_not_stop_the_process(smtp: Start, mailers: Callable[[str], Mailer]) -> None:
    server = smtp("--stall", "1")
    assert turns_of_others(mailers(server.url())) > 20


def test_a_name_service_that_is_slow_does_not_stop_the_process(
    smtp: Start, mailers: Callable[[str], Mailer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host of the server and our own name are looked up by functions of C, which wait without letting others on."""
    wait = patcher.original("time").sleep

    def slow(function: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*arguments: Any, **named: Any) -> Any:
            asked.append(function.__name__)
            wait(0.5)
            return function(*arguments, **named)

        return answer

    asked: list[str] = []
    server = smtp()
    dialogue._own_name.cache_clear()
    with monkeypatch.context() as patch:
        for name in ("getaddrinfo", "getfqdn"):
            patch.setattr(socket, name, slow(getattr(socket, name)))
        assert turns_of_others(mailers(server.url())) > 20
        assert set(asked) == {"getaddrinfo", "getfqdn"}
        post(mailers(server.url()))
        assert asked.count("getfqdn") == 1
    assert len(server.mails) == 2


def turns_of_others(mailer: Mailer) -> int:
    """How many turns others get in the time that one mail takes."""
    turns = 0
    thread = threading.Thread(target=post, args=(mailer,))
    thread.start()
    while thread.is_alive():
        time.sleep(0.02)
        turns += 1
    return turns


def test_connections_are_kept_from_one_run_of_the_timer_to_the_next(ledger: Ledger, smtp: Start) -> None:
    server = smtp()
    ledger.service.mailer = open_mailer(server.url("starttls=none&connections=1"))
    ledger.people(2)
    for number in (1, 2):
        ledger.service.on_certificate_issued([message(issued(number))])
        ledger.service.send_pending()
    ledger.service.mailer.close()
    assert ledger.statuses() == ["sent"] * 2
    assert len({line[1] for line in server.log}) == 1


def test_the_ledger_is_sent_over_smtp_with_an_outcome_for_each(ledger: Ledger, smtp: Start) -> None:
    ledger.people(20)
    ledger.certificates(20)
    server = smtp("--rcpt", "550 no such user", "--only", "sample7@", "--drop", "1")
    ledger.send(server.url())
    assert sorted(ledger.statuses()) == ["bounced", "deferred"] + ["sent"] * 18
    ledger.change(due_at=datetime.now(UTC))
    ledger.send(server.url())
    assert sorted(ledger.statuses()) == ["bounced"] + ["sent"] * 19
    ids = [email.message_from_bytes(mail)["Message-ID"] for mail in server.mails]
    assert len(ids) == len(set(ids)) == 19


def test_a_mail_whose_acceptance_was_not_heard_comes_again_with_the_same_message_id(
    ledger: Ledger, smtp: Start
) -> None:
    ledger.people(1)
    ledger.certificates(1)
    server = smtp("--drop-after", "1")
    ledger.send(server.url())
    assert ledger.statuses() == ["deferred"]
    ledger.change(due_at=datetime.now(UTC))
    ledger.send(server.url())
    assert ledger.statuses() == ["sent"]
    ids = [email.message_from_bytes(mail)["Message-ID"] for mail in server.mails]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_an_outage_of_the_mail_server_loses_nothing(ledger: Ledger, smtp: Start) -> None:
    ledger.people(8)
    ledger.certificates(8)
    ledger.send("smtp://127.0.0.1:1")
    assert sorted(ledger.statuses()) == ["deferred"] + ["pending"] * 7
    ledger.change(due_at=datetime.now(UTC))
    server = smtp()
    ledger.send(server.url())
    assert ledger.statuses() == ["sent"] * 8
    assert len(server.mails) == 8
