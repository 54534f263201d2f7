"""How a run begins: with the first state, with answers, where the journal left off, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.types import Command, Interrupt

from graphs.process import ProcessDefinition
from graphs.runtime.codec import INTERRUPT
from graphs.runtime.compile import recursion_limit
from graphs.runtime.run import Run
from graphs.runtime.standing import answer_to, check_steps, state_of

BRANCH = "branch:to:"
WAITING = object()
"""No answer yet: there is nothing to invoke."""


def start_of(run: Run) -> Any:
    """What the graph is to be invoked with: a state, the answers, None to go on, or `WAITING`.

    Without a checkpoint that holds it all, the state is the fold of the journal, and the graph enters where that leads.
    """
    saved = run.checkpoint
    if saved is None:
        return state_of(run)
    check_checkpoint(saved.checkpoint["channel_values"], run.definition)
    asked = questions_of(saved)
    return answered(asked, run) if asked else None


def answered(asked: Sequence[Interrupt], run: Run) -> Any:
    """The answers to go on with, or `WAITING`."""
    answers = answers_of(asked, run)
    return Command(resume=answers) if answers else WAITING


def questions_of(saved: CheckpointTuple) -> list[Interrupt]:
    """What the checkpoint waits for."""
    return [asked for _, channel, value in saved.pending_writes or () if channel == INTERRUPT for asked in value]


def answers_of(asked: Sequence[Interrupt], run: Run) -> dict[str, Any]:
    """Answers by interrupt id, for the questions that have one."""
    answers = {question.id: answer_to(question.value, run) for question in asked}
    return {name: answer for name, answer in answers.items() if answer is not None}


def case_config(run: Run) -> RunnableConfig:
    """LangGraph's configuration: the thread is the case; answers must name a pending question."""
    return {
        "configurable": {"thread_id": run.case.id, "__pregel_strict_resume": True},
        "recursion_limit": recursion_limit(run.definition),
    }


def check_checkpoint(channels: Mapping[str, Any], definition: ProcessDefinition) -> None:
    """Refuse a checkpoint that is about to enter a step the definition does not have.

    LangGraph itself would take such a thread for a finished one. Raises `CheckpointUnreadable`.
    """
    check_steps([name.removeprefix(BRANCH) for name in channels if name.startswith(BRANCH)], definition)
