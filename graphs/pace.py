"""How fast a target serves its calls, as this process has seen it lately: so fast do the waiting ask again."""

from __future__ import annotations

from datetime import timedelta

SHORTEST = timedelta(milliseconds=10)
LONGEST = timedelta(milliseconds=250)
"""A slot that comes free is asked for within this time, however long calls last."""
UNKNOWN = timedelta(milliseconds=50)
NEWEST = 0.2
"""What a call weighs against all that were before it."""
AHEAD = 1.25
"""So much faster than they are served do the waiting come: a slot seldom waits for somebody, and few are refused."""


class Pace:
    """The mean time that calls of a target last; it follows a target that becomes slower or faster."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seconds: dict[tuple[str, str], float] = {}

    def saw(self, tenant: str, target: str, seconds: float) -> None:
        """A call has ended after so long."""
        before = self._seconds.get((tenant, target), seconds)
        self._seconds[tenant, target] = before + NEWEST * (seconds - before)

    def wait(self, tenant: str, target: str, *, slots: int, ahead: int) -> timedelta:
        """How long it takes until one with so many ahead of it has a slot; nothing as long as nothing was seen."""
        return timedelta(seconds=self._seconds.get((tenant, target), 0.0) * (ahead + 1) / slots)

    def pause(self, tenant: str, target: str, *, slots: int | None) -> timedelta:
        """The time between two cases that wait for one of the slots, or for a target that takes any number at once."""
        if slots is None:
            return SHORTEST
        seconds = self._seconds.get((tenant, target))
        if seconds is None:
            return UNKNOWN
        return min(max(SHORTEST, timedelta(seconds=seconds / (AHEAD * slots))), LONGEST)
