"""A stop that is asked for: runs end after the step under way."""

from __future__ import annotations

from dataclasses import dataclass


class Drained(Exception):
    """The run ended between two steps because a stop was asked for."""


@dataclass(slots=True)
class Drain:
    """`reason` is None until somebody asks."""

    reason: str | None = None

    def request(self, reason: str) -> None:
        """Let every run end after the step under way."""
        self.reason = reason

    @property
    def requested(self) -> bool:
        """Whether somebody asked."""
        return self.reason is not None

    def check(self) -> None:
        """Raises `Drained` once somebody asked."""
        if self.reason is not None:
            raise Drained(self.reason)
