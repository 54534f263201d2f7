"""A predicate: at most three comparisons of facts with a value, all of which must hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policies.expression import Value
from policies.fact import FactValue

Sign = Literal["==", "<=", ">="]
MOST = 3
HOLDS: dict[str, Callable[[Any, Any], bool]] = {"==": operator.eq, "<=": operator.le, ">=": operator.ge}
Facts = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Comparison:
    """A fact compared with a value. What is unknown holds nothing."""

    name: str
    sign: Sign
    value: Value

    def holds(self, facts: Facts) -> bool | None:
        """Whether it holds; None where the fact is unknown."""
        found = facts.get(self.name)
        if found is None:
            return None
        return type(found) is type(self.value) and HOLDS[self.sign](found, self.value)

    @property
    def text(self) -> str:
        """In the language of conditions."""
        if isinstance(self.value, bool):
            return self.name if self.value else f"not {self.name}"
        return f"{self.name} {self.sign} {self.value!r}"

    @property
    def violating(self) -> Value:
        """A value right beside it that does not hold."""
        match self.value:
            case bool():
                return not self.value
            case int():
                return self.value + (1 if self.sign == "<=" else -1)
            case str():
                return "another" if self.value != "another" else "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """Comparisons that all must hold, in the order of their names."""

    comparisons: tuple[Comparison, ...]

    def holds(self, facts: Facts) -> bool | None:
        """Kleene's `and`: what does not hold decides, what is unknown stays so."""
        found = [comparison.holds(facts) for comparison in self.comparisons]
        return False if False in found else None if None in found else True

    @property
    def text(self) -> str:
        """In the language of conditions."""
        return " and ".join(comparison.text for comparison in self.comparisons)
