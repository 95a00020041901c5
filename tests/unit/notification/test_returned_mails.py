"""What mails of many servers say of ours, and what others do not say."""

import time
from pathlib import Path
from uuid import UUID

import pytest

from services.notification.domain.bounces import MAX_REPORT, Failure, Kind
from services.notification.mailbox import returned_mail

REPORTS = Path(__file__).parent / "reports"
ID = UUID("01930000-0000-7000-8000-000000000077")
ADDRESS = "sample1@example.ir"


def report(name: str) -> bytes:
    return (REPORTS / f"{name}.eml").read_bytes()


def said(name: str) -> Failure:
    """What a report says of the address, having named our mail."""
    mail = returned_mail.read(report(name))
    assert mail is not None
    assert mail.notification_id == ID
    return next(each for each in mail.failures if each.address == ADDRESS)


@pytest.mark.parametrize(
    ("name", "kind", "is_final", "code", "words"),
    [
        ("postfix_unknown_user", Kind.HARD, True, "5.1.1", "User unknown in local recipient table"),
        ("postfix_delayed", Kind.SOFT, False, "4.4.1", "Connection timed out"),
        ("expired", Kind.SOFT, True, "4.4.7", None),
        ("exchange_unknown_user", Kind.HARD, True, "5.1.10", "RecipientNotFound"),
        ("gmail_unknown_user", Kind.HARD, True, "5.1.1", "does not exist"),
        ("qmail_unknown_user", Kind.HARD, True, None, "550 No such person here"),
        ("policy_refusal", Kind.SOFT, True, "5.7.1", "blocked using a list"),
        ("passed_on", Kind.HARD, True, "5.2.1", "The mailbox is disabled"),
        ("complaint", Kind.COMPLAINT, False, None, "abuse: SomeGenerator/1.0"),
    ],
)
def test_what_each_server_says_is_understood(
    name: str, kind: Kind, is_final: bool, code: str | None, words: str | None
) -> None:
    found = said(name)
    assert (found.kind, found.is_final, found.status_code) == (kind, is_final, code)
    assert (words or "") in (found.answer or "")
    assert "\n" not in (found.answer or "")


@pytest.mark.parametrize("name", ["vacation", "delivered", "read_receipt"])
def test_what_is_no_report_of_a_failure_says_nothing(name: str) -> None:
    assert returned_mail.read(report(name)) is None


def test_a_forgery_says_what_it_says_and_no_more() -> None:
    mail = returned_mail.read(report("forged"))
    assert mail is not None
    assert [each.address for each in mail.failures] == ["director@example.ir"]


@pytest.mark.parametrize("name", sorted(path.stem for path in REPORTS.glob("*.eml")))
def test_a_report_cut_anywhere_is_read_as_far_as_it_goes_or_not_at_all(name: str) -> None:
    whole = report(name)
    for end in range(0, len(whole), 97):
        mail = returned_mail.read(whole[:end])
        assert mail is None or mail.notification_id in (ID, None)


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 50, b"Content-Type: multipart/report\r\n\r\n--", b"From: \xd8\n\n"])
def test_what_is_no_mail_is_no_report(raw: bytes) -> None:
    assert returned_mail.read(raw) is None


def test_a_mail_of_a_thousand_mails_is_unreadable_and_no_more() -> None:
    parts = (f'Content-Type: multipart/mixed; boundary="b{depth}"\n\n--b{depth}\n' for depth in range(2000))
    with pytest.raises(returned_mail.UnreadableError):
        returned_mail.read("".join(parts).encode())
    with pytest.raises(returned_mail.UnreadableError):
        returned_mail.read(b"Content-Type: message/rfc822\n\n" * 2000)


def test_of_a_long_mail_the_beginning_is_read_and_the_same_mail_has_one_id() -> None:
    raw = report("postfix_unknown_user").replace(b"\n", b"\r\n")
    long = raw + b"x" * MAX_REPORT
    mail = returned_mail.read(long)
    assert mail is not None
    assert mail.notification_id == ID
    assert returned_mail.report_id(raw) == returned_mail.report_id(report("postfix_unknown_user"))
    assert returned_mail.report_id(raw) != returned_mail.report_id(report("expired"))


SERVER = b"From: mailer-daemon@mail.example.ir\n"
WORDS = b"Delivery to the following recipient has been delayed\nYour message to:\nMessage could not be delivered to\n"
RECIPIENT = b'Final-Recipient: "' + b"\n ".join([b";" * 60] * 2000) + b"\nAction: failed\n\n"
NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(60))


@pytest.mark.parametrize(
    "hostile",
    [
        SERVER + b"\n" + (b"," * 330 + b"@" * 660 + b"\n") * 300,
        SERVER + b"\n" + b"," * 80_000 + b"@" * 160_000,
        SERVER + b"\n" + WORDS + b"<a" * MAX_REPORT,
        SERVER + b"\n" + b"".join(b"<sample%d@example.ir>:\n" % number for number in range(9000)),
        SERVER + b'Content-Type: multipart/mixed; x="' + b";" * MAX_REPORT,
        SERVER + b"Content-Transfer-Encoding: base64\n\n" + (b"CgoK" * 19 + b"\n") * 4000,  # lines without end
        SERVER + NESTED + b"\n" * MAX_REPORT,
        b"Content-Type: message/delivery-status\n\n" + RECIPIENT * 2,
        b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n" + b"Original-Rcpt-To: <<<<<<@@@@@@\n" * 9000,
    ],
    ids=["commas", "one line", "words", "addresses", "type", "lines", "parts", "recipients", "complaint"],
)
def test_no_mail_of_the_length_that_is_read_keeps_the_service_from_its_work(hostile: bytes) -> None:
    """Most of these took more than six seconds, and some of them hours; now none takes a tenth of this bound."""
    began = time.process_time()
    returned_mail.read(hostile[:MAX_REPORT])
    assert time.process_time() - began < 2


def test_what_is_long_in_a_report_is_cut_and_the_rest_is_read() -> None:
    raw = report("postfix_unknown_user").replace(b"X-Postfix-Queue-ID:", b"X: " + b"y" * 5000 + b"\n z\nX-Queue:")
    raw = raw.replace(b"User unknown in local recipient", b"User unknown " + b"in " * 900 + b"recipient")
    mail = returned_mail.read(raw)
    assert mail is not None
    assert (mail.notification_id, mail.failures[0].status_code) == (ID, "5.1.1")
    late = report("qmail_unknown_user").replace(b"\n\nHi. This", b"\nX: 1" * 300 + b"\n\nHi. This")
    mail = returned_mail.read(late)
    assert mail is not None
    assert mail.failures[0].address == ADDRESS


def test_an_address_between_commas_is_no_failure() -> None:
    assert returned_mail.read(SERVER + b"\nWe have moved, sample1@example.ir, and are closed.\n") is None
