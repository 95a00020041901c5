"""Where the hashes of the tree are kept: in tiles of 256 neighbours of one height, every eighth height.

Tile (level, index) holds the hashes of height 8 × level from number 256 × index on. A node in between is computed from
its part of a tile; so a proof in a tree of sixteen million leaves reads three tiles and one unfinished block.
"""

from collections.abc import Container, Iterable, Mapping
from hashlib import sha256

from services.certification.domain.merkle import Range, joined

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32  # bytes

TileId = tuple[int, int]  # level, index
Node = tuple[int, int]  # height, index at that height


def needed(ranges: Iterable[Range], known: Container[Node] = ()) -> set[TileId]:
    """The tiles that the hashes of these ranges are computed from, but for the nodes that are known."""
    return {_place(*node)[0] for each in ranges for node in perfect(*each) if node not in known}


def among(ranges: Iterable[Range], nodes: Mapping[Node, bytes]) -> dict[Node, bytes]:
    """Those of the nodes that these ranges consist of."""
    return {node: nodes[node] for each in ranges for node in perfect(*each) if node in nodes}


def computed(ranges: Iterable[Range], tiles: Mapping[TileId, bytes], known: Container[Node] = ()) -> dict[Node, bytes]:
    """The nodes of these ranges that are not known; `tiles` holds what `needed` named. LookupError where a tile lacks
    something."""
    return {node: _node(node, tiles) for each in ranges for node in perfect(*each) if node not in known}


def range_hashes(ranges: Iterable[Range], nodes: Mapping[Node, bytes]) -> list[bytes]:
    """The hash of each range, by the nodes that it consists of."""
    return [joined([nodes[node] for node in perfect(*each)]) for each in ranges]


def on_edge(size: int, hashes: bytes) -> dict[Node, bytes]:
    """The nodes that the right edge of a tree consists of."""
    return dict(zip(perfect(0, size), split(hashes), strict=False))


def edge(size: int, tiles: Mapping[TileId, bytes]) -> list[bytes]:
    """The right edge of the tree of this size; `tiles` holds what `needed` named for the range of all leaves."""
    return [_node(node, tiles) for node in perfect(0, size)]


def perfect(start: int, end: int) -> list[Node]:
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


def _node(node: Node, tiles: Mapping[TileId, bytes]) -> bytes:
    tile, first, count = _place(*node)
    hashes = tiles[tile][first * HASH : (first + count) * HASH]
    if len(hashes) != count * HASH:
        raise LookupError(f"tile {tile} is too short")
    return _root(hashes)


def _root(hashes: bytes) -> bytes:
    """The root of a perfect subtree, by the hashes of its leaves side by side: `node_hash` written out, for speed."""
    while len(hashes) > HASH:
        pairs = range(0, len(hashes), 2 * HASH)
        hashes = b"".join([sha256(b"\x01" + hashes[place : place + 2 * HASH]).digest() for place in pairs])
    return hashes
