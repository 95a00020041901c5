"""Texts at one byte a letter: what Persian texts are written with, and an escape for everything else.

The table is a part of a public format (docs/verification.md): a released place never changes, free ones may be filled.
"""

import unicodedata

from shared.errors import Invalid

ASCII_FROM, ASCII_TO, FIRST = 0x20, 0x7E, 0x80
ESCAPE = 0x00  # then the code point in three bytes, the highest first
ELLIPSIS = "…"

# Byte 0x80 is the first of these, and so on.
LETTERS = (
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقلمنهوپچژکگیٱ"  # Persian and Arabic letters
    "ۀەێۆۇۈڕڵڤھ"  # letters of names in Kurdish, Azeri and Urdu spelling
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670\u200c"  # marks, half-space
    "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"
    "،؛؟٪٫٬«»–—…‘’“”‹›•·×°±§ﷲ﷼"
    "ÄÇÖÜßâäçéèîöûüİığş"
)

_TABLE: dict[int, int | str] = {code: code for code in range(ASCII_FROM, ASCII_TO + 1)}
_TABLE |= {ord(letter): FIRST + place for place, letter in enumerate(LETTERS)}
_READ = {byte: chr(code) for code, byte in _TABLE.items() if isinstance(byte, int)}


class _WithEscapes(dict[int, int | str]):
    def __missing__(self, code: int) -> str:
        return "".join(map(chr, (ESCAPE, *code.to_bytes(3, "big"))))


_WRITE = _WithEscapes(_TABLE)


def encode(text: str) -> bytes:
    """The bytes of a text, which `decode` gives back letter by letter."""
    return text.translate(_WRITE).encode("latin-1")


def shortened(text: str, most: int) -> bytes:
    """The bytes of a text, at most so many; one that is longer ends in an ellipsis, with no letter or mark halved."""
    whole = encode(text)
    if len(whole) <= most:
        return whole
    room, end = most - 1, 0  # the ellipsis is one byte
    while room >= (size := 1 if ord(text[end]) in _TABLE else 4):
        room -= size
        end += 1
    while end and unicodedata.combining(text[end]):  # a mark without its letter is nothing
        end -= 1
    return encode(text[:end].rstrip(" \u200c") + ELLIPSIS)


def decode(data: bytes) -> str:
    """The text of bytes; Invalid where they are none."""
    letters, place = [], 0
    while place < len(data):
        if data[place] == ESCAPE:
            code = data[place + 1 : place + 4]
            letters.append(_escaped(code))
            place += 4
        else:
            letter = _READ.get(data[place])
            if letter is None:
                raise Invalid.field("essentials", f"byte {data[place]} stands for no letter")
            letters.append(letter)
            place += 1
    return "".join(letters)


def _escaped(code: bytes) -> str:
    number = int.from_bytes(code, "big")
    if len(code) < 3 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise Invalid.field("essentials", "an escaped letter is none")
    return chr(number)
