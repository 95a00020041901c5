"""The Merkle tree of RFC 9162, section 2.1: how a log is hashed, and how little proves what is in it.

A hash over all leaves changes when any leaf does. That a leaf is in a tree of a million is proved by twenty hashes, and
that a later tree holds all of an earlier one by about as many. What a proof needs is named here as ranges of leaves;
`tiles.py` says where their hashes are kept.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

Range = tuple[int, int]  # leaves from the first number up to, not including, the second
Finished = tuple[int, int, bytes]  # height, index at that height, hash

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; its first byte keeps it from being taken for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that leaves can be appended to, by its size and its right edge alone.

    The edge holds the roots of the perfect subtrees that the leaves divide into, largest first: one for each bit of the
    size that is set. So appending costs one hash for the leaf and about one for nodes, however many leaves there are.
    """

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)
        if len(self.edge) != size.bit_count():
            raise ValueError("the edge does not belong to a tree of this size")

    def append(self, leaf: bytes) -> list[Finished]:
        """Append the hash of a leaf; the nodes above it that are complete now, lowest first."""
        finished: list[Finished] = []
        node, height, index = leaf, 0, self.size
        while index & 1:
            node, height, index = node_hash(self.edge.pop(), node), height + 1, index >> 1
            finished.append((height, index, node))
        self.edge.append(node)
        self.size += 1
        return finished

    def root(self) -> bytes:
        return joined(self.edge) if self.edge else EMPTY_ROOT


def joined(hashes: Sequence[bytes]) -> bytes:
    """The hash above adjoining subtrees, of which each is larger than all after it together or their equal."""
    above = hashes[-1]
    for left in reversed(hashes[:-1]):
        above = node_hash(left, above)
    return above


def inclusion(index: int, size: int) -> list[Range]:
    """Of which ranges the hashes prove that leaf `index` is in a tree of this size, from the leaf upwards."""
    start, end, path = 0, size, list[Range]()
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """Of which ranges the hashes prove that the tree of `second` leaves begins with that of `first`, 0 < first."""
    start, end, path, known = 0, second, list[Range](), True
    while first != end:
        middle = start + _left(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, known = middle, False
    return path[::-1] if known else [(start, end), *path[::-1]]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the hash of a leaf at this place to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _up_the_edge(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the path shows both roots to be of one growing tree (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    whole = [first_root, *path] if first.bit_count() == 1 else list(path)
    if not 0 < first < second or not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = whole[0]
    for sibling in whole[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            place, last = _up_the_edge(place, last)
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _left(size: int) -> int:
    """How many of two or more leaves are under the left child: the largest power of two below their number."""
    return 1 << ((size - 1).bit_length() - 1)


def _up_the_edge(place: int, last: int) -> tuple[int, int]:
    """Where a left child has no sibling, the tree is joined further up."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
