"""Ways through a directed graph, given as what follows each node. Pure; nodes are anything that can be hashed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Following = Callable[[Node], Iterable[Node]]


def reached(starts: Iterable[Node], following: Following[Node], *, avoiding: Collection[Node] = ()) -> set[Node]:
    """Every node that a path from a start comes to, the starts included; no path touches what is avoided."""
    seen = {start for start in starts if start not in avoiding}
    ahead = list(seen)
    while ahead:
        for node in following(ahead.pop()):
            if node not in seen and node not in avoiding:
                seen.add(node)
                ahead.append(node)
    return seen


def shortest(
    starts: Iterable[Node], goals: Collection[Node], following: Following[Node], *, avoiding: Collection[Node] = ()
) -> tuple[Node, ...] | None:
    """A shortest path from a start to a goal, None if there is none. No path touches what is avoided."""
    first = [start for start in dict.fromkeys(starts) if start not in avoiding]
    before: dict[Node, Node | None] = dict.fromkeys(first)
    ahead = deque(first)
    while ahead:
        node = ahead.popleft()
        if node in goals:
            return _back(node, before)
        for found in following(node):
            if found not in before and found not in avoiding:
                before[found] = node
                ahead.append(found)
    return None


def _back(node: Node, before: dict[Node, Node | None]) -> tuple[Node, ...]:
    path = [node]
    while (earlier := before[path[-1]]) is not None:
        path.append(earlier)
    return tuple(reversed(path))


def around(node: Node, following: Following[Node], *, within: Collection[Node]) -> tuple[Node, ...] | None:
    """A shortest path from `node` back to itself that stays within these nodes, None if there is none."""
    inside = {found for found in within if found != node}

    def inward(one: Node) -> Iterable[Node]:
        return (found for found in following(one) if found in inside or found == node)

    back = shortest(inward(node), {node}, inward)
    return None if back is None else (node, *back)


def loops(nodes: Iterable[Node], following: Following[Node]) -> list[tuple[Node, ...]]:
    """The graph's loops: its largest groups of nodes of which each leads to each, in the order of `nodes`."""
    ordered = list(nodes)
    ahead = {node: reached(following(node), following) for node in ordered}
    found: list[tuple[Node, ...]] = []
    placed: set[Node] = set()
    for node in ordered:
        if node not in placed and node in ahead[node]:
            group = tuple(other for other in ordered if other in ahead[node] and node in ahead[other])
            placed.update(group)
            found.append(group)
    return found
