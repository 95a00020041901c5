"""On which public list the status of a certificate stands, and where: both follow from its serial."""

from typing import NamedTuple

from services.certification.domain import codes

# The least that the Bitstring Status List recommendation allows (16 KiB of bits): one certificate among many.
LENGTH = 131_072
# What each list says, and of certificates in which state.
PURPOSES = {"revocation": ("revoked", "superseded"), "suspension": ("suspended",)}


class Entries(NamedTuple):
    """The numbers of one agency and Jalali year that share a list; `part` counts from 1."""

    agency_code: str
    year: int
    part: int

    @property
    def serials(self) -> str:
        """What the serials of this agency and year begin with."""
        return f"{self.agency_code}-{self.year}-"

    @property
    def before(self) -> int:
        """How many numbers stand on earlier lists."""
        return (self.part - 1) * LENGTH


def place(serial: str) -> tuple[Entries, int]:
    """The list of a certificate and its index there, from 0."""
    agency_code, year, number = serial.rsplit("-", 2)
    part, index = divmod(int(number) - 1, LENGTH)
    return Entries(agency_code, int(year), part + 1), index


def list_id(entries: Entries, purpose: str) -> str:
    """`AG-A-1405-1-revocation`."""
    return f"{entries.agency_code}-{entries.year}-{entries.part}-{purpose}"


def read_list_id(text: str) -> tuple[Entries, str] | None:
    """What a list id names, or None if it cannot be one; there is one way to write each."""
    agency_code, *numbers, purpose = text.rsplit("-", 3) if text.count("-") >= 3 else ("", "", "", "")
    if purpose not in PURPOSES or not all(each.isascii() and each.isdecimal() and len(each) < 7 for each in numbers):
        return None
    entries = Entries(agency_code, int(numbers[0]), int(numbers[1]))
    written = entries.part > 0 and list_id(entries, purpose) == text
    return (entries, purpose) if written and codes.can_be_agency(agency_code) else None


def bits(entries: Entries, numbers: list[int]) -> bytes:
    """The list with the bits of these numbers set: the first index is the highest bit of the first byte."""
    made = bytearray(LENGTH // 8)
    for number in numbers:
        index = number - 1 - entries.before
        made[index // 8] |= 128 >> index % 8
    return bytes(made)
