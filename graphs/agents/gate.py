"""The gate of a decision class: whether its answers count without a person, and from which confidence on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What was calibrated together. Another model, prompt or version of the class begins with nothing."""

    decision_class: str
    class_version: int
    model: str
    prompt_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`why` says in a sentence why it is open or closed. `points` are (raw, calibrated) in basis points, both rising.

    An answer counts by itself only where the gate is open and its calibrated confidence is at least `threshold_bps`.
    """

    open: bool
    why: str
    threshold_bps: int | None = None
    calibration: str | None = None
    points: tuple[tuple[int, int], ...] = ()

    def calibrated(self, raw_bps: int) -> int | None:
        """How often answers of this raw confidence were right, in basis points; None where nothing was measured.

        The step below counts: between two points nothing is promised.
        """
        if not self.points:
            return None
        below = bisect_right([raw for raw, _ in self.points], raw_bps)
        return self.points[below - 1][1] if below else 0

    def admits(self, confidence_bps: int | None) -> bool:
        """Whether an answer of this calibrated confidence counts by itself."""
        enough = confidence_bps is not None and self.threshold_bps is not None and confidence_bps >= self.threshold_bps
        return self.open and enough


class Gates(Protocol):
    """Where the gates stand now."""

    async def of(self, tenant: str, identity: Identity) -> Gate:
        """The gate of the identity. Never raises: what cannot be known is closed."""
        ...


class NoGates:
    """Every gate is closed: nothing has been calibrated."""

    async def of(self, tenant: str, identity: Identity) -> Gate:  # noqa: ARG002 - the port's
        return Gate(open=False, why="nothing has been calibrated yet")
