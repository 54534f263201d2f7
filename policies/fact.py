"""A fact: a value with its provenance."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

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
