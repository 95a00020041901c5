"""The signed essentials of a certificate that travel in its QR code, so that it can be checked without a network.

The link `<public address>/verify/<code>#<digits>`: browsers keep what is behind the # to themselves, and a QR code
writes digits densest of all. The form is public and described byte by byte in docs/verification.md; a change of it is a
new version. It says nothing that the page would not say, and is bound to its verification code by the signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.certification.domain.awards import name_of
from services.certification.domain.letters import decode, encode, shortened
from shared.errors import Invalid

VERSION = 1
SIGNATURE_BYTES = 64
MOST_DIGITS = 1200
NAME_BYTES, TITLE_BYTES = 60, 80
MOST_DECIMALS = 14
_DOMAIN = b"training certificate essentials v1\n"
_UNKNOWN = b"\x0f"  # in place of a number: no number has fifteen decimals
_PREFIX = b"\x01"  # keeps leading zeros of the payload through the number


@dataclass(frozen=True)
class Essentials:
    """What the QR code says. `signed_on` is later than `issued_on` where it was printed later first.

    `hours` and `score` (of 100; None: not known) are decimal text; a long name or title ends in an ellipsis.
    """

    key_id: str
    signed_on: date
    issued_on: date
    completed_on: date
    valid_until: date | None
    hours: str
    score: str | None
    serial: str
    issuer_code: str
    holder_name: str
    course_title: str


def of(snapshot: Mapping[str, Any], key_id: str, issued_on: date, signed_on: date) -> Essentials:
    """The essentials of what a certificate says, to be signed with a key on a day (both days in Tehran)."""
    until = snapshot.get("valid_until")
    return Essentials(
        key_id=key_id,
        signed_on=signed_on,
        issued_on=issued_on,
        completed_on=date.fromisoformat(snapshot["completed_on"]),
        valid_until=date.fromisoformat(until) if until else None,
        hours=snapshot["hours"],
        score=snapshot["score"],
        serial=snapshot["serial"],
        issuer_code=snapshot["issuer"]["code"],
        holder_name=snapshot["holder_name"],
        course_title=name_of(snapshot)["fa"],
    )


def body(said: Essentials) -> bytes:
    """The bytes of the essentials, without the signature."""
    days = (said.signed_on, said.issued_on, said.completed_on, said.valid_until)
    texts = (
        encode(said.serial),
        encode(said.issuer_code),
        shortened(said.holder_name, NAME_BYTES),
        shortened(said.course_title, TITLE_BYTES),
    )
    return b"".join(
        [
            bytes([VERSION]),
            bytes.fromhex(said.key_id),
            *(_day(day) for day in days),
            _decimal(said.hours),
            _UNKNOWN if said.score is None else _decimal(said.score),
            *(bytes([len(text)]) + text for text in texts),
        ]
    )


def to_sign(code: str, unsigned: bytes) -> bytes:
    """What is signed: no other signature of ours can be taken for this one, nor for that of another code."""
    return _DOMAIN + code.encode() + b"\n" + unsigned


def digits(payload: bytes) -> str:
    """Body and signature as the decimal number behind the # of the link."""
    return str(int.from_bytes(_PREFIX + payload, "big"))


def payload_of(text: str) -> bytes:
    """The payload of the digits of a link; Invalid for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise _wrong(f"must be at most {MOST_DIGITS} decimal digits")
    number = int(text)
    whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if not whole.startswith(_PREFIX) or str(number) != text:
        raise _wrong("is cut off or changed")
    return whole[1:]


def read(payload: bytes) -> tuple[Essentials, bytes, bytes]:
    """What a payload says, the bytes that say it and their signature, still to be checked; Invalid for what is none."""
    unsigned, signature = payload[:-SIGNATURE_BYTES], payload[-SIGNATURE_BYTES:]
    if not unsigned:
        raise _wrong("is cut off")
    if unsigned[0] != VERSION:
        raise _wrong(f"has form {unsigned[0]}, which is not known here")
    reader = _Reader(unsigned[1:])
    said = Essentials(
        key_id=reader.take(8).hex(),
        signed_on=reader.day(),
        issued_on=reader.day(),
        completed_on=reader.day(),
        valid_until=reader.day_or_none(),
        hours=reader.decimal(),
        score=reader.decimal_or_none(),
        serial=reader.text(),
        issuer_code=reader.text(),
        holder_name=reader.text(),
        course_title=reader.text(),
    )
    if reader.left:
        raise _wrong("has more in it than its form allows")
    return said, unsigned, signature


class _Reader:
    """Takes parts from the front; Invalid when there is too little."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def take(self, count: int) -> bytes:
        if len(self.left) < count:
            raise _wrong("is cut off")
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    def text(self) -> str:
        return decode(self.take(self.take(1)[0]))

    def day(self) -> date:
        day = self.day_or_none()
        if day is None:
            raise _wrong("lacks a day")
        return day

    def day_or_none(self) -> date | None:
        number = int.from_bytes(self.take(3), "big")
        if number > date.max.toordinal():
            raise _wrong("has a day that is none")
        return date.fromordinal(number) if number else None

    def decimal_or_none(self) -> str | None:
        if self.left[:1] == _UNKNOWN:
            self.left = self.left[1:]
            return None
        return self.decimal()

    def decimal(self) -> str:
        number, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        return format(Decimal(number >> 4).scaleb(-(number & 15)), "f")


def _day(day: date | None) -> bytes:
    """The number of a day in three bytes: 1 January of the year 1 is the first. Zero is no day."""
    return (day.toordinal() if day else 0).to_bytes(3, "big")


def _decimal(text: str) -> bytes:
    """A decimal number that is not negative, in groups of seven bits, the lowest first: digits, then decimals."""
    number = Decimal(text)
    decimals = min(max(0, -int(number.as_tuple().exponent)), MOST_DECIMALS)
    rest = int(number.scaleb(decimals)) << 4 | decimals
    out = bytearray()
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def _wrong(reason: str) -> Invalid:
    return Invalid.field("essentials", reason)
