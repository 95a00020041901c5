"""What a certificate says: all of it, fixed for ever at its issue. No clock, no table, no key."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

# The form of the snapshot: a change of its fields is a new number, and old ones stay readable.
# 1: without father's name, unit, permit, accreditation, validity, design and co-signer; other hash of national code.
# A type-2 certificate is of form 2 with an `award` besides (domain/awards.py).
FORM = 2
# What a snapshot says of its holder; erasure empties it.
PERSONAL = (
    "holder_name",
    "father_name",
    "national_code_end",
    "national_code_hash",
    "personnel_number",
    "job_title",
    "unit",
)
# What the award of a type-2 certificate says that may lead to its holder.
_PERSONAL_OF_AWARD = ("base_degree", "base_degree_field", "research_title")


def hashed_national_code(salt: str, national_code: str) -> str:
    """`sha256$<hex>` of the UTF-8 text code + salt, as Open Badges write the hash of an identifier.

    In form 1 the salt stood in front.

    The salt is kept apart and is as long as a key, since ten digits without it could be guessed within seconds.
    Whoever is given both by their owner can check the hash; erasing both leaves nobody who can.
    """
    return "sha256$" + hashlib.sha256(f"{national_code}{salt}".encode()).hexdigest()


def decimal(number: float) -> str:
    """Hours or a score as decimal text, shortest form: "8", "7.5". Never an exponent."""
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def snapshot(facts: Mapping[str, Any], **issue: Any) -> dict[str, Any]:
    """All that a certificate says, fixed for ever at its issue.

    `facts` is the completion as plain JSON values, by the field names of EnrollmentCompletedV1; dates are ISO text.
    `issue` adds `certificate_id`, `serial`, `verification_code`, `national_code_hash`, `issued_at`, `key_id`: all text;
    and where there are any `valid_until` (the last day it holds, ISO), `cosigner_key_id`, `grade` (the word for the
    score), and `design`: the `template`, the `variant`, the `signatories` and the SHA-256 of the `logo` in force.
    `basis` is null where this system saw the course, else `{"kind": "past_record", …}`: an older record of the agency,
    whose score may not be known.
    Texts and whole numbers only: hours and scores are decimal text, so that no two languages write them differently.
    """
    pass_mark = facts.get("pass_mark")
    return {
        "form": FORM,
        "kind": "type1",
        "holder_name": facts["full_name"],
        "father_name": facts.get("father_name"),
        # Enough to compare with a card that somebody shows, too little to know the code.
        "national_code_end": facts["national_code"][-3:],
        "personnel_number": facts["personnel_number"],
        "job_title": facts["job_title"],
        "unit": facts.get("unit"),
        "course_code": facts["course_code"],
        "course_version": facts["course_version"],
        "course_title": facts["course_title"],
        "course_type": facts["course_type"],
        "delivery_mode": facts["delivery_mode"],
        "hours": decimal(facts["hours"]),
        "starts_on": facts["starts_on"],
        "ends_on": facts["ends_on"],
        "completed_on": facts["completed_on"],
        "valid_until": None,
        "score": None if facts["score"] is None else decimal(facts["score"]),
        "grade": None,
        "pass_mark": None if pass_mark is None else decimal(pass_mark),
        "permit": facts.get("permit"),
        "issuer": {"code": facts["agency_code"], "name": facts["agency_name"]},
        "provider": {
            "code": facts["provider_code"],
            "name": facts["provider_name"],
            "accreditation": facts.get("accreditation"),
        },
        "design": {"template": facts.get("certificate_template"), "variant": "fa", "signatories": [], "logo": None},
        "cosigner_key_id": None,
        "basis": facts.get("basis"),
        **issue,
    }


def without_holder(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a snapshot once its holder's data is erased."""
    left = {**said, **{name: None for name in PERSONAL if name in said}}
    if said.get("award"):
        left["award"] = said["award"] | dict.fromkeys(_PERSONAL_OF_AWARD)
    return left


def cosigner_code(said: Mapping[str, Any]) -> str | None:
    """Whose key co-signs: the provider's; of a type-2 certificate the platform's (None), for the Organisation."""
    return None if said.get("award") else said["provider"]["code"]


def last_day(said: Mapping[str, Any]) -> date | None:
    """The last day as it was signed; None where there is none, as in the first form of snapshots."""
    day = said.get("valid_until")
    return date.fromisoformat(day) if day else None
