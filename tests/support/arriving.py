"""A process for what arrives, and one that waits for an answer by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import EndStep, ReadStep, WaitStep
from tests.support.toy import look_up, process
from tools.inlet import REPLY

NEEDED = ("document", "channel", "sender")


def takes_anything(body: Mapping[str, Any]) -> None:
    """Every input will do."""


def arriving_definition() -> ProcessDefinition:
    """look_up → done, for documents."""
    end = EndStep(name="done", stage="end", ends="done", outcome=lambda case: "looked at")
    made = process("Arriving", ReadStep(name="look_up", stage="in", tools=("toy.read",), run=look_up, next="done"), end)
    return replace(made, check_input=takes_anything, case_title=lambda body: str(body.get("name", "case")))


def answered(case: CaseView, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"answer": {"text": payload["text"], "documents": payload["documents"], "sender": payload["sender"]}}


def asking_definition() -> ProcessDefinition:
    """look_up → await_answer → done, for the mail whose Message-ID is the input's `asked`; documents pass."""
    made = process(
        "Asking",
        ReadStep(name="look_up", stage="in", tools=("toy.read",), run=look_up, next="await_answer"),
        WaitStep(
            name="await_answer",
            stage="in",
            message=REPLY,
            correlation=lambda case: str(case.input.get("asked", case.case_id)),
            next="done",
            result=answered,
            within=timedelta(days=9),
            late="done",
        ),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "answered"),
    )
    return replace(made, check_input=takes_anything, case_title=lambda body: str(body.get("name", "case")))
