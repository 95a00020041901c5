"""A mail on the wire is what email.generator would write, for mails of ours and for any other."""

import email
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest

from services.notification.mailer.wire import LINE, on_the_wire
from services.notification.rendering.samples import CONTEXTS
from tests.unit.notification.samples import composed


def parts(content: bytes) -> list[tuple[Any, Any]]:
    """Headers, but for boundaries and folding, and bodies."""
    return [
        (
            [(name, " ".join(value.split()).partition(" boundary=")[0]) for name, value in part.items()],
            None if part.is_multipart() else part.get_payload().replace("\r\n", "\n"),
        )
        for part in email.message_from_bytes(content).walk()
    ]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_our_mails_are_what_the_library_would_have_written(language: str) -> None:
    for template in CONTEXTS:
        content = on_the_wire(composed(template=template, language=language))
        assert parts(content) == parts(composed(template=template, language=language).as_bytes())
        lines = content.split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line for line in lines)
        assert max(map(len, lines)) <= LINE


def test_attachments_within_parts_within_parts_stay_where_they_are() -> None:
    def made() -> Message:
        whole, words = MIMEMultipart("mixed"), MIMEMultipart("alternative")
        whole["Subject"] = "x"
        words.attach(MIMEText("سلام", "plain", "utf-8"))
        whole.attach(words)
        whole.attach(MIMEApplication(bytes(range(256)) * 10, "pdf"))
        return whole

    content = on_the_wire(made())
    assert parts(content) == parts(made().as_bytes())
    *_, attachment = email.message_from_bytes(content).walk()
    assert attachment.get_payload(decode=True) == bytes(range(256)) * 10


def test_a_long_header_is_folded_at_its_spaces_and_read_as_it_was() -> None:
    links = "<https://training.example/unsubscribe/01234567890123456789012345678901234>, <mailto:a@training.example>"
    for value in (links, "x" * 200, "x " * 100 + "x", "  " + "y" * 90, "one  two " * 20 + "end"):
        message = MIMEText("", "plain", "us-ascii")
        message["X-Value"] = value
        read = email.message_from_bytes(on_the_wire(message))["X-Value"]
        assert read.replace("\r\n", "").split() == value.split()


def test_a_header_that_would_begin_another_one_is_refused() -> None:
    message = MIMEText("", "plain", "us-ascii")
    message["Subject"] = "hello\nBcc: somebody@training.example"
    with pytest.raises(email.errors.HeaderParseError):
        on_the_wire(message)


def test_what_is_not_encoded_yet_is_left_to_the_library() -> None:
    message = EmailMessage()
    message["Subject"] = "نامه"
    message["To"] = "نام <a@training.example>"
    message.set_content("سلام")
    (headers, _), *_ = parts(on_the_wire(message))
    assert dict(headers)["Subject"].startswith("=?utf-8?")
