"""Where the hashes of the tree are kept: in tiles of 256 neighbours of one height, every eighth height.

Tile (level, index) holds the hashes of height 8 × level from number 256 × index on. A node in between is computed from
its part of a tile; so a proof in a tree of sixteen million leaves reads three tiles and one unfinished block.
"""

from collections.abc import Iterable, Mapping, Sequence

from services.certification.domain.merkle import Range, joined, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32  # bytes

TileId = tuple[int, int]  # level, index


def needed(ranges: Iterable[Range]) -> set[TileId]:
    """The tiles that the hashes of these ranges are computed from."""
    return {_place(*node)[0] for each in ranges for node in perfect(*each)}


def range_hashes(ranges: Iterable[Range], tiles: Mapping[TileId, bytes]) -> list[bytes]:
    """The hash of each range; `tiles` holds what `needed` named."""
    return [joined([_node(node, tiles) for node in perfect(*each)]) for each in ranges]


def edge(size: int, tiles: Mapping[TileId, bytes]) -> list[bytes]:
    """The right edge of the tree of this size; `tiles` holds what `needed` named for the range of all leaves."""
    return [_node(node, tiles) for node in perfect(0, size)]


def perfect(start: int, end: int) -> list[tuple[int, int]]:
    """The perfect subtrees that a range of a tree divides into, largest first: height, and index at that height."""
    nodes = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append((height, start >> height))
        start += 1 << height
    return nodes


def split(hashes: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [hashes[start : start + HASH] for start in range(0, len(hashes), HASH)]


def _place(height: int, index: int) -> tuple[TileId, int, int]:
    """The tile below a node, and which of its hashes are the node's: the first, and how many."""
    level, above = divmod(height, HEIGHT)
    first = index << above
    return (level, first >> HEIGHT), first & (WIDTH - 1), 1 << above


def _node(node: tuple[int, int], tiles: Mapping[TileId, bytes]) -> bytes:
    tile, first, count = _place(*node)
    return _root(split(tiles[tile][first * HASH : (first + count) * HASH]))


def _root(hashes: Sequence[bytes]) -> bytes:
    """The root of a perfect subtree."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[place], hashes[place + 1]) for place in range(0, len(hashes), 2)]
    return hashes[0]
