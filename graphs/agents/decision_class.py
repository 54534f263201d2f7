"""Decision classes: one kind of question that agents are asked, and what may reach a prompt for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.agents.answer import AgentAnswer
from tools.llm.question import Budget, Passage, Prompt, Question

LOOKUP_ROUNDS = 2
"""How often a model may ask for lookups before it has to answer."""
MOST_LOOKUPS = 3
"""How many lookups of one round are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The material of one question: fields by name, and passages that somebody outside may have written."""

    fields: Mapping[str, JsonValue]
    passages: tuple[Passage, ...] = ()


Contradictions = Callable[[AgentAnswer, Asked], tuple[str, ...]]
"""What in the answer disagrees with what is known, by name; each only lowers confidence and stops automation."""
Reviewed = Callable[[Mapping[str, Any], Mapping[str, Any]], str | None]
"""The choice that a person made, from their answer and the decision as recorded; None where it does not say."""


def no_contradictions(_answer: AgentAnswer, _asked: Asked) -> tuple[str, ...]:
    """Nothing about the answer can be checked."""
    return ()


class Lookup(BaseModel):
    """A read that the model would like before it answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: Annotated[str, Field(max_length=80)]
    arguments: dict[str, JsonValue]


class Lookups(BaseModel):
    """What the model would like to look up; nothing where it can answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lookups: Annotated[tuple[Lookup, ...], Field(max_length=MOST_LOOKUPS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionClass:
    """A kind of question with its prompt, its answer, and the fields that it may see: no other reaches a model.

    `lookups` are the read tools that the model may ask for. Where `alone` is false, no measured confidence ever makes
    the class autonomous. A change of fields or answer is a new version.
    """

    name: str
    version: int
    title: str
    prompt: Prompt
    answer: type[AgentAnswer]
    fields: frozenset[str]
    reviewed: Reviewed
    lookups: tuple[str, ...] = ()
    samples: int = 5
    budget: Budget = field(default_factory=Budget)
    alone: bool = True
    contradictions: Contradictions = no_contradictions

    @property
    def question(self) -> Question:
        """What the model is asked in the end."""
        return Question(name=self.name, prompt=self.prompt, answer=self.answer)

    @property
    def lookup_question(self) -> Question:
        """What the model is asked before: which lookups it needs."""
        return Question(name=f"{self.name}.lookups", prompt=self.prompt, answer=Lookups)

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions of the class."""
        return (self.lookup_question, self.question) if self.lookups else (self.question,)

    def declaration(self) -> dict[str, Any]:
        """What a process definition is pinned to. A new prompt is no new definition: each decision names its prompt."""
        return {
            "name": self.name,
            "version": self.version,
            "fields": sorted(self.fields),
            "lookups": list(self.lookups),
            "alone": self.alone,
        }
