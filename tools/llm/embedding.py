"""Embeddings: texts go in, a vector for each comes out, all by one model; what is near in them sounds alike."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.llm.completion import MOST_TOKENS, SCRIPTED, model_told
from tools.llm.fault import Garbled
from tools.llm.question import Budget, Origin, Usage

MOST_TEXT = 4_000
"""Characters of one text; what is longer is cut by whoever makes the text."""
MOST_TEXTS = 8
"""Texts of one request: with `MOST_DIMENSIONS` numbers each, the answer is within the bytes that are read."""
MOST_DIMENSIONS = 4_096

Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class EmbedArguments(BaseModel):
    """The arguments of the tool `model.embed`. `view` names the allow list that the texts were made by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    view: str
    texts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MOST_TEXTS)]
    budget: Budget = Budget()


class Embedded(BaseModel):
    """A vector for each text, in their order, and how they came about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vectors: tuple[tuple[float, ...], ...]
    model: str
    origin: Origin
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """What a model has answered to one request. `scripted`: the server says that it is no model."""

    vectors: tuple[tuple[float, ...], ...]
    tokens_in: int | None = None
    scripted: bool = False
    model: str = ""

    @property
    def tokens_out(self) -> int:
        """Nothing: an embedding has no words."""
        return 0

    @property
    def content(self) -> str:
        """Nothing that is counted."""
        return ""


class _Received(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Item(_Received):
    index: Annotated[int, Field(ge=0, lt=MOST_TEXTS)]
    embedding: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_DIMENSIONS)]


class _Tokens(_Received):
    prompt_tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class _Envelope(_Received):
    data: Annotated[tuple[_Item, ...], Field(max_length=MOST_TEXTS)]
    model: Any = None
    usage: Any = None
    system_fingerprint: str | None = None


def read_vectors(content: bytes, *, texts: int) -> Vectors:
    """The vectors of so many texts, in order. Raises `Garbled` unless there is one of one length for each."""
    try:
        found = _Envelope.model_validate(json.loads(content, parse_constant=_no_number))
    except (ValueError, RecursionError, ValidationError):
        raise Garbled("what came are no embeddings") from None
    ordered = sorted(found.data, key=lambda item: item.index)
    if [item.index for item in ordered] != list(range(texts)):
        raise Garbled(f"{len(ordered)} embeddings came for {texts} texts, or some twice")
    vectors = tuple(item.embedding for item in ordered)
    if len({len(vector) for vector in vectors}) > 1:
        raise Garbled("the embeddings are of several lengths")
    if not all(usable(vector) for vector in vectors):
        raise Garbled("an embedding has no direction")
    return Vectors(
        vectors=vectors,
        tokens_in=_counted(found.usage),
        scripted=found.system_fingerprint == SCRIPTED,
        model=model_told(found.model),
    )


def usable(vector: Sequence[float]) -> bool:
    """Whether the vector has a direction, and a length that can be computed."""
    length = math.hypot(*vector)
    return 0 < length < math.inf


def _counted(usage: Any) -> int | None:
    try:
        return _Tokens.model_validate(usage).prompt_tokens
    except ValidationError:
        return None


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number")
