"""Records of the past: what an agency brings from its own older books. No completion was heard of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from shared.errors import Problems

NO_VERSION = 0  # of the course: these were held before courses had versions here
_OWN = UUID("6c1e5f0a-0d0b-5d51-9a53-1c1d3a7b9e42")


def enrollment_id(agency_code: str, reference: str) -> UUID:
    """One id for each record of an agency, however often it is sent; no enrollment has it."""
    return uuid5(_OWN, f"{agency_code}/{reference}")


def problems(record: Mapping[str, Any], today: date) -> Problems:
    """What does not fit in a record whose fields are right each for itself."""
    found: Problems = {}
    if record["ends_on"] < record["starts_on"]:
        found["ends_on"] = ["is before starts_on"]
    elif record["ends_on"] >= today:
        found["ends_on"] = ["must be past"]
    original = record["original_date"]
    if original is not None and original >= today:
        found["original_date"] = ["must be past"]
    return found


def basis(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the certificate says of where it comes from."""
    original = record["original_date"]
    return {
        "kind": "past_record",
        "original_serial": record["original_serial"],
        "original_date": original and original.isoformat(),
        "original_type": record["original_type"],
    }
