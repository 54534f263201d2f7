"""Named points at which a test may kill the process, to show that nothing is lost or done twice there."""

from __future__ import annotations

import os
import signal
from typing import Literal, get_args

FailpointName = Literal[
    "step.before_commit",
    "step.after_commit",
    "checkpoint.after_commit",
    "interrupt.before_commit",
    "resume.before_step",
    "effect.before_intent",
    "effect.after_intent",
    "effect.after_call",
    "case.after_run",
    "operation.before_commit",
    "operation.after_item",
    "passages.before_commit",
    "forecast.before_commit",
    "forecast.after_commit",
    "analytics.before_commit",
]
FAILPOINTS: tuple[str, ...] = get_args(FailpointName)
VARIABLE = "INTERLOCK_FAILPOINT"

_armed = os.environ.get(VARIABLE, "")
_hits: dict[str, int] = {}


def arm(wanted: str) -> None:
    """From here on it is as if the process had been started with the variable so."""
    global _armed
    _armed = wanted


def failpoint(name: FailpointName, step: str = "") -> None:
    """Die here by SIGKILL if `INTERLOCK_FAILPOINT` was `name[@step][:nth]` at the start and this is the nth passage."""
    if _armed:
        _pass(name, step)


def _pass(name: str, step: str) -> None:
    place, _, nth = _armed.partition(":")
    wanted_name, _, wanted_step = place.partition("@")
    if wanted_name != name or (wanted_step and wanted_step != step):
        return
    _hits[place] = _hits.get(place, 0) + 1
    if _hits[place] == int(nth or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
