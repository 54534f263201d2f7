"""The Merkle proofs of a dossier: each entry in its newest checkpoint, and that one behind each earlier one.

A proof is the list of hashes that RFC 6962 defines. Proofs have most of their hashes in common, so each hash is
written once, and a proof names its hashes by their place in `nodes`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import orjson

from graphs.merkle import Span, Subtrees, consistency_spans, inclusion_spans


class DossierProofs:
    """Collects while the hashes of all entries pass by; then writes."""

    def __init__(self, numbers: Collection[int], sizes: Collection[int], *, size: int) -> None:
        """Prove the entries with these numbers, and the trees of these sizes, within the tree of `size` entries."""
        self._numbers = numbers
        self._sizes = sorted(set(sizes))
        self._size = size
        self.subtrees = Subtrees({span for _, spans in self._proofs() for span in spans})

    def _proofs(self) -> Iterator[tuple[int, list[Span]]]:
        for number in self._numbers:
            yield number, inclusion_spans(number - 1, self._size)
        for old in self._sizes:
            yield old, consistency_spans(old, self._size)

    def write(self, write: Callable[[bytes], None]) -> None:
        """The proofs as JSON, piece by piece."""
        places: dict[Span, int] = {}

        def proof(spans: Iterable[Span]) -> bytes:
            return orjson.dumps([places.setdefault(span, len(places)) for span in spans])

        write(b'{"size":%d,"inclusion":{' % self._size)
        for place, number in enumerate(self._numbers):
            write(b'%s"%d":%s' % (b"," if place else b"", number, proof(inclusion_spans(number - 1, self._size))))
        write(b'},"consistency":{')
        for place, old in enumerate(self._sizes):
            write(b'%s"%d":%s' % (b"," if place else b"", old, proof(consistency_spans(old, self._size))))
        write(b'},"nodes":')
        write(orjson.dumps([self.subtrees.hash_of(span).hex() for span in places]))
        write(b"}\n")
