"""The QR code as a drawing: one path, so that it is sharp on paper at any size."""

from services.certification.document.modules import Message, modules

QUIET = 4  # modules of white on each side, as the standard asks
MOST_MODULES = 73  # of version 14; they are 0.34 mm wide at 25 mm
# Choosing the best of the eight masks costs five times the rest of the work; any of them can be read.
_MASK = 3


def drawing(message: Message) -> tuple[str, int]:
    """The symbol as SVG text with its quiet zone, and how many modules wide it is without.

    `message` is a text, or segno's segments: texts, or pairs of a text and the mode it is written in.
    """
    rows = coded(message)
    path = "".join(_row(row, y) for y, row in enumerate(rows, QUIET))
    size = len(rows)
    whole = size + 2 * QUIET
    white = f'<path fill="#fff" d="M0 0h{whole}v{whole}h-{whole}z"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}">{white}<path d="{path}"/></svg>',
        size,
    )


def coded(message: Message) -> list[bytes]:
    """The rows of the symbol, of the medium level of correction while its modules can be read at 25 mm, else of the
    low one."""
    rows = modules(message, "m", _MASK, MOST_MODULES) or modules(message, "l", _MASK)
    assert rows is not None  # without a limit it has a width
    return rows


def _row(dark: bytes, y: int) -> str:
    """The dark runs of a row."""
    parts, start = [], dark.find(1)
    while start >= 0:
        end = dark.find(0, start)
        end = len(dark) if end < 0 else end
        parts.append(f"M{start + QUIET} {y}h{end - start}v1h-{end - start}z")
        start = dark.find(1, end)
    return "".join(parts)
