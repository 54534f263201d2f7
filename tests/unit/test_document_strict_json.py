"""JSON from outside is read strictly or refused by name."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.errors import (
    DuplicateJsonKey,
    JsonNumberRefused,
    JsonTooDeep,
    JsonTooLarge,
    MalformedJson,
)
from tools.document.strict_json import MAX_NUMBER, read_json


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_numbers_with_a_fraction_are_exact_decimals() -> None:
    assert read_json(b'{"total": 10.10, "count": 3}') == {"total": Decimal("10.10"), "count": 3}


@pytest.mark.parametrize("text", [b'{"a": 1, "a": 1}', b'{"o": {"a": 1, "b": 2, "a": 3}}', b'{"a": 1, "\\u0061": 2}'])
def test_a_key_that_stands_twice_is_refused(text: bytes) -> None:
    with pytest.raises(DuplicateJsonKey):
        read_json(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "9" * 31, "9" * 5000])
def test_absurd_numbers_are_refused(number: str) -> None:
    with pytest.raises(JsonNumberRefused):
        read_json(f'{{"amount": {number}}}'.encode())


def test_the_largest_integer_is_just_below_the_limit() -> None:
    assert read_json(str(MAX_NUMBER - 1).encode()) == MAX_NUMBER - 1
    with pytest.raises(JsonNumberRefused):
        read_json(str(MAX_NUMBER).encode())


def test_depth_up_to_the_limit_is_read_and_one_more_is_refused() -> None:
    read_json(nested(4), max_depth=5)
    read_json(nested(5), max_depth=5)
    with pytest.raises(JsonTooDeep):
        read_json(nested(6), max_depth=5)


def test_a_very_deep_document_is_refused_without_recursion() -> None:
    with pytest.raises(JsonTooDeep):
        read_json(b"[" * 500_000)


def test_brackets_inside_strings_are_not_depth() -> None:
    assert read_json(b'["[[[[\\"[[["]', max_depth=1) == ['[[[["[[[']


def test_size_up_to_the_limit_is_read_and_one_more_is_refused() -> None:
    assert read_json(b"[1, 2]", max_bytes=6) == [1, 2]
    with pytest.raises(JsonTooLarge):
        read_json(b"[1, 2] ", max_bytes=6)


@pytest.mark.parametrize("text", [b"", b"{", b"{'a': 1}", b"[1,]", b"\xff\xfe", b"01", b"nul"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_json(text)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    with contextlib.suppress(MalformedJson):
        read_json(content)
