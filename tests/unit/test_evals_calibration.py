"""The suite of calibration: a promise that does not hold fails it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from evals.calibration_promise import run_calibration
from evals.result import Result


@dataclass(frozen=True)
class Found:
    """What a simulation says."""

    runs: int
    opened: int
    exceeded: int
    mean_share: float = 0.5
    mean_error: float = 0.004


def simulated(exceeded: int, in_time: int) -> Result:
    def simulate(_curve: str, *, decisions: int, target_bps: int, runs: int, seed: int) -> Found:
        assert (decisions > 0, target_bps, seed > 0) == (True, 100, True)
        return Found(runs=runs, opened=runs, exceeded=exceeded)

    def closed(
        *, target_bps: int, good: int, good_error: float, bad_error: float, reviews: int, runs: int, seed: int
    ) -> Sequence[int]:
        return [reviews] * in_time + [reviews + 1] * (runs - in_time)

    return run_calibration(simulate, {"steep": "curve"}, closed, [(0.05, 200)], runs=1000)


@pytest.mark.parametrize(("exceeded", "in_time", "passes"), [(50, 950, True), (51, 950, False), (50, 949, False)])
def test_one_run_in_twenty_may_break_the_promise_and_no_more(exceeded: int, in_time: int, passes: bool) -> None:
    assert simulated(exceeded, in_time).passed is passes


def test_the_figures_tell_how_often_the_gate_opened_and_drift_was_found() -> None:
    named = {figure.name: figure.value for figure in simulated(20, 990).figures}
    assert named["steep, 1500 decisions: above the target"] == 0.02
    assert named["drift to 5 % after 1000 reviews, within 200: found"] == 0.99
