"""A process that looks something up, waits and is done."""

from __future__ import annotations

from datetime import timedelta

from graphs.process import ProcessDefinition
from graphs.steps import EndStep, ReadStep, TimerStep
from tests.support.toy import look_up, process

WAIT = timedelta(days=3)


def timed_definition(*, wait: timedelta = WAIT) -> ProcessDefinition:
    """look_up → pause → done."""
    return process(
        "Timed",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="pause"),
        TimerStep(name="pause", stage="intake", due=lambda case, now: now + wait, next="done"),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "waited"),
    )
