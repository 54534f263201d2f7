"""Dominators: the nodes that every path from the start to a node passes.

After Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm (Rice University, 2001).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from graphs.proof.paths import Following

Node = TypeVar("Node", bound=Hashable)


class Dominators(Generic[Node]):
    """The dominator tree of the nodes that a path from `start` comes to."""

    def __init__(self, start: Node, following: Following[Node]) -> None:
        """`following` gives the same nodes however often it is asked."""
        self.start = start
        self._order = {node: place for place, node in enumerate(_reverse_postorder(start, following))}
        self._above: dict[Node, Node] = {start: start}
        entering: dict[Node, list[Node]] = {node: [] for node in self._order}
        for node in self._order:
            for found in following(node):
                entering[found].append(node)
        while self._improved(entering):
            pass

    def _improved(self, entering: Mapping[Node, Iterable[Node]]) -> bool:
        changed = False
        for node in self._order:
            if node == self.start:
                continue
            above = self._common(found for found in entering[node] if found in self._above)
            if self._above.get(node) != above:
                self._above[node] = above
                changed = True
        return changed

    def _common(self, nodes: Iterable[Node]) -> Node:
        known = iter(nodes)
        common = next(known)
        for node in known:
            common = self._meet(common, node)
        return common

    def _meet(self, one: Node, other: Node) -> Node:
        while one != other:
            while self._order[one] > self._order[other]:
                one = self._above[one]
            while self._order[other] > self._order[one]:
                other = self._above[other]
        return one

    def of(self, node: Node) -> Iterator[Node]:
        """The node's dominators, from itself up to the start; nothing for a node that no path comes to."""
        if node not in self._order:
            return
        yield node
        while node != self.start:
            node = self._above[node]
            yield node

    def immediate(self, node: Node) -> Node | None:
        """The closest dominator other than the node itself; None for the start and where no path comes."""
        return self._above[node] if node in self._order and node != self.start else None


def _reverse_postorder(start: Node, following: Following[Node]) -> list[Node]:
    """The nodes reached, each before those that follow it, but for edges that close a loop."""
    seen: set[Node] = {start}
    done: list[Node] = []
    ahead: list[tuple[Node, Iterator[Node]]] = [(start, iter(following(start)))]
    while ahead:
        node, rest = ahead[-1]
        found = next((one for one in rest if one not in seen), None)
        if found is None:
            done.append(node)
            ahead.pop()
        else:
            seen.add(found)
            ahead.append((found, iter(following(found))))
    return done[::-1]
