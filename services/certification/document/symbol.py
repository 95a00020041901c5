"""The QR code as a drawing: one path, so that it is sharp on paper at any size."""

import math

import zxingcpp

QUIET = 4  # modules of white on each side, as the standard asks
MOST_MODULES = 73  # of version 14; they are 0.34 mm wide at 25 mm
_DARK = bytes.maketrans(b"\x00\xff", b"\x01\x00")  # black and white to dark and light


def drawing(message: str) -> tuple[str, int]:
    """The symbol as SVG text with its quiet zone, and how many modules wide it is without."""
    rows = coded(message)
    path = "".join(_row(row, y) for y, row in enumerate(rows, QUIET))
    size = len(rows)
    whole = size + 2 * QUIET
    white = f'<path fill="#fff" d="M0 0h{whole}v{whole}h-{whole}z"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}">{white}<path d="{path}"/></svg>',
        size,
    )


def coded(message: str) -> list[bytes]:
    """The rows of the symbol, a byte of 1 for each dark module: of the medium level of correction while its modules can
    be read at 25 mm, else of the low one. ValueError for what no symbol holds."""
    rows = _modules(message, "M")
    return rows if len(rows) <= MOST_MODULES else _modules(message, "L")


def _modules(message: str, level: str) -> list[bytes]:
    made = zxingcpp.create_barcode(message, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    picture = zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)
    dark = bytes(memoryview(picture)).translate(_DARK)  # type: ignore[arg-type]
    size = math.isqrt(len(dark))
    return [dark[start : start + size] for start in range(0, len(dark), size)]


def _row(dark: bytes, y: int) -> str:
    """The dark runs of a row."""
    parts, start = [], dark.find(1)
    while start >= 0:
        end = dark.find(0, start)
        end = len(dark) if end < 0 else end
        parts.append(f"M{start + QUIET} {y}h{end - start}v1h-{end - start}z")
        start = dark.find(1, end)
    return "".join(parts)
