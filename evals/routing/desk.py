"""One person's work through their tasks: the earliest deadline first, in their own hours, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from evals.routing.office import Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A task that was done: when somebody began it, and when it was finished."""

    task: Arrival
    began: float
    ended: float


@dataclass(slots=True, kw_only=True)
class Desk:
    """`spans` is when the person works. `doing` is what they have begun, with what is `left` of it."""

    spans: Sequence[tuple[float, float]]
    waiting: list[tuple[float, int, Arrival]] = field(default_factory=list)
    doing: Arrival | None = None
    began: float = 0.0
    left: float = 0.0
    at: float = 0.0
    place: int = 0

    @property
    def open(self) -> list[Arrival]:
        """What they have, begun or not."""
        return [*([self.doing] if self.doing else []), *(task for _, _, task in self.waiting)]

    @property
    def minutes(self) -> float:
        """How much they really have to do."""
        return self.left * (self.doing is not None) + sum(task.takes for _, _, task in self.waiting)

    def take(self, task: Arrival) -> None:
        """Put it with the others."""
        heappush(self.waiting, (task.due, task.number, task))

    def hand_back(self) -> list[Arrival]:
        """Everything they have, the earliest deadline first; what was begun is begun anew by somebody else."""
        found = sorted(self.open, key=lambda task: (task.due, task.number))
        self.doing, self.waiting = None, []
        heapify(self.waiting)
        return found

    def at_work(self, at: float) -> bool:
        """Whether they work then, which is not before they last worked."""
        return any(start <= at < end for start, end in self.spans[self.place :])

    def work(self, until: float) -> Iterator[Done]:
        """Work until then; says what was finished."""
        while self.at < until and (self.doing is not None or self.waiting):
            while self.place < len(self.spans) and self.spans[self.place][1] <= self.at:
                self.place += 1
            if self.place == len(self.spans):
                break
            start, end = self.spans[self.place]
            begins = max(self.at, start)
            if begins >= until:
                break
            if self.doing is None:
                _, _, self.doing = heappop(self.waiting)
                self.began, self.left = begins, self.doing.takes
            self.at = min(end, until, begins + self.left)
            self.left -= self.at - begins
            if self.left <= 1e-9:
                yield Done(task=self.doing, began=self.began, ended=self.at)
                self.doing, self.left = None, 0.0
        self.at = max(self.at, until)
