"""How words are compared: small letters, umlauts written out, no punctuation."""

from __future__ import annotations

from typing import Final

UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def folded(text: str) -> str:
    """The text as words are compared: small letters, umlauts written out."""
    return text.casefold().translate(UMLAUTS)


def split(name: str) -> tuple[str, ...]:
    """The folded words of a name or a title."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in folded(name))
    return tuple(spaced.split())
