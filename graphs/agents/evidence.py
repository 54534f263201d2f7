"""Evidence: a quote counts only where its words stand in what the model was given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from graphs.agents.answer import FIELDS, AgentAnswer
from graphs.agents.decision_class import Asked
from policies.canonical import canonical_json

WHITE_SPACE = re.compile(r"\s+")


def folded(text: str) -> str:
    """The text with one form for each letter and one blank for each white space."""
    return WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def verified(answer: AgentAnswer, asked: Asked) -> tuple[int, int]:
    """How many of the answer's quotes stand where it says, and how many it gives."""
    texts = {passage.label: folded(passage.text) for passage in asked.passages}
    texts[FIELDS] = folded(" ".join(_words(asked.fields)))
    found = sum(folded(quote.text) in texts.get(quote.source, "") for quote in answer.evidence if folded(quote.text))
    return found, len(answer.evidence)


def _words(value: object) -> Iterable[str]:
    """Every name and value, and the whole as JSON: a model may quote either."""
    yield canonical_json(value).decode()
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _words(item)
    elif value is not None:
        yield str(value)
