"""Which images may stand on a certificate: PNG and SVG, small, and nothing in them that acts or reaches outside."""

import re
import struct
from xml.etree import ElementTree

PNG, SVG = "image/png", "image/svg+xml"
LARGEST = 300_000  # bytes
LARGEST_SIDE = 4000  # pixels

_PNG_START = b"\x89PNG\r\n\x1a\n"
# A document type may define entities that grow without end or name files.
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_SVG = "{http://www.w3.org/2000/svg}"
_ACTIVE = {"script", "foreignObject", "iframe", "audio", "video", "a", "animate", "animateTransform", "set", "handler"}
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(", re.IGNORECASE)
_INLINE = re.compile(r"#|data:image/(png|jpeg);base64,")


def media_type(content: bytes) -> str:
    """The media type of an image that may be shown; ValueError with the reason for anything else."""
    if len(content) > LARGEST:
        raise ValueError(f"must have at most {LARGEST} bytes")
    if content.startswith(_PNG_START):
        _check_png(content)
        return PNG
    _check_svg(content)
    return SVG


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG image in pixels."""
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _check_png(content: bytes) -> None:
    if content[12:16] != b"IHDR" or len(content) < 33:
        raise ValueError("is not a whole PNG image")
    width, height = png_size(content)
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"must have 1 to {LARGEST_SIDE} pixels on each side")


def _check_svg(content: bytes) -> None:
    if _DECLARATION.search(content) or b"\0" in content:
        raise ValueError("must be UTF-8 and have no document type and no entities")
    try:
        root = ElementTree.fromstring(content.decode("utf-8"))  # noqa: S314 - it declares nothing, see above
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as error:
        raise ValueError("must be a PNG or SVG image") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError("must be a PNG or SVG image")
    for element in root.iter():
        _check_element(element)


def _check_element(element: ElementTree.Element) -> None:
    name = str(element.tag).rpartition("}")[2]
    if name in _ACTIVE:
        raise ValueError(f"must have no <{name}>")
    if name == "style" and _OUTSIDE.search(element.text or ""):
        raise ValueError("must not refer to anything outside itself")
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2].lower()
        if plain.startswith("on"):
            raise ValueError(f"must have no {plain}")
        refers = plain in ("href", "src") and not _INLINE.match(value.strip())
        if refers or _OUTSIDE.search(value):
            raise ValueError("must not refer to anything outside itself")
