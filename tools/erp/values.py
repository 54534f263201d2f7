"""The small values that every part of the ERP port is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


def _exact(value: object) -> object:
    """Refuse binary floats: 0.1 is not a price."""
    if isinstance(value, float):
        raise ValueError("a float is not exact; give a decimal string")
    return value


def plain(value: Decimal) -> str:
    """`value` without an exponent, as every JSON form of the port writes it."""
    return format(value, "f")


Exact = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(allow_inf_nan=False, max_digits=18),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Name = Annotated[str, Field(min_length=1, max_length=200)]
RecordId = Annotated[str, Field(min_length=1, max_length=64)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Value(BaseModel):
    """A frozen value of the port."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Acknowledged = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
"""The names of the ERP's warnings that a person has acknowledged, each as the ERP named it."""
