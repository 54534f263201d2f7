"""Agents as actors: an agent moves money only up to its own limit, and only while a named person answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.money import money_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStanding:
    """An agent with its `sponsor`, and what it may move by itself: minor units by currency.

    `sponsored` says that the sponsor is a person and active now; a sponsor who left sponsors nothing.
    """

    agent: str
    sponsor: str | None = None
    sponsored: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> frozenset[str]:
        """Everybody that what the agent does counts for: itself, and its sponsor also after they have left."""
        return frozenset({self.agent} if self.sponsor is None else {self.agent, self.sponsor})

    def refusal(self, *, amount_minor: int, currency: str) -> str | None:
        """Why the agent may not move this amount by itself; None where it may."""
        if self.sponsor is None:
            return f"agent {self.agent} has no sponsor"
        if not self.sponsored:
            return f"the sponsor of agent {self.agent} is no active person"
        limit = self.limits.get(currency)
        if limit is None:
            return f"agent {self.agent} has no limit in {currency or 'this currency'}"
        if abs(amount_minor) > limit:
            allowed, moved = money_text(limit, currency), money_text(abs(amount_minor), currency)
            return f"agent {self.agent} may move up to {allowed}; this is {moved}"
        return None
