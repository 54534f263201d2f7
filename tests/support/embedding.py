"""An embedding model that needs no network: vectors by letters, what it was sent, and faults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tools.llm.embedder import Embedder
from tools.llm.embedding import Vectors
from tools.llm.embedding_tool import EmbedTool
from tools.llm.fault import Fault
from tools.llm.meter import Meter
from tools.llm.question import Origin
from tools.testing.letter_vectors import letter_vector


async def nothing() -> None:
    """Nothing happens meanwhile."""


@dataclass
class LetterModel:
    """The source of an embedder. `meanwhile` happens while it works, before it answers or fails."""

    model: str = "letters-1"
    origin: Origin = "scripted"
    fault: Fault | None = None
    meanwhile: Callable[[], Awaitable[None]] = nothing
    dimensions: int = 256
    batches: list[list[str]] = field(default_factory=list)

    async def vectors(self, texts: Sequence[str], meter: Meter) -> Vectors:
        self.batches.append(list(texts))
        share = meter.reserve(tokens_in=10 * len(texts), tokens_out=0)
        await self.meanwhile()
        if self.fault is not None:
            meter.settle(share, tokens_in=None, tokens_out=0)
            raise self.fault
        meter.settle(share, tokens_in=7 * len(texts), tokens_out=0)
        vectors = tuple(tuple(letter_vector(text, dimensions=self.dimensions)) for text in texts)
        return Vectors(vectors=vectors, tokens_in=7 * len(texts))

    @property
    def told(self) -> list[str]:
        """Every text that it was sent."""
        return [text for batch in self.batches for text in batch]

    @property
    def tool(self) -> EmbedTool:
        return EmbedTool(Embedder(self))
