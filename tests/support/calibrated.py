"""The toy process with an agent step, and reviewed decisions of it on record as the engine records them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import DecisionClass
from graphs.agents.decision_class import Reviewed as Reviewing
from graphs.agents.gate import Gate, Identity
from graphs.audit import AuditRecord
from graphs.calibration.desk import Calibrated, CalibrationDesk, CalibrationOrder
from graphs.calibration.gates import MeasuredGates
from graphs.calibration.outcome import Split, split_of
from graphs.calibration.reading import OutcomeReading
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import AgentStep, DecisionStep, EndStep, Reader, ReadStep, ReviewStep
from graphs.store.database import Database
from graphs.store.tables import Case
from policies.canonical import digest
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import PACK, amount_facts, corrected, look_up, process, toy_rulebook
from tools.llm.question import Prompt

TARGET = "  agent_error_bps: {type: bps, value: 500, description: How many automatic decisions may be wrong}\n"
WITH_TARGET = PACK.replace("parameters:\n", f"parameters:\n{TARGET}")
PROMPT = Prompt(name="colour", version=1, text="Which colour?")
NEXT_PROMPT = Prompt(name="colour", version=2, text="Which colour is it?")
MODEL = "m-1"


class ColourAnswer(AgentAnswer):
    """A colour."""

    colour: str

    @property
    def choice(self) -> str:
        return self.colour


def not_said(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    return None


def colour(
    *, prompt: Prompt = PROMPT, version: int = 1, alone: bool = True, reviewed: Reviewing = not_said
) -> DecisionClass:
    """The decision class `colour`."""
    return DecisionClass(
        name="colour",
        version=version,
        title="Colour",
        prompt=prompt,
        answer=ColourAnswer,
        fields=frozenset({"amount"}),
        reviewed=reviewed,
        alone=alone,
    )


async def nothing_to_ask(case: CaseView, reader: Reader) -> None:
    return None


def asking_definition(asks: DecisionClass | None = None) -> ProcessDefinition:
    """look_up → colour (an agent) → check → done."""
    return process(
        "Asking toy",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="colour"),
        AgentStep(name="colour", stage="check", asks=asks or colour(), question=nothing_to_ask, next="check"),
        DecisionStep(
            name="check", stage="check", point="check", facts=amount_facts, allow="done", review="ask", deny="done"
        ),
        ReviewStep(
            name="ask",
            stage="check",
            of="check",
            role="clerk",
            title=lambda case: "Which colour?",
            correct_to="check",
            reject_to="done",
            answer_within=timedelta(hours=8),
            correction=corrected,
            advised_by="colour",
        ),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "looked at"),
    )


def identity(**change: Any) -> Identity:
    """The identity of the toy's decisions, or one that differs."""
    same = {"decision_class": "colour", "class_version": 1, "model": MODEL, "prompt_digest": PROMPT.digest}
    return Identity(**{**same, **change})


def outcome(**change: Any) -> dict[str, Any]:
    """The outcome of a review as the engine records it."""
    told = {
        "step": "colour",
        "class": "colour",
        "class_version": 1,
        "model": MODEL,
        "prompt_digest": PROMPT.digest,
        "raw_bps": 10_000,
        "choice": "red",
        "person": "red",
        "right": True,
        "blind": False,
    }
    return {**told, **change}


@dataclass(kw_only=True)
class Reviewed:
    """Records decisions and reviews, reads them as a worker does, and calibrates as Sven."""

    engine: Engine
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def desk(self) -> CalibrationDesk:
        return CalibrationDesk(services=self.engine.services)

    @property
    def database(self) -> Database:
        return self.engine.database

    async def review(self, *outcomes: dict[str, Any], split: Split | None = None, read: bool = True) -> list[str]:
        """A case each, with its reviewed decision; of the wanted split, if one is wanted. Returns the cases."""
        cases: list[str] = []
        async with self.database.unit_of_work("acme") as unit:
            for told in outcomes:
                case_id = self._case_id(split)
                unit.session.add(self._case(case_id))
                record = AuditRecord(
                    kind="answer.applied",
                    actor="acme-clara",
                    case_id=case_id,
                    step="ask",
                    values={"answer": {"by": "acme-clara"}, "outcome": told},
                )
                unit.record("acme", record)
                cases.append(case_id)
        if read:
            await self.read()
        return cases

    async def decide(self, *decisions: dict[str, Any], read: bool = True) -> None:
        """Decisions of agents, on record."""
        async with self.database.unit_of_work("acme") as unit:
            for decision in decisions:
                unit.record("acme", AuditRecord(kind="agent.decided", actor="worker", values={"decision": decision}))
        if read:
            await self.read()

    async def read(self) -> int:
        """What a worker does every two seconds."""
        return await OutcomeReading(services=self.engine.services).of_tenant("acme")

    async def enough(self, **change: Any) -> None:
        """160 reviews: what proves 5 % where all of them are right."""
        await self.review(*[outcome(**change)] * 160)

    async def calibrate(self, **order: Any) -> list[Calibrated]:
        sven = await actor(self.database, "sven")
        return await self.desk.calibrate(sven, CalibrationOrder(**{"reason": "a quarter has passed", **order}))

    async def gate(self, **change: Any) -> Gate:
        """The gate as a worker that has just started sees it."""
        services = self.engine.services
        return await MeasuredGates(services=lambda: services).of("acme", identity(**change))

    def _case_id(self, split: Split | None) -> str:
        return next(
            case_id
            for case_id in (f"case-{number}" for number in self.numbers)
            if split is None or split_of(case_id) is split
        )

    def _case(self, case_id: str) -> Case:
        definition = self.engine.definitions[0]
        now = self.engine.clock()
        return Case(
            id=case_id,
            tenant="acme",
            process=definition.name,
            version=definition.version,
            definition_digest=definition.digest,
            status="done",
            stage="end",
            step="done",
            title="a note",
            summary={},
            input={"subject": "a note"},
            trigger_key=f"erased-{case_id}",
            trigger_digest=digest(case_id),
            created_by="acme-clara",
            created_at=now,
            updated_at=now,
        )


def calibrated_engine(engine: Engine, *, pack: str = WITH_TARGET, asks: DecisionClass | None = None) -> Engine:
    """The engine with the asking toy, and rules that allow an error of 1 %."""
    engine.rulebook = toy_rulebook(pack)
    engine.definitions = (asking_definition(asks),)
    return engine
