"""A model's typed answer: what it chose, why, and the words that it says prove it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

FIELDS = "fields"
"""The source of a quote that is from the question's fields."""


class Quote(BaseModel):
    """Words that stand in a passage (`source` is its label) or in the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(max_length=60)]
    text: Annotated[str, Field(min_length=1, max_length=500)]


class AgentAnswer(BaseModel, ABC):
    """The base of every answer. `reason` is for a reviewer, and as untrusted as what the model has read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Annotated[str, Field(max_length=500)]
    evidence: Annotated[tuple[Quote, ...], Field(min_length=1, max_length=8)]

    @property
    @abstractmethod
    def choice(self) -> str:
        """What was decided, in the one form in which two answers agree or do not."""
