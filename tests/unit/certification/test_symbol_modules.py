"""Our symbols are the ones that segno makes, module for module."""

import random

import pytest
import segno

from services.certification.document.modules import modules
from services.certification.document.symbol import MOST_MODULES, coded

LINK = "https://certificates.example/verify/K7QW3MZP9RTX0123456789ABCD"


def segnos(message: str | list[str], level: str, mask: int) -> list[bytes]:
    return [bytes(row) for row in segno.make(message, error=level, micro=False, mask=mask).matrix]


@pytest.mark.parametrize("digits", [0, 1, 60, 333, 480, 601, 1500])
def test_a_link_with_essentials(digits: int) -> None:
    message = [f"{LINK}#", "".join(random.Random(digits).choices("0123456789", k=digits))] if digits else LINK
    wanted = segnos(message, "m", 3)
    if len(wanted) > MOST_MODULES:
        wanted = segnos(message, "l", 3)
    assert coded(message) == wanted


@pytest.mark.parametrize("length", [1, 17, 260, 900])
@pytest.mark.parametrize("level", ["l", "m", "q", "h"])
def test_any_text_of_any_level(length: int, level: str) -> None:
    text = "".join(random.Random(length).choices("abcZ09-/:éم", k=length))[: 400 if level in "qh" else None]
    mask = length % 8
    assert modules(text, level, mask) == segnos(text, level, mask)


def test_one_that_would_be_too_wide_is_not_made() -> None:
    assert modules(LINK * 4, "m", 3, most=21) is None


def test_what_no_symbol_holds_is_refused() -> None:
    with pytest.raises(segno.DataOverflowError):
        modules("x" * 3000, "l", 3)
