"""Who stands in for somebody absent: a bounded chain of substitutes, each of whom must be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphs.routing.people.person import RosterEntry
from graphs.routing.people.workforce import Workforce

MOST_LINKS = 3
"""A substitute's substitute's substitute is the last who is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Who stands in, None where nobody does; `why` then says why."""

    entry: RosterEntry | None
    why: str = ""


def stand_in(absent: RosterEntry, workforce: Workforce, now: datetime) -> StandIn:
    """The first in the chain of substitutes who is there. It says nothing of what they may do: that is their own."""
    seen, current = {absent.user_id}, absent
    for _ in range(MOST_LINKS):
        absence = current.absent(now)
        if absence is None:
            return StandIn(entry=current)
        if absence.substitute_id is None:
            return StandIn(entry=None, why="no substitute" if current is absent else "the substitute is absent, too")
        if absence.substitute_id in seen:
            return StandIn(entry=None, why="the substitutes stand in for each other")
        substitute = workforce.by_id.get(absence.substitute_id)
        if substitute is None:
            return StandIn(entry=None, why="the substitute has left")
        seen.add(substitute.user_id)
        current = substitute
    if current.absent(now) is None:
        return StandIn(entry=current)
    return StandIn(entry=None, why=f"{MOST_LINKS} substitutes in a row are absent")
