"""A process that looks something up, waits and is done."""

from __future__ import annotations

from datetime import timedelta

from graphs.process import ProcessDefinition
from graphs.steps import EndStep, ReadStep, TimerStep
from tests.support.toy import check_input, look_up

WAIT = timedelta(days=3)


def timed_definition(*, wait: timedelta = WAIT) -> ProcessDefinition:
    """look_up → pause → done."""
    return ProcessDefinition(
        name="toy",
        version=1,
        title="Timed",
        pack="toy",
        start="look_up",
        check_input=check_input,
        case_title=lambda body: str(body["subject"]),
        steps=(
            ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="pause"),
            TimerStep(name="pause", stage="intake", due=lambda case, now: now + wait, next="done"),
            EndStep(name="done", stage="end", ends="done", outcome=lambda case: "waited"),
        ),
    )
