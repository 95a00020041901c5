"""The QR code as a drawing: one path, so that it is sharp on paper at any size."""

from collections.abc import Sequence
from typing import Any

import segno

Message = str | Sequence[Any]
QUIET = 4  # modules of white on each side, as the standard asks
# Choosing the best of the eight masks costs five times the rest of the work; any of them can be read.
_MASK = 3


def drawing(message: Message) -> tuple[str, int]:
    """The symbol as SVG text with its quiet zone, and how many modules wide it is without.

    `message` is a text, or segno's segments: texts, or pairs of a text and the mode it is written in.
    """
    content: Any = message
    symbol = segno.make(content, error="m", micro=False, mask=_MASK)
    path = "".join(_row(row, y) for y, row in enumerate(symbol.matrix, QUIET))
    size = len(symbol.matrix)
    whole = size + 2 * QUIET
    white = f'<path fill="#fff" d="M0 0h{whole}v{whole}h-{whole}z"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}">{white}<path d="{path}"/></svg>',
        size,
    )


def _row(row: Sequence[int], y: int) -> str:
    """The dark runs of a row."""
    dark = bytes(row)
    parts, start = [], dark.find(1)
    while start >= 0:
        end = dark.find(0, start)
        end = len(dark) if end < 0 else end
        parts.append(f"M{start + QUIET} {y}h{end - start}v1h-{end - start}z")
        start = dark.find(1, end)
    return "".join(parts)
