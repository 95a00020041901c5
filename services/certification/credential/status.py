"""The public status lists: W3C Bitstring Status List 1.0, one list for each purpose of 131 072 certificates."""

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

from services.certification.credential import profile
from services.certification.domain import status_lists
from services.certification.domain.status_lists import Entries

# How long a verifier may keep a list: a revocation is known everywhere after that.
SECONDS = 300


def list_address(public_url: str, entries: Entries, purpose: str) -> str:
    return f"{public_url}/status/{status_lists.list_id(entries, purpose)}"


def entries_of(serial: str, public_url: str) -> list[dict[str, str]]:
    """The `credentialStatus` of a certificate: where it is said whether it was revoked or is suspended."""
    entries, index = status_lists.place(serial)
    found = []
    for purpose in status_lists.PURPOSES:
        address = list_address(public_url, entries, purpose)
        found.append(
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(index),
                "statusListCredential": address,
            }
        )
    return found


def window(moment: datetime) -> int:
    """The span of time that a moment is in: within one, an unchanged list is the same to the byte in every replica."""
    return int(moment.timestamp()) // SECONDS


def list_document(entries: Entries, purpose: str, bits: bytes, span: int, public_url: str) -> dict[str, Any]:
    """The unsigned list for a span of time. It holds for the next one too, for who fetched it at the very end."""
    address = list_address(public_url, entries, purpose)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": profile.address(public_url, entries.agency_code),
        "validFrom": _iso(span * SECONDS),
        "validUntil": _iso((span + 2) * SECONDS),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "ttl": SECONDS * 1000,
            "encodedList": "u" + base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("="),
        },
    }


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
