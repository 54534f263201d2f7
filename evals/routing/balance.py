"""What a week says of how it was given out: how even, how soon, how often to somebody else, and to whom wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.routing.allowed import has_ability, has_right
from evals.routing.office import DAY, HORIZON, WORKDAYS, Office
from evals.routing.week import Given, Played


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One week.

    `unevenness` is the Gini coefficient of what people in a team really had to do, hour by hour. `busiest` is how many
    times the mean share of their own time the busiest of a team was given. `hours` pass on average until somebody
    begins a task; `late` is the share that was not done in time; `moved` the share that went to somebody else than the
    last about the same, or changed hands later.
    """

    unevenness: float
    busiest: float
    hours: float
    late: float
    moved: float


def balance_of(played: Played) -> Balance:
    """The figures of a week."""
    ginis = [found for found in map(gini, played.loads) if found is not None]
    tasks = played.office.arrivals
    waits = [_began(played, task.number) - task.at for task in tasks]
    late = sum(task.number not in played.done or played.done[task.number][1].ended > task.due for task in tasks)
    again = [one for one in played.given if one.moved is not None]
    return Balance(
        unevenness=_mean(ginis),
        busiest=_mean([_busiest(played, role) for role in played.office.teams]),
        hours=_mean(waits) / 60,
        late=late / len(tasks),
        moved=_mean([float(bool(one.moved) or one.anew) for one in again]),
    )


def gini(loads: Sequence[float]) -> float | None:
    """Gini's coefficient: 0 where all have the same, near 1 where one has everything; None where nobody has anything.

    The mean absolute difference of all pairs, halved, over the mean.
    """
    total = sum(loads)
    if len(loads) < 2 or total <= 0:
        return None
    ordered = sorted(loads)
    weighted = sum((2 * place - len(ordered) - 1) * load for place, load in enumerate(ordered, start=1))
    return weighted / (len(ordered) * total)


def _busiest(played: Played, role: str) -> float:
    """Whom a team's tasks went to in the end, each by the share of their own working time that they took."""
    minutes = dict.fromkeys(sorted(played.office.teams[role]), 0.0)
    for login, done in played.done.values():
        if login in minutes:
            minutes[login] += done.task.takes
    shares = [taken / _own_time(played.office, login) for login, taken in minutes.items()]
    mean = _mean(shares)
    return max(shares) / mean if mean else 1.0


def _own_time(office: Office, login: str) -> float:
    week = WORKDAYS * DAY
    return max(1.0, sum(min(end, week) - start for start, end in office.spans(login) if start < week))


def _began(played: Played, number: int) -> float:
    found = played.done.get(number)
    return found[1].began if found is not None else float(HORIZON)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """How many tasks went to somebody who should not have had them, by what was wrong; and how many went where."""

    excluded: int
    authority: int
    ability: int
    full: int
    away: int
    above: int
    nobody: int
    asleep: int
    given: int


def wrong_in(played: Played) -> Wrong:
    """What was wrong, as `evals.routing.allowed` and the office's own hours say."""
    given = played.given
    return Wrong(
        excluded=sum(one.to in one.task.excluded for one in given),
        authority=sum(_lacks_authority(played.office, one) for one in given),
        ability=sum(_lacks_ability(played.office, one) for one in given),
        full=sum(one.full for one in given),
        away=sum(one.away for one in given),
        above=sum(bool(one.right.able) and one.to not in one.right.able for one in given),
        nobody=sum(one.to is None and bool(one.right.takers) for one in given),
        asleep=sum(one.some_at_work and not one.at_work for one in given),
        given=len(given),
    )


def _lacks_authority(office: Office, one: Given) -> bool:
    if one.to is None or one.to in one.task.excluded:
        return False
    return not has_right(office.people[one.to], one.task)


def _lacks_ability(office: Office, one: Given) -> bool:
    """Of whoever has the role: a superior takes what nobody is able to do."""
    if one.to is None or not one.right.able:
        return False
    return not has_ability(office.people[one.to], one.task)
