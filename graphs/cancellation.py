"""The cancellation of a case by the worker that holds it: take back what it has done, then end it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from graphs.compensation import CompensatingRun, LedgerOf, compensate
from graphs.errors import Conflict
from graphs.orders import end_cancelled, state_of
from graphs.store.claims import LeasedCase
from graphs.store.database import Database
from graphs.store.steerings import Steerings
from graphs.store.tables import Effect


class NotCancelled(Conflict):
    """The case is compensating, and nobody has ordered it to be cancelled."""

    code = "not_cancelled"


class CancellingRun(CompensatingRun, Protocol):
    """A run of a case that is `compensating`."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def case(self) -> LeasedCase: ...
    @property
    def epoch(self) -> int: ...


async def finish_cancellation(run: CancellingRun, ledger_of: LedgerOf) -> None:
    """Take back what is left to take back, and end the case as cancelled. Safe to run again at any point.

    Raises what `compensate` does, `NotCancelled`, or `LeaseLost`.
    """
    case = run.case

    async def effects() -> Sequence[Effect]:
        async with run.database.unit_of_work(case.tenant) as unit:
            return await unit.effects.of_case(case.id)

    async with run.database.unit_of_work(case.tenant) as unit:
        orders = await Steerings(unit.session).open(case.id, "cancel")
        state, waived = await state_of(unit, case), await Steerings(unit.session).waived(case.id)
    if not orders:
        raise NotCancelled(f"nobody has ordered case {case.id} to be cancelled")
    await compensate(run, state, effects, ledger_of, waived=waived)
    async with run.database.unit_of_work(case.tenant) as unit:
        await end_cancelled(unit, case, orders[0], epoch=run.epoch, now=run.clock())
