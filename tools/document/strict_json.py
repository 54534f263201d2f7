"""JSON from outside, read so that no two readers can understand it differently."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

from tools.document.errors import (
    DuplicateJsonKey,
    JsonNumberRefused,
    JsonTooDeep,
    JsonTooLarge,
    MalformedJson,
)

MAX_JSON_BYTES: Final = 1024 * 1024
MAX_JSON_DEPTH: Final = 32
MAX_NUMBER_DIGITS: Final = 30
MAX_NUMBER: Final = Decimal(10) ** 18
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def read_json(content: bytes, *, max_bytes: int = MAX_JSON_BYTES, max_depth: int = MAX_JSON_DEPTH) -> Any:
    """The JSON value `content` encodes in UTF-8; numbers with a fraction as `Decimal`, never as float.

    Raises `JsonTooLarge`, `JsonTooDeep`, `DuplicateJsonKey`, `JsonNumberRefused` (NaN, Infinity, 1e400,
    more than 30 digits) or `MalformedJson`.
    """
    if len(content) > max_bytes:
        raise JsonTooLarge(f"the JSON has {len(content)} bytes; at most {max_bytes} are read")
    _check_depth(content, max_depth)
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the JSON is not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


def _check_depth(content: bytes, max_depth: int) -> None:
    """Count brackets outside strings before anything recurses."""
    depth = 0
    for token in _TOKENS.finditer(content):
        if token[0] in (b"[", b"{"):
            depth += 1
        elif token[0] in (b"]", b"}"):
            depth -= 1
        if depth > max_depth:
            raise JsonTooDeep(f"the JSON nests deeper than {max_depth}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DuplicateJsonKey(f"the key {key[:60]!r} stands twice in one object")
        found[key] = value
    return found


def _fraction(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_DIGITS:
        raise JsonNumberRefused(f"the number {text[:40]}… is longer than {MAX_NUMBER_DIGITS} characters")
    value = Decimal(text)
    if abs(value) >= MAX_NUMBER or (value != 0 and value.adjusted() < -MAX_NUMBER_DIGITS):
        raise JsonNumberRefused(f"the number {text} is of absurd size")
    return value


def _integer(text: str) -> int:
    return int(_fraction(text))


def _constant(text: str) -> NoReturn:
    raise JsonNumberRefused(f"{text} is not a number")
