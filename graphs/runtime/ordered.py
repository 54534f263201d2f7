"""A person's order is carried out by the worker that holds the case: retry from a step, skip, fork."""

from __future__ import annotations

from datetime import datetime

from graphs.messages import match_early
from graphs.orders import apply_order
from graphs.process import ProcessDefinition
from graphs.runtime.run import view_of
from graphs.runtime.services import Services
from graphs.runtime.waits import waits_of
from graphs.steering import Steered
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.messages import Messages
from graphs.store.threads import Threads


async def carry_out(services: Services, case: LeasedCase, definition: ProcessDefinition) -> bool:
    """Write the open order of the case into its journal; says whether there was one.

    The checkpoint goes: the case enters where its journal says. Raises what `apply_order` does, or `LeaseLost`.
    """
    now = services.clock()
    async with services.database.unit_of_work(case.tenant) as unit:
        await unit.cases.lock(case.id)
        row = await unit.cases.get(case.id)
        steered = await apply_order(unit, definition, row, now=now)
        if steered is None:
            return False
        await unit.cases.change(case.id, epoch=case.epoch, journaled=row.journaled + 1, updated_at=now)
        await Threads(unit.session).delete([case.id])
        await _prepare_wait(unit, case, definition, steered, now=now)
    return True


async def _prepare_wait(
    unit: UnitOfWork, case: LeasedCase, definition: ProcessDefinition, steered: Steered, *, now: datetime
) -> None:
    """Set the timer or the subscription of the step that the order leads to, as the step before it would have."""
    state = steered.after
    waits = waits_of(definition.step(steered.enters), view_of(case, state), state["visits"], now=now)
    if waits.timer is not None:
        await unit.timers.set(waits.timer)
    if waits.subscription is not None and await Messages(unit.session).subscribe(waits.subscription):
        await match_early(unit, waits.subscription, now=now)
