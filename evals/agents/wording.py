"""Choices put into the words of an answer: what a scripted model says when it is to choose something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue, ValidationError

from evals.agents.page_values import values_read
from graphs.agents.answer import FIELDS, AgentAnswer
from graphs.resolution.terms import Fix
from tools.llm.question import Passage

MOST_QUOTED = 60
"""Characters of a quote: enough to be somewhere, and short enough to be looked up."""
PAIRS = re.compile(r"^\d+:(?:\d+|-)(?:,\d+:(?:\d+|-))*$")
READ = frozenset({"values"})
"""The fields of an answer that reads values from pages."""
FIX = frozenset({"fix", "field", "value", "to_step", "mail"})
"""The fields of an answer that proposes a fix."""
QUESTION: Mapping[str, str] = MappingProxyType(
    {"subject": "A question about what you sent", "body": "Could you please send us what is missing? Thank you."}
)


class ChoiceUnspeakable(ValueError):
    """An answer of this class cannot say that choice."""


def answer_of(
    answer: type[AgentAnswer],
    choice: str,
    *,
    reason: str,
    evidence: Mapping[str, str],
    passages: Sequence[Passage] = (),
) -> dict[str, Any]:
    """An answer that chooses `choice`, with words of the passages where it needs some. Raises `ChoiceUnspeakable`."""
    for own in _spoken(answer.model_fields.keys() - AgentAnswer.model_fields.keys(), choice, passages):
        said = {**own, "reason": reason, "evidence": [dict(evidence)]}
        try:
            if answer.model_validate(said).choice == choice:
                return said
        except ValidationError:
            continue
    raise ChoiceUnspeakable(f"{answer.__name__} cannot say {choice!r}")


def _spoken(own: Set[str], choice: str, passages: Sequence[Passage]) -> Iterator[dict[str, JsonValue]]:
    """What the fields of an answer's own may hold to say the choice."""
    if own == READ:
        for read in values_read(choice, passages):
            yield {"values": read}
    elif own == FIX:
        yield _fix(choice, passages)
    elif len(own) == 1:
        yield from ({field: value} for field in own for value in _values(choice))


def _values(choice: str) -> Iterator[JsonValue]:
    """A choice as it may stand in an answer: the word itself, or line pairs as a list."""
    yield choice
    if PAIRS.match(choice):
        pairs = [part.split(":") for part in choice.split(",")]
        yield [{"invoice_line": int(line), "order_line": None if order == "-" else int(order)} for line, order in pairs]


def _fix(choice: str, passages: Sequence[Passage]) -> dict[str, JsonValue]:
    """A fix with its target: a value letter for letter as a passage has it, a step, or a question to the sender."""
    fix, _, target = choice.partition(":")
    field, _, value = target.partition("=")
    match fix:
        case Fix.CORRECT_FIELD:
            return {"fix": fix, "field": field, "value": _as_printed(value, passages)}
        case Fix.RE_ROUTE:
            return {"fix": fix, "to_step": target}
        case Fix.ASK_SENDER:
            return {"fix": fix, "mail": dict(QUESTION)}
        case _:
            return {"fix": fix}


def _as_printed(value: str, passages: Sequence[Passage]) -> str:
    words = r"\s+".join(map(re.escape, value.split()))
    found = (re.search(rf"(?<!\w){words}(?!\w)", passage.text, re.IGNORECASE) for passage in passages)
    return next((match[0] for match in found if match), value)


def true_quote(fields: Mapping[str, JsonValue], passages: Sequence[Passage]) -> dict[str, str]:
    """Words that stand where it says: the beginning of the first passage with any, else the name of a field."""
    for passage in passages:
        line = next((line.strip() for line in passage.text.splitlines() if line.strip()), "")
        if line:
            return {"source": passage.label, "text": line[:MOST_QUOTED].strip()}
    return {"source": FIELDS, "text": min(fields)}
