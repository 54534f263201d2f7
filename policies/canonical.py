"""Canonical JSON (RFC 8785) and digests over it.

Every digest in Interlock is the SHA-256 of this form, so that an outsider with any RFC 8785
library can recompute it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any
from uuid import UUID

import orjson
import rfc8785
from pydantic import BaseModel

SAFE_INTEGER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Canonical:
    """A value that was written as canonical JSON before."""

    text: bytes


class NotCanonical(ValueError):
    """A value has no canonical JSON form (NaN, an unsupported type, a lone surrogate)."""


def jsonable(value: Any) -> Any:
    """`value` as plain JSON data: decimals, dates, ids and enums as strings, models as objects.

    Integers beyond 2^53 become strings, because RFC 8785 numbers are IEEE doubles. Raises `NotCanonical`.
    """
    match value:
        case BaseModel():
            return jsonable(value.model_dump(mode="json"))
        case Enum():
            return jsonable(value.value)
        case None | bool() | str():
            return value
        case int() | float():
            return value if isinstance(value, float) or abs(value) <= SAFE_INTEGER else str(value)
        case Decimal() | UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): jsonable(item) for key, item in value.items()}
        case list() | tuple():
            return [jsonable(item) for item in value]
        case set() | frozenset():
            return sorted(jsonable(item) for item in value)
        case _:
            raise NotCanonical(f"{type(value).__name__} has no JSON form")


OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
WHOLE_FLOATS = (b".0,", b".0}", b".0]")
EXPONENT = re.compile(rb"e[-+]?\d{1,3}(?:[,\]}]|$)")
ABOVE_THE_BMP = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


def canonical_json(value: Any, *, floats: bool = True) -> bytes:
    """The RFC 8785 bytes of `value`. Raises `NotCanonical`.

    Nearly always a fast encoder writes the same bytes; where its form could differ, the reference writes them.
    Without `floats` the value cannot hold one, and what only they could need is not looked for.
    """
    if isinstance(value, Canonical):
        return value.text
    try:
        quick = orjson.dumps(value, default=_plainer, option=OPTIONS)
    except orjson.JSONEncodeError:
        return _reference(value)
    if type(value) is str:
        return quick
    if floats and b"null" in quick and _holds_no_number(value):
        return _reference(value)  # the encoder writes NaN and infinity as null
    if not _may_differ(quick, floats=floats):
        return quick
    again = orjson.dumps(_whole(value), default=_plainer, option=OPTIONS)
    return _reference(value) if _may_differ(again, floats=True) else again


def without_floats(value: Any) -> Canonical:
    """The canonical JSON of a value that cannot hold a floating-point number: none is looked for.

    Raises `NotCanonical`.
    """
    return Canonical(canonical_json(value, floats=False))


def _plainer(value: Any) -> Any:
    """`value` one step nearer to plain JSON data, for an encoder that asks again for what is in it."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else jsonable(value)


def _holds_no_number(value: Any) -> bool:
    """Whether a float in `value` is NaN or infinite."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return False
    if kind is float:
        return not isfinite(value)
    if kind is dict:
        return any(map(_holds_no_number, value.values()))
    if kind is list or kind is tuple:
        return any(map(_holds_no_number, value))
    written = jsonable(value)
    return written is not value and _holds_no_number(written)


def _whole(value: Any) -> Any:
    """`value` with whole floats as integers, which RFC 8785 writes alike."""
    match value:
        case float():
            return int(value) if value.is_integer() and abs(value) <= SAFE_INTEGER else value
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
        case _:
            return value


def _may_differ(text: bytes, *, floats: bool) -> bool:
    """Whether RFC 8785 might write it otherwise: whole or tiny floats, and the order of keys beyond the BMP."""
    if not text.isascii() and any(lead in text for lead in ABOVE_THE_BMP):
        return True
    if not floats:
        return False
    if b".0" in text and (text.endswith(b".0") or any(sign in text for sign in WHOLE_FLOATS)):
        return True
    return EXPONENT.search(text) is not None


def _reference(value: Any) -> bytes:
    try:
        return rfc8785.dumps(jsonable(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from error


def plain(value: Any) -> tuple[Any, Canonical]:
    """`value` as plain JSON data, and its canonical JSON. Raises `NotCanonical`."""
    text = canonical_json(value)
    return orjson.loads(text), Canonical(text)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
