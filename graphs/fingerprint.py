"""Fingerprints: which failures have one cause, whatever values they happened with.

Process, step, tool and code say it where the code was chosen for one cause. Where a code only passes on the words of
somebody else, the shape of the message says the rest: the message without the values of the case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.errors import PASSED_ON

VALUE = "…"
READ, LONGEST = 1_000, 300
"""Characters of a message that are looked at, and of its shape."""
OF_MANY_CAUSES = PASSED_ON | {"engine_fault", "stuck"}
SHORTEST_VALUE = 3
"""A shorter value of the case stands in too many words that are none."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BETWEEN = re.compile(r"\s+")
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|„[^“\n]*“|»[^«\n]*«|`[^`\n]*`")
_A_NAME = re.compile(r".[a-z_]+.")
"""A quoted single word in small letters is mostly the name of a field: it tells causes apart."""
_AWAY = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|[^\s@<>]+@[^\s@<>]+|(?<![\w.])/[\w.-]+(?:/[\w.-]+)+", re.IGNORECASE)
_WITH_DIGIT = re.compile(r"(?<![\w.,:/+-])(?=[\w.,:/+-]*\d)[\w.,:/+-]*\w%?")
_A_WORD = re.compile(r"[^\W\d_A-Z]+$")
_REPEATED = re.compile(rf"{VALUE}(?:[ ,;/:.-]*{VALUE})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What equal failures share. `shape` is their message without values, for people to recognise them by."""

    digest: str
    shape: str


def storable(text: str) -> str:
    """The text as the database takes it: targets send anything, and what cannot be written would hide the failure."""
    return _NOT_TEXT.sub(VALUE, text.encode("utf-8", "replace").decode("utf-8"))


def message_shape(message: str, values: Iterable[str] = ()) -> str:
    """The message without what varies from case to case: the `values`, quotations, addresses, numbers, codes."""
    text = storable(message[:READ])
    for value in sorted(set(values), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", VALUE, text, flags=re.IGNORECASE)
    text = _QUOTED.sub(lambda found: found[0] if _A_NAME.fullmatch(found[0]) else VALUE, text)
    for varying in (_AWAY, _WITH_DIGIT):
        text = varying.sub(VALUE, text)
    return _REPEATED.sub(VALUE, _BETWEEN.sub(" ", text)).strip()[:LONGEST]


def values_of(body: Any, data: Mapping[str, Any] | None = None) -> frozenset[str]:
    """What of a case's input and facts a message may repeat: names, numbers, codes.

    A single word in small letters is none: it may as well be one of the message's own words, and with one case's
    values taken out of it and not another's, the two would seem different.
    """
    facts: Mapping[str, Any] = (data or {}).get("facts") or {}
    known = [body, [fact.get("value") for fact in facts.values() if isinstance(fact, Mapping)]]
    return frozenset(text for text in _leaves(known) if len(text) >= SHORTEST_VALUE and not _A_WORD.match(text))


def fingerprint(
    *, process: str, step: str, tool: str, code: str, specific: bool, message: str, values: Iterable[str] = ()
) -> Fingerprint:
    """The fingerprint of a failure; `specific` says that its code was chosen for one cause."""
    shape = message_shape(message, values)
    parts = [process, step, tool, code, *(() if specific and code not in OF_MANY_CAUSES else (shape,))]
    return Fingerprint(digest=hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16], shape=shape)


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value.strip()
        case bool() | None:
            return
        case Mapping():
            for item in value.values():  # pyright: ignore[reportUnknownVariableType] JSON
                yield from _leaves(item)
        case Sequence() | frozenset() | set():
            for item in value:  # pyright: ignore[reportUnknownVariableType] JSON
                yield from _leaves(item)
        case _:
            yield str(value)
