"""The Merkle tree of RFC 6962 (and 9162, section 2.1) over SHA-256: roots, proofs, and their verification.

A subtree is a span `(start, end)` of leaves, counted from 0 and without its end. A full subtree has a power of two
leaves and begins at a multiple of it; only spans that reach the tree's end may be others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Span = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


def full_subtrees(start: int, end: int) -> Iterator[Span]:
    """The full subtrees that a span consists of, from the left; the largest possible each time."""
    while start < end:
        size = 1 << ((end - start).bit_length() - 1)
        if start:
            size = min(size, start & -start)
        yield start, start + size
        start += size


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over full subtrees that stand side by side and become smaller: from the right, as RFC 6962 splits."""
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """All that appending needs of a tree of `size` leaves: the hashes of its full subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, size: int, packed: bytes) -> Frontier:
        """The frontier of packed peaks. Raises `ValueError` when they are not as many as the size has."""
        peaks = tuple(packed[place : place + HASH_BYTES] for place in range(0, len(packed), HASH_BYTES))
        if len(packed) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        return cls(size=size, peaks=peaks)

    @property
    def packed(self) -> bytes:
        """The peaks one behind the other."""
        return b"".join(self.peaks)

    @property
    def root(self) -> bytes:
        """The tree's root."""
        return folded(self.peaks) if self.peaks else EMPTY_ROOT

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """With these leaf hashes behind; costs what they cost, whatever the tree's size."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            for _ in range((size & -size).bit_length() - 1):
                right = peaks.pop()
                peaks.append(node_hash(peaks.pop(), right))
        return Frontier(size=size, peaks=tuple(peaks))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """PATH(index, D[size]): the subtrees of an inclusion proof, the lowest first. Raises `ValueError`."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    found: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """PROOF(old, D[size]): the subtrees of a consistency proof, the lowest first. Raises `ValueError`."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves follows none of {old}")
    found: list[Span] = []
    start, end = 0, size
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *found[::-1]]


def _split(count: int) -> int:
    """The largest power of two that is smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


class Subtrees:
    """Collects the hashes of chosen subtrees while the leaves pass by once; keeps no others."""

    def __init__(self, spans: Iterable[Span]) -> None:
        """Look out for `spans`."""
        self._wanted = {full for span in spans for full in full_subtrees(*span)}
        self._found: dict[Span, bytes] = {}
        self._peaks: list[bytes] = []
        self.size = 0

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take the next leaf hashes."""
        for leaf in leaves:
            size = self.size = self.size + 1
            count = 1
            self._keep((size - 1, size), leaf)
            self._peaks.append(leaf)
            while size % (2 * count) == 0:
                count *= 2
                right = self._peaks.pop()
                self._peaks.append(node_hash(self._peaks.pop(), right))
                self._keep((size - count, size), self._peaks[-1])

    def _keep(self, span: Span, found: bytes) -> None:
        if span in self._wanted:
            self._found[span] = found

    @property
    def root(self) -> bytes:
        """The root of what has passed."""
        return folded(self._peaks) if self._peaks else EMPTY_ROOT

    def hash_of(self, span: Span) -> bytes:
        """The hash of one of the spans. Raises `KeyError` when its leaves have not passed."""
        return folded([self._found[full] for full in full_subtrees(*span)])


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(node, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, node)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `size` leaves begins with the tree of `old` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not nodes:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, node)
        place, last = place >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, root)
