"""`incident_resolution@1`: an agent is asked what would let a stopped case go on; rules say whether that is done.

It knows no process: what may be proposed is what the failed case's process admits. Whatever is not done is left as a
proposal with the incident, where a person applies it or does something else; whoever acts first wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.processes.incident_resolution.facts import (
    applied,
    by_person,
    draft,
    due,
    fix_facts,
    left,
    situation,
    transient,
)
from graphs.resolution.answer import FixAnswer, contradictions
from graphs.resolution.outcome import reviewed
from graphs.state import CaseView
from graphs.steps import (
    AgentStep,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    TimerStep,
)
from tools.llm.question import Passage

STAGE = "resolution"
INCIDENT_FIX = DecisionClass(
    name="incident_fix",
    version=1,
    title="A fix for an incident",
    prompt=read_prompt(Path(__file__).parent, "incident_fix", 1),
    answer=FixAnswer,
    fields=frozenset(
        {
            "process",
            "failed_step",
            "error_kind",
            "error_code",
            "attempts",
            "transient",
            "fixes",
            "editable",
            "entries",
        }
    ),
    reviewed=reviewed,
    contradictions=contradictions,
)


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid`: the engine starts these cases, with an incident."""
    names = ("incident", "of", "applies")
    if not all(isinstance(body.get(name), str) for name in names) or not isinstance(body.get("error"), list):
        raise Invalid("incident_resolution is started by the engine, with an incident: incident, of, error, applies")
    try:
        UUID(body["incident"])
    except ValueError:
        raise Invalid(f"incident: {body['incident']!r} is no id of an incident") from None


def title(body: Mapping[str, Any]) -> str:
    """How a case is called."""
    return f"{'Fix applied to' if body['applies'] else 'Fix sought for'} incident {body['incident']}"


async def read_incident(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    """The incident and its case as they are now."""
    return {"situation": await reader.read("incident.read", {"incident": case.input["incident"]})}


async def question(case: CaseView, _reader: Reader) -> Asked | None:
    """The material; None where a person applies what was proposed, or nothing is stopped any more."""
    known = situation(case)
    if by_person(case) or known["incident"]["status"] != "open":
        return None
    fields = {
        "process": known["case"]["process"],
        "failed_step": known["case"]["failed_step"],
        "error_kind": known["incident"]["kind"],
        "error_code": known["incident"]["code"],
        "attempts": known["case"]["attempts"],
        "transient": transient(case),
        "fixes": known["fixes"],
        "editable": known["editable"],
        "entries": known["entries"],
    }
    message = Passage(label="error", text=known["incident"]["message"])
    return Asked(fields=fields, passages=(message, *map(Passage.model_validate, known["passages"])))


def steps() -> tuple[AnyStep, ...]:
    """Read, ask, judge, hold on, look again, propose, do."""
    reads = ("incident.read",)
    return (
        ReadStep(name="read_incident", stage=STAGE, tools=reads, run=read_incident, next="ask_fix"),
        AgentStep(name="ask_fix", stage=STAGE, asks=INCIDENT_FIX, question=question, next="judge_fix"),
        DecisionStep(
            name="judge_fix",
            stage=STAGE,
            point="fix",
            facts=fix_facts,
            allow="hold_on",
            review="left",
            deny="left",
        ),
        TimerStep(name="hold_on", stage=STAGE, due=due, next="look_again"),
        ReadStep(name="look_again", stage=STAGE, tools=reads, run=read_incident, next="propose_fix"),
        ProposeStep(
            name="propose_fix",
            stage=STAGE,
            point="fix",
            draft=draft,
            facts=fix_facts,
            allow="apply_fix",
            review="left",
            deny="left",
        ),
        EffectStep(name="apply_fix", stage=STAGE, of="propose_fix", next="applied"),
        EndStep(name="applied", stage=STAGE, ends="done", outcome=applied),
        EndStep(name="left", stage=STAGE, ends="done", outcome=left),
    )


def definition() -> ProcessDefinition:
    """`incident_resolution@1`."""
    return ProcessDefinition(
        name="incident_resolution",
        version=1,
        title="Incident resolution",
        pack="incident_resolution",
        start="read_incident",
        steps=steps(),
        check_input=check_input,
        case_title=title,
    )
