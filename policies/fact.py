"""A fact: a value with its provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field

FactValue = str | int | bool | None
"""Strings, exact integers and booleans only. Money is an integer of minor units or a decimal string,
dates are ISO strings; never a float."""


class Integrity(StrEnum):
    """Whether an attacker could have written the value."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"


class SourceKind(StrEnum):
    """Where a value came from."""

    DOCUMENT = "document"
    SYSTEM_OF_RECORD = "system_of_record"
    PERSON = "person"
    MODEL = "model"
    DERIVED = "derived"


class Source(BaseModel):
    """Where exactly a value came from.

    `ref` names the document (sha256), system record, person or computation; `reader` what read it
    (`xml`, `pdf_text`, `tryton`, …); `page` counts from 1; `box` is `[x0, y0, x1, y1]` in points,
    origin at the top left of the page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: SourceKind
    ref: str
    reader: str = ""
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


class Fact(BaseModel):
    """A value, how sure we are of it (0..1), where it came from, and whether it can be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: FactValue
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    source: Source
    integrity: Integrity


FULL_BPS = 10_000


def told(facts: Mapping[str, FactValue | Fact]) -> dict[str, FactValue]:
    """Facts as rules are asked about them: of each `Fact` its value and, as `source(name)` …, where it came from.

    Of a bare value that is unknown. A confidence is in whole basis points, rounded down.
    """
    if Fact not in map(type, facts.values()):
        return dict(cast("Mapping[str, FactValue]", facts))
    return {name: value for given, fact in facts.items() for name, value in _told(given, fact)}


def _told(name: str, fact: FactValue | Fact) -> Iterator[tuple[str, FactValue]]:
    if not isinstance(fact, Fact):
        yield name, fact
        return
    yield name, fact.value
    yield f"source({name})", fact.source.kind.value
    yield f"integrity({name})", fact.integrity.value
    yield f"confidence({name})", int(Decimal(repr(fact.confidence)) * FULL_BPS)
