"""A question of no process, a scripted model for it, and gateways with time that tests command."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tools.llm.connecting import connecting
from tools.llm.endpoint import Endpoint, Prices
from tools.llm.gateway import Gateway, open_gateway
from tools.llm.line import Surroundings
from tools.llm.question import AskArguments, Budget, Passage, Prompt, Question
from tools.testing.model_play import Script
from tools.testing.model_server import MODEL, ScriptedModel, serving

FALLBACK = "scripted-2"


class Colour(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(max_length=500)]
    choice: Literal["red", "green", "blue"]
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


COLOUR = Question(name="colour", prompt=Prompt(name="colour", version=1, text="Which colour?"), answer=Colour)
RED = {"reason": "it says red", "choice": "red", "confidence": 0.5}
BLUE = {"reason": "it says blue", "choice": "blue", "confidence": 0.5}
PRICES = Prices(in_micros=1_000, out_micros=2_000)


def arguments(**changes: Any) -> AskArguments:
    """A question about the colour of a thing."""
    asked = AskArguments(
        question=COLOUR.name,
        prompt=COLOUR.prompt.reference,
        prompt_digest=COLOUR.prompt.digest,
        fields={"thing": "a fire engine"},
        passages=(Passage(label="mail", text="It is red."),),
        budget=Budget(),
    )
    return asked.model_copy(update=changes)


@dataclass(slots=True, kw_only=True)
class Clock:
    """Time that passes only in pauses, which are kept."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.pauses.append(seconds)
        self.now += seconds

    @property
    def surroundings(self) -> Surroundings:
        """Pauses of the middle length."""
        return Surroundings(monotonic=lambda: self.now, sleep=self.sleep, chance=lambda: 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A gateway to a scripted model."""

    gateway: Gateway
    model: ScriptedModel
    clock: Clock
    endpoint: Endpoint

    @property
    def requests(self) -> int:
        """How many were made."""
        return len(self.model.asked)


@asynccontextmanager
async def scripted(
    script: Script, *, key: str = "the key", lists_models: bool = True, **endpoint: Any
) -> AsyncGenerator[Asking]:
    """A gateway to a server that plays `script`, over HTTP; a request may last a third of a second."""
    model, clock = ScriptedModel(script, models=(MODEL, FALLBACK), lists_models=lists_models), Clock()
    async with serving(model) as url:
        known: dict[str, Any] = {
            "base_url": url,
            "model": MODEL,
            "key": "env:KEY",
            "time_limit": timedelta(milliseconds=350),
            "prices": PRICES,
            **endpoint,
        }
        reached = Endpoint(**known)
        connect = connecting(lambda _: SecretStr(key))
        async with open_gateway(reached, connect=connect, surroundings=clock.surroundings) as gateway:
            yield Asking(gateway=gateway, model=model, clock=clock, endpoint=reached)
