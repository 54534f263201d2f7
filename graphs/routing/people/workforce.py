"""The workforce of a tenant as it was read: people and teams, with what each has open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from graphs.routing.people.person import RosterEntry


class Strategy(StrEnum):
    """How one of several who could take a task is chosen."""

    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"
    SKILL_FIRST = "skill_first"
    STICKY = "sticky"
    SUBSTITUTE = "substitute"


TEAM_STRATEGIES = (Strategy.LEAST_LOADED, Strategy.ROUND_ROBIN, Strategy.SKILL_FIRST)
"""The others are used where a task itself asks for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who takes the tasks of some `roles`. With `queue` nobody is chosen: the members claim tasks themselves.

    `turns` says of each member how late their last turn was: who has no turn comes first, then the lowest.
    """

    id: str
    name: str
    roles: frozenset[str]
    members: frozenset[str]
    lead_id: str | None = None
    strategy: Strategy = Strategy.LEAST_LOADED
    queue: bool = False
    turns: Mapping[str, int] = field(default_factory=dict)

    def after_turn(self, user_id: str) -> Team:
        """With the person's turn as the latest."""
        return replace(self, turns={**self.turns, user_id: max(self.turns.values(), default=0) + 1})


@dataclass(frozen=True, kw_only=True)
class Workforce:
    """Everybody who could take a task, and the teams. `workers` is how many processes give out tasks at once."""

    people: tuple[RosterEntry, ...] = ()
    teams: tuple[Team, ...] = ()
    workers: int = 1

    @cached_property
    def by_id(self) -> Mapping[str, RosterEntry]:
        """The people by user id."""
        return {entry.user_id: entry for entry in self.people}

    def team_for(self, role: str) -> Team | None:
        """The team that takes the tasks of the role; a role has one at most."""
        return next((team for team in self.teams if role in team.roles), None)

    def named(self, team: str | None) -> Team | None:
        """The team of that name."""
        return next((one for one in self.teams if one.name == team), None)

    def given(self, user_id: str, minutes: int, team: str | None = None) -> Workforce:
        """With one task more for the person, who had their turn in the team.

        Every other worker is taken to give them as much, of which this one sees nothing: were a gap that all see filled
        by each of them, it would be as wide again on the other side, and wider every time they look.
        """
        minutes *= self.workers
        people = tuple(one.with_task(minutes) if one.user_id == user_id else one for one in self.people)
        teams = tuple(one.after_turn(user_id) if one.name == team else one for one in self.teams)
        return replace(self, people=people, teams=teams)

    def relieved(self, user_id: str | None, minutes: int) -> Workforce:
        """With one task less for the person."""
        people = (one.with_task(minutes, tasks=-1) if one.user_id == user_id else one for one in self.people)
        return replace(self, people=tuple(people))

    def without(self, user_ids: Iterable[str]) -> Workforce:
        """Without these people."""
        gone = frozenset(user_ids)
        return replace(self, people=tuple(one for one in self.people if one.user_id not in gone))
