"""Canonical JSON (RFC 8785) and digests over it.

Every digest in Interlock is the SHA-256 of this form, so that an outsider with any RFC 8785
library can recompute it.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785
from pydantic import BaseModel

SAFE_INTEGER = 2**53 - 1


class NotCanonical(ValueError):
    """A value has no canonical JSON form (NaN, an unsupported type, a lone surrogate)."""


def jsonable(value: Any) -> Any:
    """`value` as plain JSON data: decimals, dates, ids and enums as strings, models as objects.

    Integers beyond 2^53 become strings, because RFC 8785 numbers are IEEE doubles.
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


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of `value`. Raises `NotCanonical`."""
    try:
        return rfc8785.dumps(jsonable(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from error


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
