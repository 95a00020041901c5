"""The QR code of a certificate: its link, and behind the # the signed essentials, which are checked without a network.

The form of the essentials is `domain/essentials.py`, the drawing `document/symbol.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.certification.domain import essentials
from services.certification.signing import Signer
from shared.persian import tehran_date


def signed(said: Mapping[str, Any], signer: Signer, signed_on: date) -> bytes:
    """The essentials of what a certificate says, signed on a day in Tehran."""
    issued_on = tehran_date(datetime.fromisoformat(said["issued_at"]))
    unsigned = essentials.body(essentials.of(said, signer.key_id, issued_on, signed_on))
    return unsigned + signer.sign(essentials.to_sign(said["verification_code"], unsigned))


def message(link: str, payload: bytes) -> str:
    """What the symbol holds: the essentials as digits, since a QR code writes those in a mode of their own."""
    return f"{link}#{essentials.digits(payload)}"
