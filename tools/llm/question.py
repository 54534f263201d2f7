"""What a model can be asked: a typed question with a fixed prompt, the material for one answer, and the reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from policies.canonical import digest

MOST_SAMPLES = 15
MOST_PASSAGE = 40_000
"""Characters of one passage; what is longer is cut by whoever makes the passage, and says so."""

Origin = Literal["live", "recorded", "scripted"]
"""Where an answer came from: an endpoint, a cassette recorded from one, or a cassette or server that was written."""
Capability = Literal["json_schema", "json_object", "tool_call"]
"""How an endpoint is made to answer in a schema, the strictest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Instructions for one question, from a versioned file: `name@version` and the SHA-256 of its text."""

    name: str
    version: int
    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """The digest is computed here, so that it cannot disagree with the text."""
        object.__setattr__(self, "digest", digest({"prompt": self.text}))

    @property
    def reference(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A typed question: an answer that is not of `answer` (frozen, `extra="forbid"`) is no answer."""

    name: str
    prompt: Prompt
    answer: type[BaseModel]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of an answer."""
        return self.answer.model_json_schema()


class Passage(BaseModel):
    """Text that somebody outside may have written: a page, a mail. It is sent as data, never as instructions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    text: Annotated[str, Field(max_length=MOST_PASSAGE)]


class Budget(BaseModel):
    """What one question may use at most, over all its samples, retries and repairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: Annotated[int, Field(ge=0)] = 12
    tokens: Annotated[int, Field(ge=0)] = 60_000
    cost_micros: Annotated[int, Field(ge=0)] = 500_000
    """Millionths of the currency that the endpoint's prices are in."""
    seconds: Annotated[int, Field(ge=0)] = 90


class AskArguments(BaseModel):
    """The arguments of the tool `model.ask`: which question, about what, how often, and what it may use.

    `prompt_digest` must be the digest of the prompt that the gateway has for the question.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    prompt: str
    prompt_digest: str
    fields: Mapping[str, JsonValue]
    passages: tuple[Passage, ...] = ()
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] = 1
    budget: Budget = Budget()


class Usage(BaseModel):
    """What was used: requests that left, repair rounds among them, tokens, money, time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = 0
    repairs: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_micros: int | None = None
    """None where the endpoint's prices are not configured."""
    milliseconds: int = 0
    estimated: bool = False
    """Whether some tokens were estimated, because the endpoint did not count them."""


class Sample(BaseModel):
    """One answer, or why there is none. `answer` is of the question's model, as plain JSON.

    `likelihood_bps` is the mean probability of the answer's tokens, where the endpoint serves it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Mapping[str, JsonValue] | None = None
    failure: str = ""
    likelihood_bps: int | None = None


class Reply(BaseModel):
    """What came of a question: its samples, at least one of which is an answer, and how they came about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: tuple[Sample, ...]
    model: str
    prompt: str
    prompt_digest: str
    capability: Capability
    origin: Origin
    fallback: bool = False
    """Whether the model is not the first choice: that one failed, or its breaker was open."""
    usage: Usage
