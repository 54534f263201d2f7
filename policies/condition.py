"""Conditions on the data of a case: what the value at a path must be. What is not there is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from policies.calendar import Part
from policies.errors import InstantUnknown

Path = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,119}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Scalar = str | int | bool


class Condition(Part):
    """What the value at `fact` must be: every comparison that is given holds. A value that is not there meets none."""

    fact: Path
    equals: Scalar | None = None
    one_of: tuple[Scalar, ...] | None = None
    at_least: Scalar | None = None
    below: Scalar | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if all(getattr(self, name) is None for name in ("equals", "one_of", "at_least", "below", "known")):
            raise ValueError("say what the value must be: equals, one_of, at_least, below, known")
        return self

    def met_by(self, data: Mapping[str, Any]) -> bool:
        """Whether the data meets it. Raises `InstantUnknown` for what cannot be compared."""
        value = value_at(data, self.fact)
        if self.known is not None and self.known is (value is None):
            return False
        if value is None:
            return self.known is False
        if self.equals is not None and not same(value, self.equals):
            return False
        if self.one_of is not None and not any(same(value, one) for one in self.one_of):
            return False
        if self.at_least is not None and self._order(value, self.at_least) < 0:
            return False
        return self.below is None or self._order(value, self.below) < 0

    def _order(self, value: Any, bound: Scalar) -> int:
        left, right = number(value), number(bound)
        if left is not None and right is not None:
            return (left > right) - (left < right)
        if isinstance(value, str) and isinstance(bound, str) and left is None and right is None:
            return (value > bound) - (value < bound)
        raise InstantUnknown(f"{self.fact} cannot be compared with {bound!r}")


def same(value: Any, other: Scalar) -> bool:
    """Whether both are one value; true is no number, and a number may be written as text."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if value == other:
        return True
    left, right = number(value), number(other)
    return left is not None and left == right


def number(value: Any) -> Decimal | None:
    """The exact number; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """What stands at the path, None where nothing does; of a fact, its value."""
    found: Any = data
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    if isinstance(found, Mapping) and "value" in found and "source" in found:
        return found["value"]
    return found
