"""How a certificate is numbered, and the code it is found by."""

import re

CODE_BYTES = 16
CODE_LENGTH = 26
# Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_MARKS = "\u200e\u200f"  # of direction: notification puts one before a code in Persian text
_READ_AS = str.maketrans("abcdefghjkmnpqrstvwxyzOoIiLl", "ABCDEFGHJKMNPQRSTVWXYZ001111", f"- {_MARKS}")


def serial(agency_code: str, year: int, number: int) -> str:
    """`AGENCY-1405-000123`: agency, Jalali year of issue, gap-free number in both (policy default: no national scheme
    was found)."""
    return f"{agency_code}-{year}-{number:06d}"


def can_be_agency(code: str) -> bool:
    """Whether a text from an address can be the code of an agency at all; what cannot is not looked up."""
    return re.fullmatch(r"[A-Z0-9_-]{2,20}", code) is not None


def verification_code(random: bytes) -> str:
    """The 26 characters that stand for 128 random bits, two zero bits in front."""
    value = int.from_bytes(random, "big")
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def read_code(text: str) -> str | None:
    """The stored form of a code as a person typed it, or None if it cannot be one.

    Upper and lower case are the same, hyphens, spaces and marks of direction do not count, O is read as 0, and I and L
    as 1. Digits must be ASCII already.
    """
    code = text.translate(_READ_AS)
    if len(code) != CODE_LENGTH or code[0] > "7" or not set(code) <= set(ALPHABET):
        return None
    return code


def grouped(code: str) -> str:
    """A verification code in groups that people can copy: `0ABCD-EFGHJ-…`, which `read_code` reads."""
    return "-".join([code[start : start + 5] for start in range(0, 20, 5)] + [code[20:]])
