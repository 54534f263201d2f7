"""Who may take a task, said once more and without the product's code: what its choices are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.routing.office import Arrival, Colleague, Office
from evals.routing.regime import SUPERVISOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Who has everything that the task needs (`able`), and who may decide it in their place where nobody has."""

    able: frozenset[str]
    above: frozenset[str]

    @property
    def takers(self) -> frozenset[str]:
        """Whoever is right."""
        return self.able or self.above


def allowed(office: Office, task: Arrival, at: float, open_tasks: Mapping[str, int]) -> Allowed:
    """Who may take it then, where people have so many tasks open."""
    there = {login for login in office.people if office.absence(login, at) is None}
    free = {login for login in there if not _full(office.people[login], open_tasks.get(login, 0))}
    standing_in = {
        one.substitute for one in office.away if one.login not in there and one.login in office.teams[task.role]
    }
    team = office.teams[task.role] | {login for login in standing_in if login is not None}
    able = {
        login
        for login in free & team
        if task.role in office.people[login].roles
        and has_right(office.people[login], task)
        and has_ability(office.people[login], task)
    }
    above = {
        login for login in free if SUPERVISOR in office.people[login].roles and has_right(office.people[login], task)
    }
    return Allowed(able=frozenset(able), above=frozenset(above))


def has_right(one: Colleague, task: Arrival) -> bool:
    """Whether an answer of theirs would be accepted, their role aside."""
    if one.login in task.excluded:
        return False
    return task.amount is None or (one.limit_minor is not None and one.limit_minor >= task.amount)


def has_ability(one: Colleague, task: Arrival) -> bool:
    """Whether they know and speak what the task needs."""
    knows = all(one.skills.get(skill, 0) >= level for skill, level in task.skills.items())
    return knows and (task.language is None or task.language in one.languages)


def _full(one: Colleague, open_tasks: int) -> bool:
    return one.open_limit is not None and open_tasks >= one.open_limit
