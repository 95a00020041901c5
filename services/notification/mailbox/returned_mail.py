"""Mails that tell of mails: reports of delivery (RFC 3464), the free words of older servers, complaints (RFC 5965).

Whatever anybody sends to the address lands here: holiday replies, questions, forgeries. What is read is only what it
says; whether it is true is asked of the ledger (sending/bouncing.py). And since anybody may write it to stop us, no
parser and no pattern sees more of it than it can read at once: some take the square of a line, or worse.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from itertools import islice
from uuid import UUID

from flufl.bounce._detectors.dsn import DSN
from flufl.bounce._detectors.llnl import LLNL
from flufl.bounce._scan import _DETECTORS

from services.notification.domain import bounces
from services.notification.domain.bounces import MAX_REPORT, Failure, complained, failed

# For the free words of servers. LLNL takes any line with an address between commas, and the cube of its length for it.
_OF_WORDS = tuple(each for each in _DETECTORS if each not in (DSN, LLNL))

ID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_IN_RETURN_PATH = re.compile(rf"\+{ID}@", re.IGNORECASE)
_IN_MESSAGE_ID = re.compile(rf"<{ID}@", re.IGNORECASE)
_COPIED_MESSAGE_ID = re.compile(rf"^[> \t]*Message-ID:\s*<{ID}@", re.IGNORECASE | re.MULTILINE)

_WHERE_IT_CAME = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Original-Recipient", "To")
_SERVERS = ("mailer-daemon", "postmaster", "maildaemon", "mail-daemon")
_COMPLAINTS = ("abuse", "opt-out")
_WORDS = 20_000  # of a free text that are looked through
_LINES, _LINE = 4000, 1000  # of a mail; RFC 5322 allows a line no more than 998 letters
_DEPTH = 60  # of parts in parts
_FEW_LINES, _SHORT_LINE = 400, 200  # of one that is searched for free words
_MANY = 20  # recipients in one report; ours went to one


@dataclass(frozen=True)
class ReturnedMail:
    """Which notification a report speaks of, if it says so, and what it says of which addresses."""

    notification_id: UUID | None
    failures: tuple[Failure, ...]


class UnreadableError(ValueError):
    """It is no mail, or none that the parsers can take apart."""


def read(raw: bytes) -> ReturnedMail | None:
    """What a mail reports; None for one that reports nothing, such as a holiday reply or the news of a delivery.
    UnreadableError for what is no mail."""
    beginning = _shortened(raw[:MAX_REPORT], _LINES, _LINE)
    if beginning.lower().count(b"boundary") > _DEPTH:  # each line is compared with the ends of all parts that it is in
        raise UnreadableError("too many parts")
    try:
        mail = message_from_bytes(beginning)
        failures = tuple(_complaints(mail) or _failures(mail, beginning))
        return ReturnedMail(_notification_id(mail), failures) if failures else None
    except Exception as error:  # parsers meet what nobody foresaw
        raise UnreadableError(type(error).__name__) from error


def report_id(raw: bytes) -> UUID:
    """That of a mail, in whatever way and with whichever line ends it came here."""
    content = raw[:MAX_REPORT].replace(b"\r\n", b"\n").rstrip()
    return bounces.report_id("mail", sha256(content).hexdigest())


def _shortened(raw: bytes, lines: int, length: int) -> bytes:
    """So many lines of a mail. A line that others continue, as those of headers are, is no longer with them."""
    kept, room = [], length
    for line in raw.splitlines(keepends=True)[:lines]:
        if not line.startswith((b" ", b"\t")):
            room = length
        if room > 0:
            kept.append(line if len(line) <= room else line[:room] + b"\n")
        room -= len(line)
    return b"".join(kept)


def _failures(mail: Message, raw: bytes) -> list[Failure]:
    blocks = list(islice(_delivery_status(mail), _MANY))
    if blocks:
        temporary, permanent = map(_decoded, DSN().process(_status_of(blocks)))
        named = temporary | permanent
        return [failure for block in blocks for failure in _of_block(block, named, permanent)]
    if mail.get_content_type() == "multipart/report" or not _is_from_server(mail):
        return []  # a receipt of reading, or a person or program that answers
    return _of_words(mail, message_from_bytes(_shortened(raw, _FEW_LINES, _SHORT_LINE)[:_WORDS]))


def _status_of(blocks: list[Message]) -> Message:
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    for block in blocks:
        status.attach(block)
    return status


def _of_words(mail: Message, short: Message) -> list[Failure]:
    """What the first detector finds that knows the words; they are sorted from sure to less sure."""
    text = _free_text(mail)
    for detector in _OF_WORDS:
        temporary, permanent = map(_decoded, detector().process(short))
        if found := temporary | permanent:
            some = sorted(found)[:_MANY]
            return [failed(one, one in permanent, None, _words_about(text, one)) for one in some]
    return []


def _decoded(addresses: Iterable[bytes]) -> set[str]:
    return {one.decode("ascii") for one in addresses}


def _of_block(block: Message, named: set[str], permanent: set[str]) -> list[Failure]:
    """A recipient has two names where a mail was passed on: the one we wrote to may be either."""
    names = {_recipient(block, name) for name in ("Original-Recipient", "Final-Recipient")} - {""}
    if not names & named:
        return []
    is_final = bool(names & permanent)
    status, said = _header(block, "Status"), _header(block, "Diagnostic-Code").partition(";")
    return [failed(name, is_final, status, said[2] or said[0]) for name in sorted(names)]


def _recipient(block: Message, name: str) -> str:
    return parseaddr(_header(block, name).rpartition(";")[2])[1]


def _delivery_status(mail: Message) -> Iterator[Message]:
    """The blocks about one recipient each."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = _inside(part)
            yield from (block for block in blocks if block["Final-Recipient"] or block["Original-Recipient"])


def _complaints(mail: Message) -> list[Failure]:
    for part in mail.walk():
        if part.get_content_type() == "message/feedback-report":
            return [failure for fields in _inside(part) for failure in _of_complaint(mail, fields)]
    return []


def _of_complaint(mail: Message, fields: Message) -> list[Failure]:
    kind = _header(fields, "Feedback-Type").strip().lower()
    if kind not in _COMPLAINTS:
        return []
    named = fields.get_all("Original-Rcpt-To") or (_header(each, "To") for each in _returned(mail))
    addresses = {address for _, address in getaddresses([str(each) for each in islice(named, _MANY)]) if address}
    return [complained(each, f"{kind}: {_header(fields, 'User-Agent')}") for each in sorted(addresses)]


def _returned(mail: Message) -> Iterator[Message]:
    """The mail that came back, or its headers."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            yield from _inside(part)
        elif kind == "text/rfc822-headers":
            yield message_from_string(_text_of(part))


def _inside(part: Message) -> list[Message]:
    """The messages in a part; none where what should be messages is text."""
    content = part.get_payload()
    return [each for each in content if isinstance(each, Message)] if isinstance(content, list) else []


def _notification_id(mail: Message) -> UUID | None:
    """By the return path that only this mail had, else by the Message-ID of what came back or is answered."""
    for name in _WHERE_IT_CAME:
        for value in mail.get_all(name, ()):
            if found := _IN_RETURN_PATH.search(str(value)):
                return UUID(found[1])
    for returned in _returned(mail):
        if found := _IN_MESSAGE_ID.search(_header(returned, "Message-ID")):
            return UUID(found[1])
    if found := _COPIED_MESSAGE_ID.search(_free_text(mail)):
        return UUID(found[1])
    found = _IN_MESSAGE_ID.search(f"{_header(mail, 'In-Reply-To')} {_header(mail, 'References')}")
    return UUID(found[1]) if found else None


def _is_from_server(mail: Message) -> bool:
    name = parseaddr(_header(mail, "From"))[1].partition("@")[0].lower()
    return name.startswith(_SERVERS)


def _words_about(text: str, address: str) -> str:
    """The paragraph that begins with an address, which is how servers without RFC 3464 put it."""
    at = text.lower().find(address.lower())
    if at < 0:
        return ""
    paragraph = re.split(r"\r?\n\s*\r?\n", text[at + len(address) :][:_LINE], maxsplit=1)[0]
    return paragraph.lstrip(">: \r\n")


def _free_text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            return _text_of(part)
    return ""


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content[:_WORDS].decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))
