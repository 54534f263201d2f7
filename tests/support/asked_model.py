"""What every stand-in of the tool `model.ask` is: a read that gives a reply; and gates that stand as they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from graphs.agents.gate import Gate, Identity
from policies.action import EffectKind
from tools.llm.question import AskArguments, Reply, Sample, Usage
from tools.port import OutcomeLookup


class AskedModel:
    """Conforms to the port but for `execute`."""

    name: ClassVar[str] = "model.ask"
    target: ClassVar[str] = "model"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.DEDUPES
    arguments: ClassVar[type[BaseModel]] = AskArguments

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=5)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


def question_of(arguments: BaseModel) -> AskArguments:
    return AskArguments.model_validate(arguments.model_dump())


def reply_to(
    asked: AskArguments, samples: Sequence[Sample], usage: Usage, *, model: str = "scripted"
) -> dict[str, Any]:
    """These samples as the tool gives them."""
    reply = Reply(
        samples=tuple(samples),
        model=model,
        prompt=asked.prompt,
        prompt_digest=asked.prompt_digest,
        capability="json_schema",
        origin="scripted",
        usage=usage,
    )
    return reply.model_dump(mode="json")


@dataclass(slots=True)
class FixedGates:
    """One gate for every class; keeps which were asked for."""

    gate: Gate
    asked: list[Identity] = field(default_factory=list)

    async def of(self, tenant: str, identity: Identity) -> Gate:
        self.asked.append(identity)
        return self.gate
