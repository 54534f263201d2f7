"""Canonical JSON: the fast way and the reference write the same bytes, for whatever there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from policies.canonical import NotCanonical, canonical_json, jsonable, without_floats
from policies.verdict import Finding, Indeterminate, Severity, Verdict, VerdictKind

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.one_of(
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**6), 10**6).map(float),
    st.sampled_from([-0.0, 1e21, 123456789012345680000.0, 1e-6, 1e-7, 5e-324, 0.1, 1e16]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4))
)


@given(values)
def test_every_json_value_is_written_as_the_reference_writes_it(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(jsonable(value))


class Colour(StrEnum):
    RED = "red"


class Model(BaseModel):
    amount: Decimal
    on: date


class Many(BaseModel):
    counts: dict[int, int]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": 2}, b'{"a":2,"b":1}'),
        ([1.0, 100.0], b"[1,100]"),
        ("e5", b'"e5"'),
        ({"€": 1, "\ud7ff": 2, "😀": 3, "\ufb33": 4}, None),
        (Decimal("1.50"), b'"1.50"'),
        ({"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}, b'{"at":"2026-01-02T03:04:05+00:00"}'),
        ([UUID(int=1), Colour.RED, (1, 2), {3}], b'["00000000-0000-0000-0000-000000000001","red",[1,2],[3]]'),
        (Model(amount=Decimal("2.10"), on=date(2026, 1, 2)), b'{"amount":"2.10","on":"2026-01-02"}'),
        ({"in": [Many(counts={1: 2**60})]}, b'{"in":[{"counts":{"1":"1152921504606846976"}}]}'),
        (2**53, b'"9007199254740992"'),
        (2**53 - 1, b"9007199254740991"),
        ({1: "a"}, b'{"1":"a"}'),
    ],
)
def test_what_is_not_plain_json_has_one_form_too(value: Any, text: bytes | None) -> None:
    assert canonical_json(value) == (text if text is not None else rfc8785.dumps(value))


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), "\ud800", {"a": "\udfff"}])
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)


class Name(str):
    """A text of another type."""


class Measured(BaseModel):
    rate: float


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "around",
    [
        lambda number: {"a": [None, {"b": (1, number)}]},
        lambda number: [Name("a"), None, number],
        lambda number: [None, Measured(rate=number)],
        lambda number: [None, {"deep": {"deeper": [[[number]]]}}],
    ],
)
def test_what_is_no_number_is_refused_wherever_it_stands(number: float, around: Callable[[float], Any]) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(around(number))


def test_an_absent_value_is_no_number_that_is_missing() -> None:
    value = {"a": None, "b": [Name("n"), 1.5, True, Colour.RED], "c": Measured(rate=2.5)}
    assert canonical_json(value) == b'{"a":null,"b":["n",1.5,true,"red"],"c":{"rate":2.5}}'


@pytest.mark.parametrize("value", [{"a": "e5", "b": 2}, [None, "1e5"], "é"])
def test_where_there_is_no_float_none_need_be_looked_for(value: Any) -> None:
    assert without_floats(value).text == canonical_json(value)


known = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), texts)
facts = st.dictionaries(texts, known, max_size=3)
findings = st.builds(
    Finding,
    rule=texts,
    severity=st.sampled_from(Severity),
    title=texts,
    message=texts,
    exception=st.none() | texts,
    obligation=st.none() | texts,
    regulation=texts,
    clause=texts,
    when=texts,
    facts=facts,
)
verdicts = st.builds(
    Verdict,
    kind=st.sampled_from(VerdictKind),
    point=texts,
    findings=st.lists(findings, max_size=2).map(tuple),
    indeterminate=st.lists(st.builds(Indeterminate, rule=texts, missing=st.just(("a.b",))), max_size=2).map(tuple),
    obligations=st.lists(texts, max_size=2).map(tuple),
    engine_fault=st.none() | texts,
    pack=texts,
    pack_version=texts,
    pack_digest=texts,
    facts=facts,
    parameters=facts,
    judged_on=texts,
)


@given(verdicts)
def test_a_verdict_is_written_as_the_reference_writes_it(verdict: Verdict) -> None:
    assert verdict.written().text == rfc8785.dumps(jsonable(verdict.model_dump(mode="json")))
