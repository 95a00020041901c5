"""What a certificate says, how it is numbered, and the code it is found by. No clock, no table, no key."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

FORM = 1  # the form of the snapshot; a change of its fields is a new number, and old ones stay readable
CODE_BYTES = 16
CODE_LENGTH = 26
# Crockford's base 32: no I, L, O (read as 1, 1, 0) and no U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_READ_AS = str.maketrans("abcdefghjkmnpqrstvwxyzOoIiLl", "ABCDEFGHJKMNPQRSTVWXYZ001111", "- ")


def serial(agency_code: str, year: int, number: int) -> str:
    """`AGENCY-1405-000123`: agency, Jalali year of issue, gap-free number in both (policy default: no national scheme
    was found)."""
    return f"{agency_code}-{year}-{number:06d}"


def verification_code(random: bytes) -> str:
    """The 26 characters that stand for 128 random bits, two zero bits in front."""
    value = int.from_bytes(random, "big")
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def read_code(text: str) -> str | None:
    """The stored form of a code as a person typed it, or None if it cannot be one.

    Upper and lower case are the same, hyphens and spaces do not count, O is read as 0, and I and L as 1.
    Digits must be ASCII already.
    """
    code = text.translate(_READ_AS)
    if len(code) != CODE_LENGTH or code[0] > "7" or not set(code) <= set(ALPHABET):
        return None
    return code


def grouped(code: str) -> str:
    """A verification code in groups that people can copy: `0ABCD-EFGHJ-…`, which `read_code` reads."""
    return "-".join([code[start : start + 5] for start in range(0, 20, 5)] + [code[20:]])


def hashed_national_code(salt: str, national_code: str) -> str:
    """`sha256$<hex>` of the UTF-8 text salt + code.

    The salt is kept apart and is as long as a key, since ten digits without it could be guessed within seconds.
    Whoever is given both by their owner can check the hash; erasing both leaves nobody who can.
    """
    return "sha256$" + hashlib.sha256(f"{salt}{national_code}".encode()).hexdigest()


def decimal(number: float) -> str:
    """Hours or a score as decimal text, shortest form: "8", "7.5". Never an exponent."""
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def snapshot(facts: Mapping[str, Any], **issue: Any) -> dict[str, Any]:
    """All that a certificate says, fixed for ever at its issue.

    `facts` is the completion as plain JSON values, by the field names of EnrollmentCompletedV1; dates are ISO text.
    `issue` adds `certificate_id`, `serial`, `verification_code`, `national_code_hash`, `issued_at`, `key_id`: all text.
    Texts and whole numbers only: hours and score are decimal text, so that no two languages write them differently.
    """
    return {
        "form": FORM,
        "kind": "type1",
        "holder_name": facts["full_name"],
        "personnel_number": facts["personnel_number"],
        "job_title": facts["job_title"],
        "course_code": facts["course_code"],
        "course_version": facts["course_version"],
        "course_title": facts["course_title"],
        "course_type": facts["course_type"],
        "delivery_mode": facts["delivery_mode"],
        "hours": decimal(facts["hours"]),
        "starts_on": facts["starts_on"],
        "ends_on": facts["ends_on"],
        "completed_on": facts["completed_on"],
        "score": decimal(facts["score"]),
        "issuer": {"code": facts["agency_code"], "name": facts["agency_name"]},
        "provider": {"code": facts["provider_code"], "name": facts["provider_name"]},
        **issue,
    }
