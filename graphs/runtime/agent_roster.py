"""What is known of those who start cases: who of them is an agent, and what it may move by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from graphs.runtime.assignment import FRESH_FOR
from graphs.store.database import Database
from policies.sponsor import AgentStanding


@dataclass(slots=True, kw_only=True)
class AgentRoster:
    """Looks each of them up at most once in `FRESH_FOR`; somebody not known yet is looked up at once."""

    database: Database
    known: dict[tuple[str, str], tuple[datetime, AgentStanding | None]] = field(default_factory=dict)

    async def standing(self, tenant: str, user_id: str, *, now: datetime) -> AgentStanding | None:
        """The agent's standing; None for a person or a service."""
        found = self.known.get((tenant, user_id))
        if found is None or abs(now - found[0]) >= FRESH_FOR:
            async with self.database.unit_of_work(tenant) as unit:
                found = self.known[tenant, user_id] = (now, await unit.people.agent(user_id, on=now.date()))
        return found[1]
