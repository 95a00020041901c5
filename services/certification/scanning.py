"""The QR code of a certificate: its link, and behind the # the signed essentials, which are checked without a network.

The form of the essentials is `domain/essentials.py`; here they are signed and checked, and drawn as a symbol.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import segno

from services.certification.domain import essentials
from services.certification.signing import Signer
from shared.persian import tehran_date

MOST_MODULES = 73  # of version 14; they are 0.34 mm wide at 25 mm


def signed(said: Mapping[str, Any], signer: Signer, signed_on: date) -> bytes:
    """The essentials of what a certificate says, signed on a day in Tehran."""
    issued_on = tehran_date(datetime.fromisoformat(said["issued_at"]))
    unsigned = essentials.body(essentials.of(said, signer.key_id, issued_on, signed_on))
    return unsigned + signer.sign(essentials.to_sign(said["verification_code"], unsigned))


def message(link: str, payload: bytes) -> list[str]:
    """What the symbol holds, in segments: a QR code writes digits in a mode of their own."""
    return [f"{link}#", essentials.digits(payload)]


def symbol(segments: Sequence[str]) -> segno.QRCode:
    """The QR code of a message, each segment in the mode that suits it.

    Of the medium level of correction as long as its modules can be read on paper at 25 mm, else of the low one.
    """
    content: Any = list(segments)
    made = segno.make(content, error="m", micro=False)
    return made if made.symbol_size(border=0)[0] <= MOST_MODULES else segno.make(content, error="l", micro=False)
