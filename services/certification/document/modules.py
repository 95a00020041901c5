"""The modules of a QR code (ISO/IEC 18004), as segno makes them and four times as fast.

A certificate's symbol always has the same mask, so everything but its codewords is the same for all symbols of a
version and level: where each bit goes, and what lies around. Both are taken from segno once, and each further symbol is
its codewords, put in place and laid over that. A division by a generator polynomial is one subtraction of a whole
number for each codeword.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any

from segno import consts, encoder

Message = str | Sequence[Any]

_AS_DIGITS = bytes.maketrans(b"\x00\x01", b"01")
_AS_BITS = bytes.maketrans(b"01", b"\x00\x01")
_PLACES = 256
# By version and level; mypy takes both for objects of any kind.
_CAPACITY: Any = consts.SYMBOL_CAPACITY
_BLOCKS: Any = consts.ECC


def modules(message: Message, level: str, mask: int, most: int | None = None) -> list[bytes] | None:
    """The rows of the symbol, a byte of 1 for each dark module; None if it were wider than `most`.

    `message` is a text, or segno's segments. Raises segno.DataOverflowError for what no symbol holds.
    """
    segments = encoder.prepare_data(message, None, None)
    error = encoder.normalize_errorlevel(level)
    version = encoder.find_version(segments, error, eci=False, micro=False)
    if most is not None and encoder.calc_matrix_size(version) > most:
        return None
    error = encoder.boost_error_level(version, error, segments, False)
    form = _form(version, error, mask)
    bits = _codewords(segments, version, error) + b"\0"
    laid = int.from_bytes(bytes(form.placed(bits))) ^ form.around
    flat, size = laid.to_bytes(form.size**2), form.size
    return [flat[start : start + size] for start in range(0, size * size, size)]


@dataclass(frozen=True)
class _Form:
    """What all symbols of a version, level and mask have in common.

    `placed` gives each module its bit of the codewords, or the zero behind them; `around` is the symbol whose codewords
    are all zero, as one number of a byte a module.
    """

    size: int
    placed: Callable[[bytes], Sequence[int]]
    around: int


@cache
def _form(version: int, error: int, mask: int) -> _Form:
    size = encoder.calc_matrix_size(version)
    length = 8 * sum(each.num_blocks * each.num_total for each in _BLOCKS[version][error])
    length += len(_remainder(version))
    # A place is written in the two bytes of its number, one at a time, since a module is a byte.
    low = _filled(version, bytes(place % _PLACES for place in range(length)))
    high = _filled(version, bytes(place // _PLACES for place in range(length)))
    is_free = [module == 2 for row in _filled(version, b"") for module in row]
    numbered = zip(is_free, chain(*low), chain(*high), strict=True)
    order = [above * _PLACES + below if free else length for free, below, above in numbered]
    empty = _filled(version, bytes(length))
    encoder.find_and_apply_best_mask(empty, size, size, mask)
    encoder.add_format_info(empty, version, error, mask)
    encoder.add_version_info(empty, version)
    return _Form(size, itemgetter(*order), int.from_bytes(b"".join(empty)))


def _filled(version: int, bits: bytes) -> Any:
    """A symbol without mask, format and version, with these bits in the places of codewords."""
    size = encoder.calc_matrix_size(version)
    matrix = encoder.make_matrix(size, size)
    encoder.add_finder_patterns(matrix, size, size)
    encoder.add_alignment_patterns(matrix, size, size)
    encoder.add_codewords(matrix, bits, version)
    return matrix


def _codewords(segments: Any, version: int, error: int) -> bytes:
    """The bits of data and correction in the order in which they are placed (sections 7.4 to 7.6)."""
    buffer, capacity = encoder.Buffer(), _CAPACITY[version][error]
    for segment in segments:
        encoder.write_segment(buffer, segment, None, encoder.version_range(version))
    encoder.write_terminator(buffer, capacity, None, len(buffer))
    encoder.write_padding_bits(buffer, version, len(buffer))
    encoder.write_pad_codewords(buffer, version, capacity, len(buffer))
    # segno pads a whole codeword where none is missing, and leaves it out afterwards.
    data = int(buffer.getbits()[:capacity].translate(_AS_DIGITS), 2).to_bytes(capacity // 8)
    blocks, corrections, start = [], [], 0
    for info in _BLOCKS[version][error]:
        for _ in range(info.num_blocks):
            block = data[start : start + info.num_data]
            blocks.append(block)
            corrections.append(_correction(block, info.num_total - info.num_data))
            start += info.num_data
    words = bytes([*_interleaved(blocks), *_interleaved(corrections)])
    digits = f"{int.from_bytes(words):0{8 * len(words)}b}"
    return digits.encode().translate(_AS_BITS) + _remainder(version)


def _interleaved(blocks: Sequence[bytes]) -> Iterable[int]:
    return (word for word in chain.from_iterable(zip_longest(*blocks)) if word is not None)


def _correction(block: bytes, count: int) -> bytes:
    """The remainder of a block, divided by the generator polynomial of so many codewords."""
    table, rest, top, whole = _multiples(count), 0, 8 * (count - 1), (1 << 8 * count) - 1
    for word in block:
        rest = (rest << 8 & whole) ^ table[word ^ rest >> top]
    return rest.to_bytes(count)


@cache
def _multiples(count: int) -> list[int]:
    """The generator polynomial times each of the 256 numbers of the field, without its highest term."""
    exponents, logarithms, generator = consts.GALIOS_EXP, consts.GALIOS_LOG, consts.GEN_POLY[count]
    return [0] + [
        int.from_bytes(bytes(exponents[logarithms[factor] + each] for each in generator)) for factor in range(1, 256)
    ]


def _remainder(version: int) -> bytes:
    """The bits left over, all zero: what does not make a codeword of the places that there are (table 1)."""
    for count, versions in ((7, range(2, 7)), (3, (*range(14, 21), *range(28, 35))), (4, range(21, 28))):
        if version in versions:
            return bytes(count)
    return b""
