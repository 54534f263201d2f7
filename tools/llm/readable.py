"""Text as a person would read it: characters that hide, reorder or command are made visible or left out."""

from __future__ import annotations

import re
import unicodedata

from pydantic import JsonValue

BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e")
"""Left out without a mark: honest texts have them, between letters and in emoji."""
VARIATION_SELECTORS = frozenset(range(0xFE00, 0xFE10)) | frozenset(range(0xE0100, 0xE01F0))
HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories of control, formatting (bidirectional overrides, tags), surrogate, private and unassigned characters."""


def _is_left_out(character: str) -> bool:
    return character in ZERO_WIDTH or ord(character) in VARIATION_SELECTORS


def _hides(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in HIDING


def readable(text: str) -> str:
    """`text` with every line break as one, without zero-width characters, and with a mark for other hidden ones.

    Whoever compares a quotation with a text compares both in this form: a model has seen no other.
    """
    text = BREAKS.sub("\n", text)
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    found: list[str] = []
    hidden = 0
    for character in text:
        if _is_left_out(character):
            continue
        if _hides(character):
            hidden += 1
            continue
        if hidden:
            found.append(_mark(hidden))
            hidden = 0
        found.append(character)
    return "".join([*found, _mark(hidden)] if hidden else found)


def _mark(count: int) -> str:
    return "[1 hidden character]" if count == 1 else f"[{count} hidden characters]"


def readable_value(value: JsonValue) -> JsonValue:
    """`value` with every text in it readable, names of members too."""
    match value:
        case str():
            return readable(value)
        case list():
            return [readable_value(item) for item in value]
        case dict():
            return {readable(name): readable_value(item) for name, item in value.items()}
        case _:
            return value
