"""The breaker of one model of one endpoint, in this process: after failures in a row it is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable

from tools.limits import Breaker
from tools.llm.fault import LeftAlone


class CircuitBreaker:
    """Closed: everything passes. Open: nothing does. After the cool-down one request is let through to try.

    The engine keeps a breaker for all workers too, but per target: it cannot know that of two models one is out.
    """

    def __init__(self, limits: Breaker, *, model: str, monotonic: Callable[[], float]) -> None:
        """Closed."""
        self._limits = limits
        self._model = model
        self._monotonic = monotonic
        self._failures = 0
        self._last = ""
        self._open_until: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether nothing would pass now."""
        return self._open_until is not None and (self._trying or self._monotonic() < self._open_until)

    def admit(self) -> None:
        """Let a request pass; how it ended must be told. Raises `LeftAlone`."""
        if self.is_open:
            failed = f"the model {self._model} has failed {self._failures} times in a row and is left alone for now"
            raise LeftAlone(f"{failed}; last: {self._last}")
        self._trying = self._open_until is not None

    def answered(self) -> None:
        """The endpoint has answered, whatever it said."""
        self._failures, self._open_until, self._trying = 0, None, False

    def failed(self, message: str) -> None:
        """The endpoint has failed, in these words."""
        self._last = message
        self._failures, self._trying = self._failures + 1, False
        if self._failures >= self._limits.failures:
            self._open_until = self._monotonic() + self._limits.cool_down.total_seconds()

    def ended(self) -> None:
        """The request was given up: nothing is known of the endpoint."""
        self._trying = False
