"""What a report about a mail means: whether it came back, and whether its address is worth another.

An address is given up when a server says that it does not exist or is closed (RFC 3463, 5.1.x and 5.2.1; without such
a code RFC 5321, 550, 551 and 553). What a server says of us or of the content (5.7.x, 552, 554, words about spam and
relaying) ends that mail and blames nobody's address: a server that has us on a list would else take everybody's.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from services.notification.domain.delivery import Status, one_line
from services.notification.domain.planning import Reason

MAX_REPORT = 262_144  # bytes of a report that are read; the mail it returns may be longer
MAX_ADDRESS = 254
_REPORTS = UUID("5d6f6c1e-6b0a-5c39-9b55-0b0c5a0a7f10")

_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")  # and no part of an IP address
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?!\.?\d)")
_GONE = re.compile(r"5\.(1\.(0|1|2|3|4|6|10)|2\.1)")  # 5.1.7 to 5.1.9 speak of the sender's address
_GONE_REPLIES = ("550", "551", "553")
_SAYS_NOTHING = re.compile(r"\d\.(0\.0|1\.0)")
_ABOUT_US = re.compile(
    r"spam|block|black ?list|deny ?list|reputation|relay|polic(y|ies)|\bSPF\b|\bDKIM\b|\bDMARC\b|\bRBL\b|\bDNSBL\b"
    r"|spamhaus|authenticat|prohibit|greylist|too many|rate limit|content|virus|malware",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """Hard: the address is no good. Soft: this mail had no luck. Complaint: its reader called it spam."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


class Cause(StrEnum):
    """Why an address is suppressed."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Failure:
    """What is said of one address. `is_final`: nothing more is tried, so the mail has not arrived. `is_delayed`: it is
    still being tried, and may arrive."""

    address: str
    kind: Kind
    is_final: bool
    status_code: str | None = None
    answer: str | None = None
    is_delayed: bool = False


@dataclass(frozen=True)
class Effect:
    """What becomes of the mail and of the address."""

    returned: bool
    suppress: Cause | None


def failed(address: str, is_final: bool, status_code: str | None, answer: str | None) -> Failure:
    """From what a server says: its status code (RFC 3463) if it has one, else what its words hold."""
    words = one_line(answer or "")
    code = _code(status_code or "") or _code(words)
    gone = is_final and _is_gone(code, words)
    kind = Kind.HARD if gone else Kind.SOFT
    return Failure(address_key(address), kind, is_final, code, words or None, is_delayed=not is_final)


def complained(address: str, answer: str) -> Failure:
    return Failure(address_key(address), Kind.COMPLAINT, False, None, one_line(answer) or None)


def refused(address: str, stage: str, answer: str) -> Failure | None:
    """What a refusal while sending says of the recipient's address; None where it says nothing against it."""
    found = failed(address, True, None, answer)
    return found if stage == "rcpt" and found.kind is Kind.HARD else None


def effect(failure: Failure, soft_before: int, soft_limit: int) -> Effect:
    """`soft_before`: how many other mails to the address failed softly in the days of the policy `soft_bounces`; with
    this one they may be as many as count for a hard one. What is delayed has not failed."""
    if failure.kind is Kind.COMPLAINT:
        return Effect(False, Cause.COMPLAINT)
    if failure.kind is Kind.HARD:
        return Effect(True, Cause.HARD_BOUNCE)
    too_many = not failure.is_delayed and soft_before + 1 >= soft_limit
    return Effect(failure.is_final, Cause.HARD_BOUNCE if too_many else None)


def not_to_resend(
    status: str, reason: str | None, is_suppressed: bool, was_accepted: bool, is_in_digest: bool = False
) -> str | None:
    """The code of the refusal; None when it may go once more.

    What went in a digest goes again with it, and not by itself as well. `is_suppressed` is said of the address as it is
    now, and `was_accepted` that it took this mail since it was last lifted: there nobody gets it twice.
    """
    if status == Status.SENT:
        return "already_sent"
    if status != Status.BOUNCED and not (status == Status.SUPPRESSED and reason == Reason.ADDRESS_SUPPRESSED):
        return "not_returned"
    if is_in_digest:
        return "in_digest"
    if is_suppressed:
        return "address_suppressed"
    return "already_sent" if was_accepted else None


def address_key(address: str) -> str:
    """The form in which addresses are compared and suppressed."""
    return address.strip().lower()[:MAX_ADDRESS]


def report_id(*parts: str) -> UUID:
    """The same report, the same id."""
    return uuid5(_REPORTS, "\n".join(parts))


def _code(words: str) -> str | None:
    found = _CODE.search(words)
    return found[0] if found else None


def _is_gone(code: str | None, words: str) -> bool:
    if code is not None and not _SAYS_NOTHING.fullmatch(code):
        return bool(_GONE.fullmatch(code))
    if code is not None and code[0] != "5":
        return False
    if _ABOUT_US.search(words):
        return False
    reply = _REPLY.search(words)
    return reply is None or reply[1] in _GONE_REPLIES
