"""One number that a suite found, with its interval, and by how much it may get worse."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from evals.metrics import wilson_interval

Unit = Literal["share", "error", "seconds", "count", "tokens", "micros"]


class Figure(BaseModel):
    """A number with its interval at 95 %; `value` is None where nothing was measured.

    `margin` is by how much its worse bound may get worse against a baseline, in the figure's own unit; a figure
    without one is shown and never compared: it depends on the machine, or tells nothing of quality.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    samples: int
    unit: Unit = "share"
    better: Literal["higher", "lower"] = "higher"
    margin: float | None = None

    @property
    def worst(self) -> float | None:
        """The bound on the bad side: the lower one of a share, the upper one of an error."""
        return self.lower if self.better == "higher" else self.upper

    def text(self) -> str:
        """The figure as people read it: `94.0 % (88.1–97.1 %), n = 120`."""
        shown = f"{format_number(self.value, self.unit)}"
        if self.lower is not None and self.upper is not None:
            shown += f" ({format_number(self.lower, self.unit)} to {format_number(self.upper, self.unit)})"
        return f"{shown}, n = {self.samples}"


def share(
    name: str,
    successes: float,
    samples: int,
    *,
    margin: float | None = None,
    better: Literal["higher", "lower"] = "higher",
) -> Figure:
    """A share of `samples` with Wilson's interval."""
    interval = wilson_interval(successes=successes, trials=samples)
    low, high = interval or (None, None)
    value = successes / samples if samples else None
    return Figure(name=name, value=value, lower=low, upper=high, samples=samples, margin=margin, better=better)


def format_number(value: float | None, unit: Unit) -> str:
    """A number in its unit, `–` for none."""
    if value is None:
        return "–"
    match unit:
        case "share":
            return f"{100 * value:.1f} %"
        case "error":
            return f"{value:.4f}"
        case "seconds":
            return f"{value:.3f} s"
        case "count" | "tokens":
            return f"{value:,.0f}"
        case "micros":
            return f"{value:,.0f} millionths"
