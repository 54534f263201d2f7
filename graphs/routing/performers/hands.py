"""Who could do it by hand, and when they work: the choice among people, asked before anybody is chosen to perform.

Pure. It is asked of the same workforce, by the same function, that gives out the task once it is made; so whose hours
count here is who would get it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.routing.people.choice import Choice, Level, choose
from graphs.routing.people.fitness import Reason
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import RosterEntry, Shift
from graphs.routing.people.workforce import Workforce
from graphs.steps import HandStep

OPEN_ENDED = timedelta(days=366)
"""How far ahead the time of somebody without a calendar is looked at, where they will be away."""
FOR_NOW = frozenset({Reason.ABSENT, Reason.FULL})
"""Why somebody cannot take a task now who can later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The person who would do it by hand, as far as their time goes.

    `shifts` is when they work from now on, as far ahead as that is known; None where they work at any time. `sharing`
    is among how many the work goes, `words` what there is to say of their hours. `against` says why nobody ever may.
    """

    shifts: tuple[Shift, ...] | None = None
    sharing: int = 1
    words: str = ""
    against: str | None = None

    def after(self, at: datetime, work: timedelta) -> datetime | None:
        """When so much working time has passed since; with none, when they begin. None where nobody knows."""
        if self.shifts is None:
            return at + work
        left = work
        for shift in self.shifts:
            start = max(at, shift.start)
            if start >= shift.end:
                continue
            if left <= shift.end - start:
                return start + left
            left -= shift.end - start
        return None


def need_by_hand(step: HandStep, *, now: datetime, others: Collection[str] = ()) -> TaskNeed:
    """What the task of the step would ask for; `others` are those who started the case or approved it."""
    return TaskNeed(
        role=step.role,
        on=now.date(),
        deadline_at=now + step.answer_within,
        excluded=frozenset(others) if step.four_eyes else frozenset(),
    )


def hands_for(need: TaskNeed, workforce: Workforce, now: datetime) -> Hands:
    """Who would do it. Somebody who is away comes back; whoever has no right to it never gets one by waiting."""
    choice = choose(need, workforce, now)
    if choice.level is Level.NOBODY:
        return _nobody_now(choice, need, workforce, now)
    # In a queue anybody may take it, so the first counts who begins; else who would be given it.
    asked = choice.candidates if choice.chosen is None else (choice.chosen,)
    shifts = _first(asked, now)
    return Hands(shifts=shifts, sharing=max(1, len(choice.candidates)), words=_said(choice, shifts, now))


def _nobody_now(choice: Choice, need: TaskNeed, workforce: Workforce, now: datetime) -> Hands:
    able = [workforce.by_id[one] for one, left in choice.left_out.items() if left.reason in FOR_NOW]
    away = [one for one in able if choice.left_out[one.user_id].reason is Reason.ABSENT]
    if away:
        shifts = _first(away, now)
        words = f"everybody who may do it is away or has as many tasks as they may have{_back(shifts)}"
        return Hands(shifts=shifts, sharing=len(away), words=words)
    if able:
        return Hands(shifts=(), words="everybody who may do it has as many tasks as they may have")
    return Hands(against=f"nobody with the role {need.role!r} may do it, and no supervisor")


def _first(people: Iterable[RosterEntry], now: datetime) -> tuple[Shift, ...] | None:
    """The time of whoever begins first; empty where that is known of nobody."""
    known: list[tuple[Shift, ...]] = []
    for one in people:
        shifts = working_time(one, now)
        if shifts is None:
            return None
        if shifts:
            known.append(shifts)
    return min(known, key=lambda shifts: max(now, shifts[0].start), default=())


def working_time(entry: RosterEntry, now: datetime) -> tuple[Shift, ...] | None:
    """When the person works from now on, absences taken out; None for at any time, empty where nobody knows."""
    if entry.calendar is not None:
        shifts: Sequence[Shift] = entry.shifts
    elif entry.absences:
        shifts = (Shift(start=now, end=now + OPEN_ENDED),)
    else:
        return None
    for start, end in entry.days_away:
        shifts = tuple(_without(shifts, start, end))
    return tuple(shift for shift in shifts if shift.end > now)


def _without(shifts: Iterable[Shift], start: datetime, end: datetime) -> Iterator[Shift]:
    for shift in shifts:
        if shift.start < min(shift.end, start):
            yield Shift(start=shift.start, end=min(shift.end, start))
        if max(shift.start, end) < shift.end:
            yield Shift(start=max(shift.start, end), end=shift.end)


def _said(choice: Choice, shifts: tuple[Shift, ...] | None, now: datetime) -> str:
    """What hours say; nothing where nobody's are set."""
    if shifts is None:
        return ""
    if not shifts:
        return "nobody knows when somebody who may do it works"
    if shifts[0].start <= now:
        working = len(choice.candidates)
        able = working + sum(left.reason is Reason.HOURS for left in choice.left_out.values())
        return f"{working} of {able} who may do it now are at work; who would get it works until {_at(shifts[0].end)}"
    return f"nobody who may do it is at work before {_at(shifts[0].start)}"


def _back(shifts: tuple[Shift, ...] | None) -> str:
    return f"; somebody is there again from {_at(shifts[0].start)}" if shifts else ""


def _at(instant: datetime) -> str:
    return instant.isoformat(timespec="minutes")
