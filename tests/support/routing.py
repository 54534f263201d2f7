"""People, teams and needs, as the choice among people looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from graphs.routing.people.choice import Choice
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import Absence, Limit, RosterEntry, Shift
from graphs.routing.people.workforce import Strategy, Team, Workforce

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
NEED = TaskNeed(role="approver", on=NOON.date(), deadline_at=NOON + timedelta(days=1))


def limit(minor: int) -> Limit:
    """Up to so much in EUR."""
    return Limit(
        subject="approval", currency="EUR", max_minor=minor, effective_from=date(2026, 1, 1), effective_to=None
    )


def person(
    login: str,
    *,
    roles: Iterable[str] = ("approver",),
    minor: int | None = None,
    tasks: int = 0,
    minutes: int | None = None,
    skills: Mapping[str, int] | None = None,
    languages: Iterable[str] = (),
    open_limit: int | None = None,
) -> RosterEntry:
    """Somebody who works at any time; each open task is 15 minutes unless said otherwise."""
    return RosterEntry(
        user_id=login,
        login=login,
        name=login.title(),
        open_tasks=tasks,
        open_minutes=tasks * 15 if minutes is None else minutes,
        roles=frozenset(roles),
        limits=() if minor is None else (limit(minor),),
        skills=skills or {},
        languages=frozenset(languages),
        open_limit=open_limit,
    )


def away(entry: RosterEntry, *, substitute: str | None = None) -> RosterEntry:
    """The person, away on the third of June."""
    day = NOON.date()
    return replace(entry, absences=(Absence(first_day=day, last_day=day, substitute_id=substitute),))


def working(entry: RosterEntry, start: datetime | None) -> RosterEntry:
    """The person, whose shift of eight hours begins then; None if nobody knows."""
    shift = Shift(start=start, end=start + timedelta(hours=8)) if start else None
    return replace(entry, calendar="site", shift=shift)


def team(
    *members: str, strategy: Strategy = Strategy.LEAST_LOADED, lead: str | None = None, queue: bool = False
) -> Team:
    """The team that takes the tasks of approvers."""
    return Team(
        id="t",
        name="invoices",
        roles=frozenset({"approver"}),
        members=frozenset(members),
        lead_id=lead,
        strategy=strategy,
        queue=queue,
    )


def crew(*people: RosterEntry, teams: Sequence[Team] = ()) -> Workforce:
    """A workforce."""
    return Workforce(people=people, teams=tuple(teams))


def chosen(choice: Choice) -> str | None:
    """Who was chosen."""
    return choice.chosen.user_id if choice.chosen else None


def reasons(choice: Choice) -> dict[str, str]:
    """Why each of the others did not get it."""
    return {user_id: found.reason.value for user_id, found in choice.left_out.items()}
