"""The tool `model.embed`: a read that leaves the company, offered like every other call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, cast

from pydantic import BaseModel

from policies.action import EffectKind
from tools.limits import TargetLimits
from tools.llm.embedder import Embedder
from tools.llm.embedding import EmbedArguments
from tools.port import OutcomeLookup

MOST_SECONDS = 30
"""No call may last longer, whatever its budget says: a person is waiting for a page."""
LIMITS = TargetLimits(max_concurrent=4)
"""Without a breaker: the embedder has its own."""


class EmbedTool:
    """Makes vectors of texts. That changes nothing, so it may be done again."""

    name: ClassVar[str] = "model.embed"
    target: ClassVar[str] = "embeddings"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.DEDUPES
    arguments: ClassVar[type[BaseModel]] = EmbedArguments

    def __init__(self, embedder: Embedder) -> None:
        """`embedder` is asked."""
        self._embedder = embedder

    @property
    def model(self) -> str:
        """The model whose vectors these are."""
        return self._embedder.model

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=MOST_SECONDS)

    @property
    def limits(self) -> TargetLimits:
        return LIMITS

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The `Embedded`, as plain JSON. Raises a `ModelFailed`."""
        asked = cast("EmbedArguments", arguments)
        budget = asked.budget.model_copy(update={"seconds": min(asked.budget.seconds, MOST_SECONDS)})
        return (await self._embedder.embed(asked.model_copy(update={"budget": budget}))).model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """Nothing: a call leaves no trace at the endpoint, and may be made again."""
        return None
