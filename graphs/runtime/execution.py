"""How a case is executed. Each way goes on with what another left: all begin from the same journal."""

from __future__ import annotations

from enum import StrEnum


class Execution(StrEnum):
    """`journal`: step after step from the journal, without a checkpoint. `stretches`: LangGraph, a node a stretch.
    `steps`: LangGraph, a node a step.
    """

    JOURNAL = "journal"
    STRETCHES = "stretches"
    STEPS = "steps"
