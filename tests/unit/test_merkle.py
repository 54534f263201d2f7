"""The Merkle tree: the vectors of Certificate Transparency's own tests, and the laws of its proofs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.merkle import (
    EMPTY_ROOT,
    Frontier,
    Subtrees,
    consistency_spans,
    folded,
    full_subtrees,
    inclusion_spans,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIXTH_OF_EIGHT = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
SIX_TO_EIGHT = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
TWO_TO_FIVE = [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
]
sizes = st.integers(1, 70)


def tree(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def root_of(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 defines it, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    spans = inclusion_spans(index, len(leaves))
    subtrees = Subtrees(spans)
    subtrees.extend(leaves)
    return [subtrees.hash_of(span) for span in spans]


def consistency(leaves: list[bytes], old: int) -> list[bytes]:
    spans = consistency_spans(old, len(leaves))
    subtrees = Subtrees(spans)
    subtrees.extend(leaves)
    return [subtrees.hash_of(span) for span in spans]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_roots(size: int) -> None:
    assert Frontier().extended(LEAVES[:size]).root.hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == Subtrees([]).root


def test_the_known_inclusion_proofs() -> None:
    assert [node.hex() for node in inclusion(LEAVES, 5)] == SIXTH_OF_EIGHT
    assert inclusion(LEAVES[:1], 0) == []
    assert [node.hex() for node in inclusion(LEAVES[:3], 2)] == [ROOTS[1]]


def test_the_known_consistency_proofs() -> None:
    assert [node.hex() for node in consistency(LEAVES, 6)] == SIX_TO_EIGHT
    assert [node.hex() for node in consistency(LEAVES[:5], 2)] == TWO_TO_FIVE
    assert consistency(LEAVES, 8) == []


@given(size=st.integers(0, 300), cuts=st.lists(st.integers(0, 300), max_size=4))
def test_a_frontier_extended_in_any_portions_has_the_defined_root(size: int, cuts: list[int]) -> None:
    leaves, frontier, done = tree(size), Frontier(), 0
    for cut in sorted(min(cut, size) for cut in [*cuts, size]):
        frontier = Frontier.of(done, frontier.packed).extended(leaves[done:cut])
        done = cut
    assert (frontier.size, frontier.root) == (size, root_of(leaves))


@given(sizes, st.data())
def test_every_leaf_is_proven_at_its_place_and_at_no_other(size: int, data: st.DataObject) -> None:
    leaves = tree(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion(leaves, index), root_of(leaves)
    assert verify_inclusion(leaves[index], index, size, path, root)
    others = [other for other in range(-1, size + 1) if other != index]
    assert not any(verify_inclusion(leaves[index], other, size, path, root) for other in others)
    assert not verify_inclusion(leaf_hash(b"x"), index, size, path, root)
    assert not verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert size == 1 or not verify_inclusion(leaves[index], index, size, path[:-1], root)


@given(sizes, st.data())
def test_every_tree_is_proven_to_begin_with_every_smaller_one(size: int, data: st.DataObject) -> None:
    leaves = tree(size)
    old = data.draw(st.integers(1, size))
    path, root, old_root = consistency(leaves, old), root_of(leaves), root_of(leaves[:old])
    assert verify_consistency(old, size, old_root, root, path)
    assert not verify_consistency(old, size, leaf_hash(b"x"), root, path)
    assert not verify_consistency(old, size, old_root, leaf_hash(b"x"), path)
    assert not verify_consistency(old, size, old_root, root, [*path, root])
    for place in range(len(path)):
        changed = [*path[:place], leaf_hash(path[place]), *path[place + 1 :]]
        assert not verify_consistency(old, size, old_root, root, changed)


@given(st.integers(2, 60), st.data())
def test_a_rewritten_leaf_is_consistent_with_no_tree_that_held_the_first(size: int, data: st.DataObject) -> None:
    leaves = tree(size)
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:changed], leaf_hash(b"other"), *leaves[changed + 1 :]]
    path = consistency(rewritten, old)
    assert not verify_consistency(old, size, root_of(leaves[:old]), root_of(rewritten), path)


@given(st.integers(0, 200), st.integers(0, 200))
def test_full_subtrees_cover_their_span_once_and_are_full(first: int, second: int) -> None:
    start, end = sorted((first, second))
    parts = list(full_subtrees(start, end))
    assert [number for part in parts for number in range(*part)] == list(range(start, end))
    assert all((high - low).bit_count() == 1 and low % (high - low) == 0 for low, high in parts)


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_what_follows_nothing_has_no_proof(old: int, size: int) -> None:
    assert not verify_consistency(old, size, EMPTY_ROOT, EMPTY_ROOT, [])
    with pytest.raises(ValueError, match="follows none"):
        consistency_spans(old, size)


def test_a_leaf_that_is_not_there_has_no_proof() -> None:
    with pytest.raises(ValueError, match="has no leaf 5"):
        inclusion_spans(5, 5)


@pytest.mark.parametrize("packed", [b"", b"x" * 32, b"x" * 95, b"x" * 128])
def test_peaks_that_are_not_the_sizes_own_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="3 peaks"):
        Frontier.of(7, packed)


def test_what_is_folded_is_split_as_the_tree_is() -> None:
    leaves = tree(7)
    parts = [root_of(leaves[low:high]) for low, high in full_subtrees(0, 7)]
    assert folded(parts) == root_of(leaves)
