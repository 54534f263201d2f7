"""The reference model: what may have become of a case, in as few words as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Rules = Literal["usual", "stricter"]
LIMITS: dict[Rules, int] = {"usual": 1000, "stricter": 400}
CEILING = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`approvals`: the rules under which somebody has approved; `asked`: those under which somebody is asked."""

    amount: int
    status: Literal["moving", "waiting", "done", "rejected", "cancelled"] = "moving"
    approvals: frozenset[Rules] = frozenset()
    asked: Rules = "usual"

    def settled(self, rules: Rules) -> State:
        """Once nothing holds it up."""
        if self.status != "moving":
            return self
        if self.amount > CEILING:
            return replace(self, status="rejected")
        if self.amount <= LIMITS[rules] or rules in self.approvals:
            return replace(self, status="done")
        return replace(self, status="waiting", asked=rules)

    def approved(self) -> State:
        return replace(self, status="moving", approvals=self.approvals | {self.asked})

    def ended(self, status: Literal["rejected", "cancelled"]) -> State:
        return replace(self, status=status)


def after_crash(states: Iterable[State], rules: Rules) -> set[State]:
    """A crash leaves the case anywhere between where it was and where it was going."""
    before = set(states)
    return before | {state.settled(rules) for state in before}
