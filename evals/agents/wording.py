"""Choices put into the words of an answer: what a scripted model says when it is to choose something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue, ValidationError

from graphs.agents.answer import FIELDS, AgentAnswer
from tools.llm.question import Passage

MOST_QUOTED = 60
"""Characters of a quote: enough to be somewhere, and short enough to be looked up."""
PAIRS = re.compile(r"^\d+:(?:\d+|-)(?:,\d+:(?:\d+|-))*$")


class ChoiceUnspeakable(ValueError):
    """An answer of this class cannot say that choice."""


def answer_of(answer: type[AgentAnswer], choice: str, *, reason: str, evidence: Mapping[str, str]) -> dict[str, Any]:
    """An answer that chooses `choice`. Raises `ChoiceUnspeakable`."""
    own = answer.model_fields.keys() - AgentAnswer.model_fields.keys()
    for field in sorted(own) if len(own) == 1 else ():
        for value in _values(choice):
            said = {field: value, "reason": reason, "evidence": [dict(evidence)]}
            try:
                if answer.model_validate(said).choice == choice:
                    return said
            except ValidationError:
                continue
    raise ChoiceUnspeakable(f"{answer.__name__} cannot say {choice!r}")


def _values(choice: str) -> Iterator[JsonValue]:
    """A choice as it may stand in an answer: the word itself, or line pairs as a list."""
    yield choice
    if PAIRS.match(choice):
        pairs = [part.split(":") for part in choice.split(",")]
        yield [{"invoice_line": int(line), "order_line": None if order == "-" else int(order)} for line, order in pairs]


def true_quote(fields: Mapping[str, JsonValue], passages: Sequence[Passage]) -> dict[str, str]:
    """Words that stand where it says: the beginning of the first passage with any, else the name of a field."""
    for passage in passages:
        line = next((line.strip() for line in passage.text.splitlines() if line.strip()), "")
        if line:
            return {"source": passage.label, "text": line[:MOST_QUOTED].strip()}
    return {"source": FIELDS, "text": min(fields)}
