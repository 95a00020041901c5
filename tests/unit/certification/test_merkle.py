"""The tree of the log, held against an implementation that is not ours."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from services.certification.domain import merkle, tiles

MOST = 700  # leaves: two full tiles and a part of a third


def leaf(number: int) -> bytes:
    return f"leaf {number}".encode()


@cache
def oracle() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for number in range(MOST):
        tree.append_entry(leaf(number))
    return tree


@cache
def trees() -> list[tuple[bytes, list[bytes]]]:
    """Root and edge of our tree at every size."""
    tree, grown = merkle.Tree(), []
    grown.append((tree.root(), list(tree.edge)))
    for number in range(MOST):
        tree.append(merkle.leaf_hash(leaf(number)))
        grown.append((tree.root(), list(tree.edge)))
    return grown


@cache
def stored() -> dict[tiles.TileId, bytes]:
    """The tiles of all leaves, as a table would hold them; the last of the lowest level is unfinished."""
    tree, found = merkle.Tree(), dict[tiles.TileId, bytes]()
    for number in range(MOST):
        hashed = merkle.leaf_hash(leaf(number))
        nodes = [(0, number, hashed), *tree.append(hashed)]
        for height, index, node in nodes:
            if height % tiles.HEIGHT == 0:
                place = (height // tiles.HEIGHT, index // tiles.WIDTH)
                found[place] = found.get(place, b"") + node
    return found


def our_path(ranges: list[merkle.Range]) -> list[bytes]:
    assert tiles.needed(ranges) <= set(stored())
    return tiles.range_hashes(ranges, tiles.computed(ranges, stored()))


def test_the_root_of_every_size_is_the_oracles() -> None:
    for size in range(MOST + 1):
        expected = oracle().get_root(size) if size else merkle.EMPTY_ROOT
        assert trees()[size][0] == expected


@given(st.data())
def test_an_inclusion_proof_is_the_oracles_and_holds_for_its_leaf_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    path = our_path(merkle.inclusion(index, size))
    theirs = oracle().prove_inclusion(index + 1, size)
    assert [merkle.leaf_hash(leaf(index)), *path] == list(theirs.path)
    root = trees()[size][0]
    assert merkle.is_included(merkle.leaf_hash(leaf(index)), index, size, path, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index)) if size > 1 else size
    assert not merkle.is_included(merkle.leaf_hash(leaf(index)), other, size, path, root)
    assert not merkle.is_included(merkle.leaf_hash(leaf(index + 1)), index, size, path, root)
    assert not merkle.is_included(merkle.leaf_hash(leaf(index)), index, size, [*path, root], root)


@given(st.data())
def test_a_consistency_proof_holds_for_the_trees_it_was_made_of_alone(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, MOST))
    first = data.draw(st.integers(1, second))
    path = our_path(merkle.consistency(first, second))
    older, newer = trees()[first][0], trees()[second][0]
    assert merkle.is_consistent(first, second, path, older, newer)
    forged = merkle.leaf_hash(older)
    assert not merkle.is_consistent(first, second, path, forged, newer)
    assert not merkle.is_consistent(first, second, path, older, forged)
    assert not merkle.is_consistent(first, second, [*path, forged], older, newer)


@given(st.data())
def test_the_hash_of_every_range_in_a_proof_is_the_oracles_root_over_it(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, MOST))
    ranges = merkle.consistency(data.draw(st.integers(1, second)), second)
    for (start, end), hashed in zip(ranges, our_path(ranges), strict=True):
        tree = InmemoryTree(algorithm="sha256")
        for number in range(start, end):
            tree.append_entry(leaf(number))
        assert hashed == tree.get_root()


@pytest.mark.parametrize(
    ("first", "path"),
    [(3, [(2, 3), (3, 4), (0, 2), (4, 7)]), (4, [(4, 7)]), (6, [(4, 6), (6, 7), (0, 4)])],
)
def test_the_examples_of_the_standard(first: int, path: list[merkle.Range]) -> None:
    """RFC 9162, 2.1.5: the consistency proofs of a tree of seven leaves."""
    assert merkle.consistency(first, 7) == path


@given(st.integers(0, MOST))
def test_the_edge_of_any_size_is_found_in_the_tiles(size: int) -> None:
    found = tiles.edge(size, stored())
    assert found == trees()[size][1]
    assert merkle.Tree(size, found).root() == trees()[size][0]


@given(st.data())
def test_a_proof_is_the_same_with_the_edge_at_hand_and_reads_less(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    ranges = merkle.inclusion(data.draw(st.integers(0, size - 1)), size)
    edge = tiles.on_edge(size, b"".join(trees()[size][1]))
    wanted = tiles.needed(ranges, edge)
    assert wanted <= tiles.needed(ranges)
    nodes = edge | tiles.computed(ranges, {tile: stored()[tile] for tile in wanted}, edge)
    assert tiles.range_hashes(ranges, nodes) == our_path(ranges)


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="edge"):
        merkle.Tree(3, [b"\x00" * 32])
