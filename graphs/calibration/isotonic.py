"""The curve from raw to calibrated confidence: isotonic regression by pooling adjacent violators.

The least-squares fit among all curves that never fall. What is shown of it follows the rule of succession, so that no
number of decisions, all right, makes certain (docs/adr/0034).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graphs.agents.gate import Gate
from graphs.calibration.outcome import WHOLE, Level

Points = tuple[tuple[int, int], ...]
"""(raw, calibrated) in basis points, both rising: a curve of steps. From each raw confidence on it has that value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Neighbouring raw confidences that the fit cannot tell apart."""

    from_bps: int
    to_bps: int
    decided: int
    right: int

    @property
    def share(self) -> float:
        """The fitted value: which share was right."""
        return self.right / self.decided

    def joined(self, above: Block) -> Block:
        """This block and the one above it as one."""
        return Block(
            from_bps=self.from_bps,
            to_bps=above.to_bps,
            decided=self.decided + above.decided,
            right=self.right + above.right,
        )


def fitted(levels: Sequence[Level]) -> tuple[Block, ...]:
    """The isotonic fit of the share that is right, as blocks of rising shares; levels come the lowest first."""
    blocks: list[Block] = []
    for level in levels:
        right = level.decided - level.wrong
        block = Block(from_bps=level.bps, to_bps=level.bps, decided=level.decided, right=right)
        # Whole numbers are compared, so that equal shares are equal.
        while blocks and blocks[-1].right * block.decided >= block.right * blocks[-1].decided:
            block = blocks.pop().joined(block)
        blocks.append(block)
    return tuple(blocks)


def curve_of(blocks: Sequence[Block]) -> Points:
    """The curve that is used: (right + 1) / (decided + 2) of each block, and never falling."""
    points: list[tuple[int, int]] = []
    for block in blocks:
        value = (block.right + 1) * WHOLE // (block.decided + 2)
        if not points or value > points[-1][1]:
            points.append((block.from_bps, value))
    return tuple(points)


def rated(levels: Iterable[Level], points: Points) -> tuple[Level, ...]:
    """The levels with their calibrated in the place of their raw confidence, as the gate reads the curve."""
    gate = Gate(open=False, why="read only as a curve", points=points)
    return tuple(replace(level, bps=gate.calibrated(level.bps) or 0) for level in levels)
