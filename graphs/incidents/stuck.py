"""Stuck cases: nobody moves them, and nothing will. They are put in motion, and if that does not help, a person must.

A case is stuck that is not finished and has no lease, no job, no timer, no task that could be answered, no message that
could come, and no open incident. It gets a job. If a worker has had it twice and gave it back as it was, or nobody took
it, an incident says what it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from graphs.errors import DefinitionMissing, EngineError
from graphs.incidents.advice import STUCK
from graphs.orders import state_of
from graphs.runtime.parking import Parking
from graphs.runtime.services import Services
from graphs.steering import StateErased, standing_at
from graphs.steps import AnyStep, ReviewStep, TimerStep, WaitStep
from graphs.store.cases import IdleCase
from graphs.store.database import UnitOfWork
from graphs.store.operation_tables import StuckCaseRow
from graphs.store.steerings import Steerings
from graphs.store.stuck import StuckCases
from graphs.store.tables import Case

IDLE = timedelta(seconds=6)
RAN, UNSEEN, LOST = 2, 5, 40
"""So often is a case put in motion that comes back as it was; that nobody takes; whose worker is lost with it."""
SLICE = 20_000
"""Cases at rest that one sweep looks at: the next goes on where it ended."""
FORGET_AFTER = timedelta(minutes=2)

log = structlog.get_logger(__name__)


class Stuck(EngineError):
    """Nobody moves the case, and it does not move when it is put in motion."""

    code = STUCK


@dataclass(slots=True, kw_only=True)
class StuckWatch:
    """Looks for stuck cases, in one worker at a time; remembers how far it has looked through those that rest."""

    services: Services
    _after: str = ""

    async def run(self, *tenants: str) -> int:
        """Put in motion what is stuck, and open incidents where that does not help; returns how many were moved."""
        hopeless: list[tuple[IdleCase, StuckCaseRow]] = []
        moved = 0
        async with self.services.database.unit_of_work(*tenants) as unit:
            if not await StuckCases(unit.session).alone():
                return 0
            found = await self._found(unit)
            known = await StuckCases(unit.session).known([idle.id for idle in found]) if found else {}
            for idle in found:
                row = self._counted(idle, known.get(idle.id))
                if is_hopeless(row):
                    hopeless.append((idle, row))
                    continue
                log.warning("case.forgotten", case_id=idle.id, status=idle.status)
                await unit.jobs.advance(idle.tenant, idle.id)
                await StuckCases(unit.session).keep(row)
                moved += 1
            if not found:
                await StuckCases(unit.session).forget(before=self.services.clock(), older=FORGET_AFTER)
        for idle, row in hopeless:
            await self._give_up(idle, row)
        return moved

    async def _found(self, unit: UnitOfWork) -> list[IdleCase]:
        now, stuck = self.services.clock(), StuckCases(unit.session)
        messages = self.services.registry.messages
        receivable = [(tenant, message) for tenant in await stuck.senders() for message in messages]
        resting = await stuck.resting(after=self._after, most=SLICE, receivable=receivable)
        self._after = resting.last if resting.seen == SLICE else ""
        return [*await unit.cases.forgotten(now=now, idle_for=IDLE), *resting.found]

    def _counted(self, idle: IdleCase, known: StuckCaseRow | None) -> StuckCaseRow:
        """What is known of the case now; it begins anew once the case has moved."""
        now = self.services.clock()
        same = known is not None and (known.status, known.journaled) == (idle.status, idle.journaled)
        if known is None or not same or (idle.status != "waiting" and idle.updated_at > known.nudged_at):
            return StuckCaseRow(
                case_id=idle.id,
                tenant=idle.tenant,
                status=idle.status,
                journaled=idle.journaled,
                epoch=idle.epoch,
                found_at=now,
                nudged_at=now,
            )
        lost, ran = idle.lease_owner is not None, idle.epoch > known.epoch
        counted = {
            "epoch": idle.epoch,
            "nudged_at": now,
            "lost": known.lost + lost,
            "ran": known.ran + (ran and not lost),
            "unseen": known.unseen + (not ran and not lost),
        }
        return known.model_copy(update=counted)

    async def _give_up(self, idle: IdleCase, row: StuckCaseRow) -> None:
        """Stop the case with an incident that says what it lacks, unless it has moved meanwhile."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(idle.tenant) as unit:
            case = await unit.cases.get(idle.id)
            if (case.status, case.epoch, case.journaled) != (idle.status, idle.epoch, idle.journaled):
                return
            error = Stuck(await lacking(unit, self.services, case, row))
            if not await Steerings(unit.session).move(case, "incident", now=now):
                return
            await Parking(services=self.services).record(unit, case, error, now=now)
            await StuckCases(unit.session).forget(idle.id)
        log.error("case.stuck", case_id=idle.id, status=idle.status)


def is_hopeless(row: StuckCaseRow) -> bool:
    """Whether putting it in motion once more would be of no use; what no worker may take is so at once."""
    return (
        row.status not in ("running", "waiting", "compensating")
        or row.ran >= RAN
        or row.unseen >= UNSEEN
        or row.lost >= LOST
    )


async def lacking(unit: UnitOfWork, services: Services, case: Case, row: StuckCaseRow) -> str:
    """What the case lacks, in words: names of steps and messages, no value of the case."""
    match case.status:
        case "incident":
            return "the case is stopped, and no open incident says why"
        case "suspended":
            return "the case is suspended, and no order says by whom: nobody could let it go on"
        case _:
            tried = _tried(row)
    try:
        here = standing_at(services.definition_of(case), await state_of(unit, case))
    except (DefinitionMissing, StateErased) as error:
        return f"the case is {case.status} and has nothing that moves it ({error}); {tried}"
    if case.status != "waiting":
        return f"the case is {case.status} at {here.name!r}, without a job, a timer or a worker; {tried}"
    return f"the case waits at {here.name!r} {await _waits(unit, services, case, here)}; {tried}"


async def _waits(unit: UnitOfWork, services: Services, case: Case, here: AnyStep) -> str:
    match here:
        case ReviewStep():
            tasks = await unit.inbox.states(case.id, here.name)
            return f"for a person's answer, and its task is {tasks[-1] if tasks else 'gone'}"
        case TimerStep():
            return "for an instant, and no timer is set"
        case WaitStep(message=message) if message not in services.registry.messages:
            return f"for the message {message!r}, which no process of this release receives"
        case WaitStep(message=message) if case.tenant not in await StuckCases(unit.session).senders():
            return f"for the message {message!r}, which nobody may send here: no active user has `message.send`"
        case WaitStep(message=message):
            return f"for the message {message!r}, and it would not receive it: its subscription is gone"
        case _:
            return f"although a step of kind {here.kind.value} waits for nothing"


def _tried(row: StuckCaseRow) -> str:
    parts: Sequence[tuple[int, str]] = (
        (row.ran, "came back as it was"),
        (row.unseen, "was taken by nobody"),
        (row.lost, "was lost with its worker"),
    )
    return "put in motion, it " + ", ".join(f"{what} {number}×" for number, what in parts if number)
