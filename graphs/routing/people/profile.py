"""How a person works and what a team takes, as they are written: checked before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphs.errors import Invalid
from graphs.routing.people.person import UTC_ZONE
from graphs.routing.people.workforce import TEAM_STRATEGIES, Strategy
from policies.calendar import known_zone

MOST_LEVEL = 5
MOST_OPEN = 10_000
SKILL = re.compile(r"^[a-z][a-z0-9_.-]{0,62}$")
LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z]{2})?$")
TEAM_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,62}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a person works. `manager` is a login or an id; `skills` are levels from 1 to 5."""

    zone: str = UTC_ZONE
    calendar: str | None = None
    languages: tuple[str, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    open_limit: int | None = None
    manager: str | None = None

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        try:
            known_zone(self.zone)
        except ValueError as error:
            raise Invalid(f"zone: {error}") from error
        for language in self.languages:
            if not LANGUAGE.match(language):
                raise Invalid(f"languages: {language!r} is none: write de, or pt-BR")
        for skill, level in self.skills.items():
            if not SKILL.match(skill) or not 1 <= level <= MOST_LEVEL:
                raise Invalid(f"skills: {skill!r}: write a name in lower case, and a level from 1 to {MOST_LEVEL}")
        if self.open_limit is not None and not 1 <= self.open_limit <= MOST_OPEN:
            raise Invalid(f"open_limit: from 1 to {MOST_OPEN}, or none")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamForm:
    """What a team takes and how. `lead` and `members` are logins or ids; with `queue` nobody is chosen."""

    roles: tuple[str, ...]
    members: tuple[str, ...]
    lead: str | None = None
    strategy: Strategy = Strategy.LEAST_LOADED
    queue: bool = False

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        if self.strategy not in TEAM_STRATEGIES:
            raise Invalid(f"strategy: one of {', '.join(TEAM_STRATEGIES)}; a step asks for the same person by itself")


def check_team_name(name: str) -> None:
    """Raises `Invalid`."""
    if not TEAM_NAME.match(name):
        raise Invalid(f"{name!r}: write the name of a team in lower case, as invoices_eu")
