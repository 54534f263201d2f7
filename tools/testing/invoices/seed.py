"""Choices that depend on a seed and a name only, never on the order in which they are made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


def number(seed: int, name: str, *, low: int, high: int) -> int:
    """A whole number in `low`..`high` (both included), fixed by `seed` and `name`."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low + 1)


def pick(seed: int, name: str, options: Sequence[Option]) -> Option:
    """One of `options`, fixed by `seed` and `name`."""
    return options[number(seed, name, low=0, high=len(options) - 1)]


def digits(seed: int, name: str, *, count: int) -> str:
    """`count` decimal digits, the first of them not a zero."""
    return str(number(seed, name, low=10 ** (count - 1), high=10**count - 1))
