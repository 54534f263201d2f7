"""A field: a fact or parameter the rules may ask for, and the exact form its value must have."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from policies.errors import FactsInvalid
from policies.expression import INTEGER_LIMIT, Kind, Value

STRING_LIMIT = 2048
"""Characters. The engine compares the length of a string in 16 bits only."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Expression = Annotated[str, Field(min_length=1, max_length=1000)]
Scalar = StrictBool | StrictInt | StrictStr
DottedName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=80)]


class Strict(BaseModel):
    """Frozen, and nothing unknown is accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldType(StrEnum):
    """How a value is written. Every number is an exact integer.

    `money`: minor units; `bps`: hundredths of a percent; `milli`: thousandths (quantities);
    `date`: an ISO string.
    """

    MONEY = "money"
    INT = "int"
    BPS = "bps"
    MILLI = "milli"
    BOOL = "bool"
    STR = "str"
    DATE = "date"

    @property
    def kind(self) -> Kind:
        """What a value of this type yields in an expression."""
        match self:
            case FieldType.BOOL:
                return Kind.BOOL
            case FieldType.STR:
                return Kind.STR
            case FieldType.DATE:
                return Kind.DATE
            case FieldType.MONEY | FieldType.INT | FieldType.BPS | FieldType.MILLI:
                return Kind.INT


class FieldModel(Strict):
    """A fact the rules may ask for; `currency` names the field that holds a money field's currency."""

    type: FieldType
    description: Annotated[str, Field(min_length=1)]
    currency: DottedName | None = None


Normalise = Callable[[str, object], Value]
"""A field's name and value to the value in its one exact form: NFC strings, ISO dates. Raises `FactsInvalid`.

Types are compared exactly, so that `True` is never 1 and a float is never money.
"""


def normaliser(kind: Kind) -> Normalise:
    """What brings a value of this kind into its exact form."""
    match kind:
        case Kind.INT:
            return _integer
        case Kind.BOOL:
            return _boolean
        case Kind.STR:
            return _text
        case Kind.DATE:
            return _iso_date


def ordinal(value: Value) -> int:
    """A normalised date as the engine compares it."""
    return date.fromisoformat(str(value)).toordinal()


def _integer(name: str, value: object) -> int:
    if type(value) is not int:
        raise _needed(name, "an exact integer", value)
    if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
        raise FactsInvalid(name, "the integer is out of range")
    return value


def _boolean(name: str, value: object) -> bool:
    if type(value) is not bool:
        raise _needed(name, "true or false", value)
    return value


def _needed(name: str, form: str, value: object) -> FactsInvalid:
    return FactsInvalid(name, f"{form} is needed, not {type(value).__name__}")


def _text(name: str, value: object) -> str:
    if type(value) is not str:
        raise _needed(name, "a string", value)
    if len(value) > STRING_LIMIT:
        raise FactsInvalid(name, f"the string is longer than {STRING_LIMIT} characters")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise FactsInvalid(name, "the string is not valid Unicode") from error
    return unicodedata.normalize("NFC", value)


def _iso_date(name: str, value: object) -> str:
    if type(value) is not str:
        raise _needed(name, "an ISO date", value)
    try:
        parsed = date.fromisoformat(value)
    except ValueError as error:
        raise FactsInvalid(name, "the date is not of the form YYYY-MM-DD") from error
    if parsed.isoformat() != value:
        raise FactsInvalid(name, "the date is not of the form YYYY-MM-DD")
    return value
