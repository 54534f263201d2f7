"""A model's text as an answer of the question's model, or every reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, JsonValue, ValidationError

from tools.document.errors import MalformedJson
from tools.document.strict_json import read_json
from tools.llm.question import Question

FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(?P<inner>.*)\n```\s*", re.DOTALL)
MOST_CHARACTERS = 64 * 1024
MOST_PROBLEMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read: `answer`, or problems.

    `problems` are for the model, and may repeat names that it made up. `reason` is for people: it holds nothing of
    the answer's text.
    """

    answer: Mapping[str, JsonValue] | None = None
    problems: Sequence[str] = ()
    reason: str = ""


def read_answer(question: Question, text: str) -> Reading:
    """The answer in `text`, which is one JSON object and nothing else; one code fence around all of it is taken off.

    Refused are members that stand twice, NaN and infinities, numbers of absurd size, lone surrogates, deep nesting.
    """
    if len(text) > MOST_CHARACTERS:
        problem = f"the answer has more than {MOST_CHARACTERS} characters"
        return Reading(problems=(problem,), reason=problem)
    fenced = FENCE.fullmatch(text)
    bare = fenced["inner"] if fenced else text
    try:
        found = read_json(bare.encode("utf-8"), max_bytes=4 * MOST_CHARACTERS)
        if any(_is_lone(part) for part in _texts(found)):
            return Reading(problems=("a text holds half a character",), reason="a text holds half a character")
        answer = question.answer.model_validate_json(bare)
        return Reading(answer=answer.model_dump(mode="json"))
    except (MalformedJson, UnicodeEncodeError) as error:
        return Reading(problems=(str(error),), reason="it is not JSON that every reader understands alike")
    except ValidationError as error:
        return _invalid(question.answer, error)


def _invalid(model: type[BaseModel], error: ValidationError) -> Reading:
    errors = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
    known = set(_names(model.model_json_schema()))
    told = [f"{'.'.join(map(str, found['loc'])) or 'the whole'}: {found['msg']}" for found in errors]
    named = [f"{_shown(found['loc'], known)}: {found['type']}" for found in errors]
    return Reading(problems=tuple(told), reason="; ".join(named))


def _shown(where: tuple[int | str, ...], known: set[str]) -> str:
    """Where an error is, without names that the model made up."""
    parts = [str(part) if isinstance(part, int) or part in known else "(unknown)" for part in where]
    return ".".join(parts) or "the whole"


def _names(schema: Any) -> Iterator[str]:
    """Names of all members that the schema knows."""
    match schema:
        case dict():
            yield from schema.get("properties", {})
            for item in schema.values():
                yield from _names(item)
        case list():
            for item in schema:
                yield from _names(item)
        case _:
            return


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return


def _is_lone(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
