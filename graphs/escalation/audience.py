"""Who is told: whoever has the task, their manager, a role. Where there is nobody: the supervisors, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.store.people import RosterEntry
from policies.escalation import Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A person who is told, and why this one."""

    user_id: str
    why: str

    def data(self) -> dict[str, Any]:
        """As it is stored."""
        return {"user": self.user_id, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Finds whom to tell among the active people of a tenant."""

    roster: Sequence[RosterEntry]

    def of(self, rung: Rung, holders: Sequence[str]) -> list[Told]:
        """Whom the rung tells; `holders` have the tasks that it is about."""
        if rung.role is not None:
            found = self.with_role(rung.role, f"has the role {rung.role}")
            return found or self.supervisors(holders, f"nobody has the role {rung.role}")
        if rung.action in ("manager", "head"):
            return self._above(holders, 1 if rung.action == "manager" else 2)
        return self.holders(holders)

    def holders(self, holders: Sequence[str]) -> list[Told]:
        """Who has the tasks, as far as they are still here."""
        active = {entry.user_id for entry in self.roster}
        found = [Told(user_id=one, why="has the task") for one in unique(holders) if one in active]
        return found or self.supervisors(holders, "nobody has the task")

    def with_role(self, role: str, why: str) -> list[Told]:
        """Everybody of the role, by login."""
        able = sorted((entry for entry in self.roster if role in entry.roles), key=lambda entry: entry.login)
        return [Told(user_id=entry.user_id, why=why) for entry in able]

    def supervisors(self, holders: Sequence[str], why: str) -> list[Told]:
        """The supervisors, without those whom it is about, unless there are no others."""
        every = self.with_role(SUPERVISOR_ROLE, f"is a supervisor, and {why}")
        return [one for one in every if one.user_id not in holders] or every

    def _above(self, holders: Sequence[str], levels: int) -> list[Told]:
        manager = {entry.user_id: entry.manager_id for entry in self.roster}
        found: list[Told] = []
        for holder in unique(holders):
            person: str | None = holder
            for _ in range(levels):
                person = manager.get(person) if person is not None else None
            if person is not None and person in manager and person != holder:
                found.append(Told(user_id=person, why="manages who has the task" if levels == 1 else "heads them"))
        wanted = "manager" if levels == 1 else "head"
        missing = not found or len(found) < len(unique(holders))
        more = self.supervisors(holders, f"no {wanted} is on record") if missing else []
        return list({one.user_id: one for one in (*more, *found)}.values())


def unique(people: Iterable[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(people))
