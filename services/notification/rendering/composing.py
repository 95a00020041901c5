"""The whole mail: headers, bodies and what is attached."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email import encoders
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from services.notification.channels import Delivery
from services.notification.channels.attachments import Attachment
from services.notification.domain.delivery import message_id
from services.notification.rendering.filters import one_line
from services.notification.rendering.letters import Letter

SENDER_NAMES = {"fa": "سامانهٔ آموزش کارکنان", "en": "Staff training"}

_ADDRESS = re.compile(r"[!#-'*+./0-9=?A-Z^_`a-z{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_NOT_IN_TOKEN = re.compile(r"[^\x21-\x7e]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_LONGEST_FILENAME = 80  # of Persian letters: each is six characters on the wire, and a line has no more than 998


def compose(
    delivery: Delivery,
    letter: Letter,
    sender: str,
    now: datetime,
    *,
    attachments: Sequence[Attachment] = (),
    headers: Mapping[str, str] | None = None,
) -> Message:
    """The whole mail, as multipart/alternative, in multipart/mixed if something is attached.

    `sender` is the system's own address: mail in the name of an agency comes from the agency's address if it has one,
    and names ours as the one that sends it (RFC 5322 section 3.6.2), where reports of failure belong. The Message-ID
    is always made of ours, so that it stays the same whatever the agency changes meanwhile. `headers` are further
    ones. Raises ValueError for an address or a header that mail cannot carry.

    Headers are encoded here and not by the newer EmailMessage, which takes 7 ms a mail to parse and fold them.
    """
    bodies = _bodies(letter)
    message = _with_files(bodies, attachments) if attachments else bodies
    for name, value in (_headers(delivery, letter, sender, now) | _further(headers or {})).items():
        message[name] = value
    return message


def _bodies(letter: Letter) -> Message:
    # MIMEText encodes UTF-8 as base64: seven bits, so that no server on the way has a reason to change it.
    return MIMEMultipart(
        "alternative", None, [MIMEText(letter.text, "plain", "utf-8"), MIMEText(letter.html, "html", "utf-8")]
    )


def _with_files(bodies: Message, attachments: Sequence[Attachment]) -> Message:
    message = MIMEMultipart("mixed")
    message.attach(bodies)
    for each in attachments:
        message.attach(_file(each))
    return message


def _file(attachment: Attachment) -> Message:
    kind, _, subtype = attachment.content_type.partition("/")
    part = MIMEBase(kind, subtype)
    for param, value in attachment.params.items():
        part.set_param(param, value)
    part.set_payload(attachment.content)
    encoders.encode_base64(part)
    name = _filename(attachment.filename)
    # RFC 2231 for what is not ASCII: the legacy API writes it when told the charset.
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


def _filename(name: str) -> str:
    """One line without separators of folders, shortened before its ending."""
    stem, dot, ending = one_line(name).replace("/", "-").replace("\\", "-").rpartition(".")
    ending = f"{dot}{ending}"[:10]
    return f"{stem[: _LONGEST_FILENAME - len(ending)]}{ending}"


def _headers(delivery: Delivery, letter: Letter, sender: str, now: datetime) -> dict[str, str]:
    own = delivery.sender
    headers = {
        "From": _mailbox(_sender_name(delivery), own.address or sender),
        "To": _mailbox(delivery.full_name, delivery.email),
        "Subject": _encoded(letter.subject, "Subject"),
        "Date": format_datetime(now),
        "Message-ID": message_id(delivery.notification_id, sender),
        "X-Correlation-ID": _NOT_IN_TOKEN.sub("_", delivery.correlation_id)[:100],
        "Auto-Submitted": "auto-generated",
        "Content-Language": delivery.language,
    }
    if own.address and own.address != sender:
        headers["Sender"] = sender
    if own.reply_to:
        headers["Reply-To"] = _address(own.reply_to)
    return headers


def _sender_name(delivery: Delivery) -> str:
    name = delivery.sender.name or SENDER_NAMES
    return name.get(delivery.language) or name["fa"]


def _further(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not value.isascii() or value != one_line(value):
            raise ValueError(f"the header {name[:60]!r} cannot be carried as it is")
    return dict(headers)


def _mailbox(name: str, address: str) -> str:
    address, name = _address(address), one_line(name)
    if name.isascii():
        return formataddr((name, address))
    return f"{_encoded(name, 'From')} <{address}>"


def _address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("the address has characters that SMTP cannot carry")
    return address


def _encoded(text: str, header: str) -> str:
    """Encoded words of at most 75 characters each (RFC 2047), which neither formataddr nor Header's default keep."""
    return Header(text, "utf-8", maxlinelen=74, header_name=header).encode()
