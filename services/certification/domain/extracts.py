"""What a document of a training record says: all of it as it was known at a moment. No clock, no table, no key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.certification.domain.snapshots import decimal

FORM = 1
KIND = "training_record"
# What names the person, or would name them again by where and when they learned what; erasure empties it.
PERSONAL = (
    "holder_name",
    "father_name",
    "national_code",
    "national_code_hash",
    "personnel_number",
    "person",
    "lines",
    "years",
)


def serial(agency_code: str, year: int, number: int) -> str:
    """`AGENCY-1405-R000123`: a series of its own, gap-free in agency and Jalali year (policy default).

    The letter keeps it apart from certificates, whose serials end in digits alone.
    """
    return f"{agency_code}-{year}-R{number:06d}"


def snapshot(facts: Mapping[str, Any], **issue: Any) -> dict[str, Any]:
    """All that a document of a record says, fixed for ever.

    `facts` is the extract as plain JSON values, by the field names of RecordExtractedV1. `issue` adds `serial`,
    `verification_code`, `national_code_hash`, `issued_at`, `key_id`, and `logo`: the SHA-256 of the agency's emblem, or
    null. Hours, points and scores are decimal text, as in certificates.
    """
    same = (
        "father_name",
        "national_code",
        "personnel_number",
        "person",
        "as_of",
        "extracted_at",
        "requested_by",
        "notes",
    )
    return {
        "form": FORM,
        "kind": KIND,
        "record_id": facts["extract_id"],
        "holder_name": facts["full_name"],
        **{name: facts.get(name) for name in same},
        "issuer": {"code": facts["agency_code"], "name": facts["agency_name"]},
        "lines": [_decimals(line, "hours", "score") for line in facts["lines"]],
        "years": [_decimals(year, *_SUMS) for year in facts["years"]],
        "line_count": len(facts["lines"]),
        **{name: decimal(facts[name]) for name in ("hours", "job_hours", "general_hours")},
        **issue,
    }


def erased(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of it once the person's data was erased: number, code, moment, and how much it was."""
    return {**said, **{name: None for name in PERSONAL if name in said}}


def moment(text: str) -> datetime:
    """A moment of the text."""
    return datetime.fromisoformat(text)


_SUMS = ("hours", "job_hours", "general_hours", "required_hours", "pay_hours", "pay_points")


def _decimals(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: None if row[name] is None else decimal(row[name]) for name in names}}
