"""Why somebody cannot take a task: the first reason, rights before abilities, abilities before time.

Rights are what the check of an answer refuses (`graphs.tasks`): nobody is given a task that they could not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import RosterEntry
from policies.money import money_text

SUPERVISOR_ROLE = "supervisor"


class Reason(StrEnum):
    """Why somebody did not get a task, in the order in which it is looked at."""

    ROLE = "role"
    EXCLUDED = "excluded"
    DUTY = "duty"
    AUTHORITY = "authority"
    TEAM = "team"
    SKILL = "skill"
    LANGUAGE = "language"
    ABSENT = "absent"
    FULL = "full"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The reason, and what else there is to say; `substitute` stands in for somebody absent."""

    reason: Reason
    detail: str = ""
    substitute: str | None = None


def lacks_right(entry: RosterEntry, need: TaskNeed, *, role: str) -> LeftOut | None:
    """What the check of an answer would refuse; None if the person may answer as somebody with the `role`."""
    if role not in entry.roles:
        return LeftOut(reason=Reason.ROLE)
    if entry.user_id in need.excluded:
        return LeftOut(reason=Reason.EXCLUDED)
    if entry.user_id in need.barred:
        return LeftOut(reason=Reason.DUTY)
    if need.required_limit_minor is None or need.currency is None:
        return None
    limit = need.limit_of(entry)
    if limit is None:
        return LeftOut(reason=Reason.AUTHORITY, detail=f"has no limit in {need.matter}")
    if limit < need.required_limit_minor:
        return LeftOut(reason=Reason.AUTHORITY, detail=f"up to {money_text(limit, need.currency)}")
    return None


def may_answer(entry: RosterEntry, need: TaskNeed) -> bool:
    """Whether the check of an answer would let the person approve: as one with the role, or as a supervisor."""
    return any(lacks_right(entry, need, role=role) is None for role in (need.role, SUPERVISOR_ROLE))


def lacks_ability(entry: RosterEntry, need: TaskNeed) -> LeftOut | None:
    """The first skill, or the language, that the task needs and the person lacks."""
    for skill, level in sorted(need.skills.items()):
        own = entry.skills.get(skill, 0)
        if own < level:
            return LeftOut(reason=Reason.SKILL, detail=f"{skill} {level} needed, has {own}")
    if need.language is not None and need.language not in entry.languages:
        return LeftOut(reason=Reason.LANGUAGE, detail=f"{need.language} needed")
    return None


def lacks_time(entry: RosterEntry, now: datetime) -> LeftOut | None:
    """Whether the person is away, or has as much open as they may have. Who stands in is added by others."""
    absence = entry.absent(now)
    if absence is not None:
        return LeftOut(reason=Reason.ABSENT, detail=f"to {absence.last_day.isoformat()}")
    if entry.is_full:
        return LeftOut(reason=Reason.FULL, detail=f"{entry.open_tasks} of {entry.open_limit} open")
    return None
