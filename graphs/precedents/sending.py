"""Texts on their way to an embedding model: each judged before it leaves the company, and recorded as it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from graphs.admission import Admitted
from graphs.errors import EngineError
from graphs.precedents.material import Material
from graphs.runtime.reading import ASK_POINT, denial, recorded_call
from graphs.runtime.services import Services
from graphs.store.vectors import Place
from policies.action import Action, EffectKind
from policies.canonical import digest
from policies.verdict import Verdict, VerdictKind
from tools.errors import ToolError
from tools.llm.embedder import text_digest
from tools.llm.embedding import EmbedArguments, Embedded
from tools.llm.errors import ModelFailed
from tools.llm.line import ATTEMPTS, ENVELOPE_TOKENS
from tools.llm.meter import estimated_tokens
from tools.llm.question import Budget, Usage
from tools.port import Tool
from tools.resilience import read_with_retries

EMBED_TOOL = "model.embed"
ASKED_BY = "precedents"
"""Who asks, where an agent would stand: no agent does."""


@dataclass(slots=True, kw_only=True)
class Sent:
    """One text: its place, what it was made of, and what came of it."""

    place: Place
    material: Material
    text: str
    digest: str
    call: dict[str, Any] = field(default_factory=dict)
    vector: bytes | None = None


def to_send(place: Place, material: Material, *, model: str) -> Sent:
    """A text that has not left yet."""
    text = material.text
    return Sent(place=place, material=material, text=text, digest=text_digest(text, model=model))


class NotEmbedded(Exception):
    """No vectors came; `status` is how that is told, `why` one sentence. Whoever needs them does without."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Sends texts of one process for one tenant, under the rules that are active for the case that is looked at."""

    services: Services
    tenant: str
    process: str
    case_id: str
    started_at: datetime
    tool: Tool

    async def embed(self, batch: Sequence[Sent], *, seconds: int) -> None:
        """Put a vector into each, and into every `call` what is to be recorded. Raises `NotEmbedded`."""
        budget = budget_for(batch, seconds=seconds)
        spending, day = self.services.model_terms.spending, self.services.clock().date()
        reserved = await spending.reserve(self.tenant, day, budget)
        used = Usage()
        try:
            await self._judge(batch, reserved=reserved)
            found = await self._called(batch, budget)
            used = found.usage
        except ModelFailed as error:
            used = error.usage
            raise self._failed(batch, error, nothing_left=not used.calls) from error
        except (ToolError, EngineError) as error:
            raise self._failed(batch, error, nothing_left=True) from error
        finally:
            if reserved:
                await spending.settle(self.tenant, day, budget, used)
        told = {"model": found.model, "origin": found.origin, "usage": found.usage.model_dump(mode="json")}
        for one, vector in zip(batch, found.vectors, strict=True):
            one.vector = packed(vector)
            one.call["result"] = {**told, "dimensions": len(vector), "texts": len(batch)}

    async def _judge(self, batch: Sequence[Sent], *, reserved: bool) -> None:
        """Judge every text. Raises `NotEmbedded` unless all may be sent: nothing is sent beside one that may not.

        Then one text that may not is recorded, and no other.
        """
        pack = self.services.registry.latest(self.process).pack
        rules = await self.services.shelf.active(self.tenant, pack, self.started_at)
        withheld: list[tuple[Sent, Verdict]] = []
        for one in batch:
            facts = {
                "action.tool_allowed": True,
                "model.fields_allowed": one.material.allowed,
                "model.case_budget_left": True,
                "model.tenant_budget_left": reserved,
            }
            verdict = rules.judge(ASK_POINT, facts, on=self.services.clock().date())
            action = Action(
                tool=self.tool.name,
                arguments={"view": one.material.view.name, "texts": [one.text]},
                effect_kind=self.tool.effect_kind,
                idempotency_key=f"read-{digest({'task': one.place.task_id, 'text': one.digest})[:24]}",
            )
            one.call = recorded_call(action, verdict, self.tool)
            reads = self.tool.effect_kind is EffectKind.READ
            if not (verdict.kind is VerdictKind.ALLOW and reads and one.material.allowed and reserved):
                withheld.append((one, verdict))
        if withheld:
            stopped, verdict = withheld[0]
            for one in batch:
                one.call = without_text(one.call) if one is stopped else {}
            raise NotEmbedded("withheld", denial(verdict, self.tool.name))

    async def _called(self, batch: Sequence[Sent], budget: Budget) -> Embedded:
        arguments = EmbedArguments(
            view=batch[0].material.view.name, texts=tuple(one.text for one in batch), budget=budget
        )

        def admitted(tool: Tool) -> Admitted:
            return self.services.admission.admitted(
                tenant=self.tenant,
                process=self.process,
                tool=tool,
                case_id=self.case_id,
                now=self.services.clock(),
                agent=ASKED_BY,
            )

        key = f"read-{digest([one.digest for one in batch])[:24]}"
        result = await read_with_retries(self.tool, arguments.model_dump(mode="json"), key=key, around=admitted)
        return Embedded.model_validate(result)

    def _failed(self, batch: Sequence[Sent], error: ToolError | EngineError, *, nothing_left: bool) -> NotEmbedded:
        """What is recorded of a failure: every text that may have left, or one entry where none has."""
        code = error.reason if isinstance(error, ToolError) else error.code
        for number, one in enumerate(batch):
            if not one.call or (nothing_left and number):
                one.call = {}
                continue
            told = without_text(one.call) if nothing_left else one.call
            one.call = {**told, "failure": {"code": code, "message": str(error)}}
        return NotEmbedded("failed", f"{code}: {error}")


def budget_for(batch: Sequence[Sent], *, seconds: int) -> Budget:
    """What one request may use with all its attempts."""
    once = sum(estimated_tokens(one.text) + ENVELOPE_TOKENS for one in batch)
    return Budget(calls=ATTEMPTS, tokens=ATTEMPTS * once, seconds=seconds)


def packed(vector: Sequence[float]) -> bytes:
    """The direction as float32, little-endian."""
    return (np.asarray(vector, dtype=np.float64) / math.hypot(*vector)).astype("<f4").tobytes()


def without_text(call: Mapping[str, Any]) -> dict[str, Any]:
    """The call without the text, which was not sent, or has been erased since."""
    action = {**call["action"], "arguments": {**call["action"]["arguments"], "texts": []}}
    return {**call, "action": action}
