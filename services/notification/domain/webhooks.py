"""Rules of webhooks: where one may lead, how a message is signed, and what an answer means.

An agency names the address that we connect to, so it could name one of our own network (server-side request forgery,
CWE-918). Signatures are those of the Standard Webhooks specification, so that receivers find a library for them.
"""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from urllib.parse import SplitResult, urlsplit

from services.notification.domain.delivery import Policy

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SECRET_PREFIX = "whsec_"  # noqa: S105 - the word that every secret begins with
SECRET_BYTES = 32  # Standard Webhooks: 24 to 64
ROTATION = timedelta(hours=24)  # the former secret signs as well for so long; policy default
URL_LENGTH = 500

# What waits for one person waits behind the message that failed, so the tries are closer than those of mail.
# `lease` leaves room for a whole batch window and one answer that comes at the last moment.
POLICY = Policy(
    batch=100,
    at_once=4,
    batch_window=20.0,
    lease=90.0,
    run=5.0,
    outage_pause=0.0,
    delays=(15, 60, 300, 900, 1800, 3600),
)
# How long an endpoint is left alone after it was away, by how often that was; policy default.
RESTS = (5.0, 15.0, 60.0, 120.0, 300.0)
LONGEST_REST = 3600.0  # whatever its Retry-After says

# Addresses that count as global, and yet reach what only a machine's own cloud has: protocol assignments with
# Oracle's metadata service, and the host agent of Azure.
_INNER = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
_UNICAST = ipaddress.ip_network("2000::/3")  # all global IPv6 addresses there are (IANA)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Verdict(Enum):
    """What an answer says of the message, and of the messages after it."""

    TAKEN = auto()
    LATER = auto()  # this one
    AWAY = auto()  # all of them
    NEVER = auto()  # this one
    GONE = auto()  # all of them


def verdict(status: int) -> Verdict:
    """What an HTTP status means.

    Only 413 and 422 are final: they speak of the message itself. Other 4xx mostly say that the receiver is set up
    wrongly (a token that ran out, a path that moved): somebody mends that, and had we given up meanwhile, their record
    would miss it for ever. So they are tried for three days, as a server that is down is, one message now and then.
    410 ends the webhook, not its messages: they wait until an officer switches it on again, or removes it. A redirect
    is no answer: it would lead to an address that nobody has registered.
    """
    if 200 <= status < 300:
        return Verdict.TAKEN
    if status == 410:
        return Verdict.GONE
    if status in (413, 422):
        return Verdict.NEVER
    # Of these a receiver may mean the one message that it was given; the others are about itself.
    return Verdict.LATER if status in (400, 408, 409, 425, 500) else Verdict.AWAY


def retry_after(value: str | None, now: datetime) -> float:
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), up to an hour; 0 for none."""
    if not value:
        return 0.0
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_REST)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, one without a zone, or one that no calendar has
        return 0.0
    return min(max(seconds, 0.0), LONGEST_REST)


def rest(failures: int, asked_for: float) -> float:
    """The seconds that an endpoint is left alone after it was away `failures` times in a row."""
    return max(RESTS[min(failures, len(RESTS)) - 1], asked_for)


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks, "Signature scheme")."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def secret_of(key: bytes) -> str:
    """A secret as its owner gets it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def url_problems(url: str, networks: Sequence[Network]) -> list[str]:
    """What is wrong with an address, as sentences that go after its name; where it leads is another question.

    Plain HTTP is for a receiver on this machine alone, and only where `networks` has its loopback address: for trials.
    """
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_LENGTH:
        return [f"must have at most {URL_LENGTH} ASCII characters without spaces; write other letters as xn--… or %…"]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ["is not a URL"]
    problems = []
    if not parts.hostname or port == 0:
        problems.append("must name a host")
    if parts.username is not None or parts.password is not None:
        problems.append("must not have a user or a password: the signature is what proves who sends")
    if parts.fragment:
        problems.append("must not have a fragment")
    if parts.scheme != "https" and not _is_plain_and_local(parts, networks):
        problems.append("must begin with https://")
    return problems


def _is_plain_and_local(parts: SplitResult, networks: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address("127.0.0.1" if parts.hostname == "localhost" else parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme == "http" and address.is_loopback and is_allowed(address, networks)


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether we may connect to an address that an agency has chosen: public ones, and those of `networks`."""
    reached = _reached(address)
    if any(reached in network for network in networks):
        return True
    if not reached.is_global or reached.is_multicast or any(reached in network for network in _INNER):
        return False
    return reached.version == 4 or reached in _UNICAST


def _reached(address: Address) -> Address:
    """Where packets to an address end: some IPv6 addresses only wrap an IPv4 one (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
