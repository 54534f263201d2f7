"""Decision classes: one kind of question that agents are asked, and what may reach a prompt for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.agents.answer import AgentAnswer
from tools.llm.question import MOST_PASSAGE, Budget, Passage, Prompt, Question, Reply

LOOKUP_ROUNDS = 2
"""How often a model may ask for lookups before it has to answer."""
MOST_LOOKUPS = 3
"""How many lookups of one round are made."""
LOOKUPS = ".lookups"
"""What the name of a question ends with that asks which look-ups a model wants."""
LOOKED_UP = "lookup_"
"""What the labels of passages begin with that hold what a model has looked up."""


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
    def choices(self) -> frozenset[str]:
        """The words that an answer's schema offers to choose from."""
        return frozenset(_offered(self.question.schema))

    @property
    def lookup_question(self) -> Question:
        """What the model is asked before: which lookups it needs."""
        return Question(name=f"{self.name}{LOOKUPS}", prompt=self.prompt, answer=Lookups)

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


AskLookups = Callable[[Asked], Awaitable[Reply]]
"""Asks which look-ups the model wants, having seen that much."""
MakeLookup = Callable[[Lookup], Awaitable[Mapping[str, Any]]]
"""Makes one of them; what it gave, or why it gave nothing: the model learns no more than that."""


async def looked_up(asked: Asked, ask: AskLookups, make: MakeLookup) -> Asked:
    """The material, with a passage for each round of look-ups; it ends when the model wants no more, or may not."""
    for number in range(1, LOOKUP_ROUNDS + 1):
        reply = await ask(asked)
        wanted = Lookups.model_validate(dict(reply.samples[0].answer or {}))
        if not wanted.lookups:
            break
        found = [{"tool": one.tool, **await make(one)} for one in wanted.lookups[:MOST_LOOKUPS]]
        asked = with_lookups(asked, number, found)
    return asked


def with_lookups(asked: Asked, number: int, found: Sequence[Mapping[str, Any]]) -> Asked:
    """The material with a passage of what round `number` of look-ups has found."""
    text = json.dumps(found, ensure_ascii=False)[:MOST_PASSAGE]
    return Asked(fields=asked.fields, passages=(*asked.passages, Passage(label=f"{LOOKED_UP}{number}", text=text)))


def _offered(schema: object) -> Iterator[str]:
    """Every literal in a JSON Schema."""
    match schema:
        case {"enum": list() as words}:
            yield from (word for word in words if isinstance(word, str))
        case {"const": str() as word}:
            yield word
        case dict():
            for part in schema.values():
                yield from _offered(part)
        case list():
            for part in schema:
                yield from _offered(part)
        case _:
            return
