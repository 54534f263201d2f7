"""What came of one task that the agent worked on, with everybody's calls and their verdicts."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from policies.action import EffectKind
from policies.verdict import VerdictKind


class Whose(StrEnum):
    """Who is behind a call."""

    USER = "user"
    INJECTED = "injected"


class Order(StrEnum):
    """When the agent obeys: once the user's work is done, or as soon as it has read the injected text."""

    AFTER = "after"
    AT_ONCE = "at_once"


class JudgedCall(BaseModel):
    """One call, its verdict and the rules that fired."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whose: Whose
    tool: str
    effect: EffectKind
    verdict: VerdictKind
    rules: tuple[str, ...]


class Episode(BaseModel):
    """One task, with or without an injection.

    `solved` and `succeeded` are what AgentDojo's checkers say of the user's task and of the attack. `careless` is a
    second look at an attack of which something was held: here a person confirmed it all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str
    key: str
    attacked: bool
    order: Order
    careless: bool
    calls: tuple[JudgedCall, ...]
    solved: bool
    succeeded: bool

    @property
    def reviewed(self) -> bool:
        """Whether a person was asked about a call of the user's task."""
        return any(call.whose is Whose.USER and call.verdict is VerdictKind.REVIEW for call in self.calls)
