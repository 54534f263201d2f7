"""What a person could do about a clock that is likely to be breached, each with the probability under it.

Nothing is done. Whoever reassigns or pauses is checked then, and again when the task is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphs.forecast.forecast import Forecast, Option
from graphs.forecast.foresight import Assumed, Foresight
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.store.asked_tasks import APPROVAL
from graphs.store.forecasts import Forecasts
from graphs.store.people import RosterEntry
from graphs.store.tables import Task
from policies.forecast_sentence import percent
from policies.money import money_text
from policies.service_level import Scope

WORTH = 0.01
"""An option that makes less of a difference is not named."""
CANDIDATES = 20
"""So many people, those with the fewest open tasks, are looked at."""


async def with_options(
    foresight: Foresight, forecast: Forecast, roster: Iterable[RosterEntry], *, candidates: int = CANDIDATES
) -> Forecast:
    """The forecast with what would help, the best first; so many people are looked at for it."""
    place, now = forecast.place, forecast.probability
    if place is None or now is None:
        return forecast
    found = [*await _of_task(foresight, forecast, place.task, roster, candidates), *await _pauses(foresight, forecast)]
    worth = [option for option in found if option.probability <= now - WORTH]
    return replace(forecast, options=tuple(sorted(worth, key=lambda option: (option.probability, option.sentence))))


async def _of_task(
    foresight: Foresight, forecast: Forecast, task: Task | None, roster: Iterable[RosterEntry], candidates: int
) -> list[Option]:
    if task is None:
        return []
    found: list[Option] = []
    if forecast.place is not None and forecast.place.ahead:
        assumed = Assumed(performer=task.assignee_id, ahead=0)
        first = await foresight.of(forecast.clock, forecast.place, assumed=assumed)
        if first.probability is not None:
            told = f"do it before what is before it: {percent(first.probability)}"
            found.append(Option(kind="do_first", sentence=told, probability=first.probability))
    able = [entry for entry in roster if entry.user_id != task.assignee_id and refusal(entry, task) is None]
    freest = sorted(able, key=lambda one: (one.open_tasks, one.login))[:candidates]
    before = Forecasts(foresight.unit.session, foresight.tenant)
    ahead = await before.before_in_inboxes([entry.user_id for entry in freest], task)
    for entry in freest:
        other = await had_by(foresight, forecast, entry, ahead=ahead[entry.user_id])
        if other.probability is not None:
            told = f"reassign to {entry.name}: {percent(other.probability)}"
            option = Option(kind="reassign", sentence=told, probability=other.probability, user_id=entry.user_id)
            found.append(option)
    return found


async def reassigned(foresight: Foresight, forecast: Forecast, task: Task, entry: RosterEntry) -> Forecast:
    """The forecast, had the person the task."""
    ahead = await Forecasts(foresight.unit.session, foresight.tenant).before_in_inboxes([entry.user_id], task)
    return await had_by(foresight, forecast, entry, ahead=ahead[entry.user_id])


async def had_by(foresight: Foresight, forecast: Forecast, entry: RosterEntry, *, ahead: int) -> Forecast:
    """The forecast, had the person the task with so many before it."""
    assumed = Assumed(performer=entry.user_id, ahead=ahead)
    return await foresight.of(forecast.clock, forecast.place, assumed=assumed)


async def _pauses(foresight: Foresight, forecast: Forecast) -> list[Option]:
    """Where the case waits for somebody outside: asking, and pausing for a reason that the level names meanwhile.

    What is left of the step does not count then. A clock of the step itself would only be stopped from telling.
    """
    clock, place = forecast.clock, forecast.place
    if clock.status != "running" or clock.level is None or place is None or place.task is not None:
        return []
    if clock.scope in (Scope.STEP, Scope.TASK):
        return []
    assumed = Assumed(performer=place.performer, ahead=place.ahead, paused=True)
    paused = await foresight.of(clock, place, assumed=assumed)
    if paused.probability is None:
        return []
    return [
        Option(
            kind="pause",
            sentence=f"ask, and pause the clock for {one.reason} until the answer: {percent(paused.probability)}",
            probability=paused.probability,
            reason=one.reason,
        )
        for one in clock.level.pauses
    ]


def refusal(entry: RosterEntry, task: Task) -> str | None:
    """Why the person's answer to the task would be refused; None where it would not.

    Duties that are looked up when it is answered are not looked up here.
    """
    if entry.user_id in task.excluded:
        return f"{entry.name} started this case or approved it before"
    if task.role not in entry.roles and SUPERVISOR_ROLE not in entry.roles:
        return f"the task is for the role {task.role!r}, which {entry.name} does not have"
    if task.required_limit_minor is None or task.currency is None:
        return None
    on, matter = task.created_at.date(), task.matter or APPROVAL
    limit = entry.limit(matter=matter, currency=task.currency, entity=task.entity, on=on)
    if limit is None or limit < task.required_limit_minor:
        needed = money_text(task.required_limit_minor, task.currency)
        return f"{entry.name} may approve up to {money_text(limit or 0, task.currency)}; this needs {needed}"
    return None
