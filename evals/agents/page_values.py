"""Values of a page with the words that prove them: what a scripted model quotes when it is to have read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from tools.document.quoted import why_unproven
from tools.llm.question import Passage

MOST_WORDS = 12
"""A quote is at most so many words long where its line shows several values."""


def values_read(choice: str, passages: Sequence[Passage]) -> Iterator[list[JsonValue]]:
    """The values of a choice that is a JSON object, each with its page and its quote; nothing for any other choice.

    A value that no page proves is given with the first word of the first page: so somebody answers who misreads.
    """
    try:
        values = json.loads(choice)
    except json.JSONDecodeError:
        return
    if isinstance(values, dict) and passages:
        first = {"source": passages[0].label, "quote": next(iter(passages[0].text.split()), "")}
        read = ((field, value, proving_quote(field, str(value), passages)) for field, value in values.items())
        yield [{"field": field, "value": value, **(quote or first)} for field, value, quote in read]


def proving_quote(field: str, value: str, passages: Sequence[Passage]) -> dict[str, str] | None:
    """Words on a page that prove the value by the rules of the product, and the page; None where there are none.

    The whole line where it has no other value of the kind, else as many of its words as possible.
    """
    for passage in passages:
        for line in passage.text.splitlines():
            for quote in _quotes(line, field, value, passage.text):
                if not why_unproven(field, value, quote=quote, page=passage.text):
                    return {"source": passage.label, "quote": quote}
    return None


def _quotes(line: str, field: str, value: str, page: str) -> Iterator[str]:
    """The line, and if it shows more than the value its parts, the longest first."""
    words = line.split()
    if not words:
        return
    whole = " ".join(words)
    yield whole
    if why_unproven(field, value, quote=whole, page=page) != "the quote shows several values":
        return
    for length in range(min(len(words) - 1, MOST_WORDS), 0, -1):
        yield from (" ".join(words[begin : begin + length]) for begin in range(len(words) - length + 1))
