"""The case desk: a person cancels, suspends, resumes or steers a case, each in one transaction.

An order stops a running worker: it raises the case's epoch in the statement that changes its status, so whatever the
worker writes afterwards is refused. The case's row is locked first, as in every flush of a worker; then tasks, timers,
subscriptions and clocks are changed, and the audit head last. What moved all the same is tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from graphs.audit import AuditRecord
from graphs.beside import ALONE, Beside
from graphs.compensation import UNRESOLVED, needs_compensation, originals, to_take_back
from graphs.deadlines.halt import resume_clocks, suspend_clocks
from graphs.errors import AlreadyAnswered, DefinitionMissing
from graphs.intake import check_reason, require
from graphs.orders import (
    COMPENSATING,
    SUSPENDED,
    OrderKind,
    check_cancel,
    check_resume,
    check_skipper,
    check_steerable,
    check_suspend,
    end_cancelled,
    let_go,
    place,
    state_of,
)
from graphs.process import ProcessDefinition
from graphs.resolution.outcome import Chosen, Did, record_outcome
from graphs.runtime.services import Services
from graphs.steering import CaseMoved, StepNotSkippable, check_retry, check_skip
from graphs.store.database import UnitOfWork
from graphs.store.inbox import WITHDRAWN
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Effect
from policies.fact import FactValue

CANCEL = "case.cancel"
SUSPEND = "case.suspend"
STEER = "case.steer"
ATTEMPTS = 5
Done = TypeVar("Done")
Change = Callable[[UnitOfWork, Case], Awaitable[Done]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixing:
    """A fix of an incident that is carried out, and what it corrects.

    `fix` says by which case and under which key, where an agent proposed it; `corrected` what a person corrects, as
    the outcome of a proposal reads it.
    """

    incident: str
    fix: Mapping[str, Any] = field(default_factory=dict)
    patch: Mapping[str, Any] = field(default_factory=dict)
    corrected: str = ""

    def recorded(self) -> dict[str, Any]:
        """As it stands in the order, which the case finds at its next claim."""
        corrected = {"patch": dict(self.patch)} if self.patch else {}
        return {"incident": self.incident, **({"fix": dict(self.fix)} if self.fix else {}), **corrected}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDesk:
    """Takes orders about cases; what is `beside` an order belongs to its transaction.

    Every method raises `PermissionMissing`, `NotFound`, and `CaseMoved` when the case keeps moving under its hands.
    """

    services: Services
    beside: Beside = ALONE

    async def cancel(self, actor: Actor, case_id: str, reason: str) -> Case:
        """Cancel the case; with effects to take back, or whose outcome is unknown, it is `compensating` first.

        Its tasks, timers and waits are withdrawn, its incidents closed. Raises `Invalid`, `CaseNotSteerable`.
        """
        require(actor, CANCEL)
        check_reason(reason)

        async def change(unit: UnitOfWork, case: Case) -> Case:
            await check_cancel(unit, case)
            steerings = Steerings(unit.session)
            now = self.services.clock()
            await self._record_outcome(unit, actor, case, did="cancel")
            await let_go(unit, case, actor, now=now)
            if not await steerings.move(case, COMPENSATING, now=now, attempt=0):
                raise CaseMoved(f"case {case.id} moved")
            for order in await steerings.open(case.id, "suspend", "retry", "skip", "fork"):
                await steerings.end(order.id, status=WITHDRAWN, now=now)
            order = await place(unit, actor, case, "cancel", now=now, reason=reason)
            if self._must_take_back(case, await unit.effects.of_case(case.id)):
                await unit.jobs.advance_first(actor.tenant, case.id)
            else:
                await end_cancelled(unit, case, order, epoch=case.epoch + 1, now=now)
            return await unit.cases.get(case.id)

        return await self._change(actor, case_id, change)

    async def suspend(self, actor: Actor, case_id: str, reason: str) -> Case:
        """Stop the case until it is resumed: no worker advances it, its deadlines pause.

        Answers and messages that come meanwhile are kept. Raises `Invalid`, `CaseNotSteerable`.
        """
        require(actor, SUSPEND)
        check_reason(reason)

        async def change(unit: UnitOfWork, case: Case) -> Case:
            check_suspend(case)
            steerings, now = Steerings(unit.session), self.services.clock()
            await unit.timers.pause(case.id)
            await suspend_clocks(unit, case.id, now=now)
            if not await steerings.move(case, SUSPENDED, now=now):
                raise CaseMoved(f"case {case.id} moved")
            await place(unit, actor, case, "suspend", now=now, reason=reason, data={"was": case.status})
            return await unit.cases.get(case.id)

        return await self._change(actor, case_id, change)

    async def resume(self, actor: Actor, case_id: str) -> Case:
        """Let a suspended case go on as what it was; deadlines are later by the time it was suspended.

        What came meanwhile is applied now. Raises `CaseNotSteerable`.
        """
        require(actor, SUSPEND)

        async def change(unit: UnitOfWork, case: Case) -> Case:
            check_resume(case)
            steerings, now = Steerings(unit.session), self.services.clock()
            [suspended] = await steerings.open(case.id, "suspend")
            await unit.inbox.postpone(case.id, now - suspended.ordered_at)
            await unit.timers.resume(case.id, later=now - suspended.ordered_at)
            await resume_clocks(unit, case, self.services.level_shelf, now=now)
            if not await steerings.move(case, "running", now=now, attempt=0):
                raise CaseMoved(f"case {case.id} moved")
            # What came at this very moment has changed the order, and this statement waits for it.
            order = await steerings.end(suspended.id, status="applied", now=now)
            if order is None:
                raise CaseMoved(f"case {case.id} moved")
            status = str(order.data["was"])
            await unit.cases.change(case.id, epoch=case.epoch + 1, status=status)
            # Whatever it waited for may have come meanwhile: the worker looks.
            await unit.jobs.advance_first(actor.tenant, case.id)
            values = {"order": order.id, "status": status, "since": order.ordered_at}
            resumed = AuditRecord(kind="case.resumed", actor=actor.user_id, case_id=case.id, values=values)
            unit.record(actor.tenant, resumed)
            return await unit.cases.get(case.id)

        return await self._change(actor, case_id, change)

    async def retry(
        self, actor: Actor, case_id: str, from_step: str, reason: str, *, fixing: Fixing | None = None
    ) -> Case:
        """Let a waiting or stopped case go on from an earlier step.

        `fixing` is the fix of an incident that this carries out, and only while that one is open. Raises `Invalid`,
        `CaseNotSteerable`, `AlreadyAnswered`, and what `check_retry` does.
        """
        require(actor, STEER)
        check_reason(reason)

        async def change(unit: UnitOfWork, case: Case) -> Case:
            if fixing is not None and (await unit.incidents.get(fixing.incident)).status != "open":
                raise AlreadyAnswered(f"incident {fixing.incident} is closed")
            check_retry(self.services.definition_of(case), await state_of(unit, case), from_step)
            if fixing is None or not fixing.fix:
                corrected = fixing.corrected if fixing else ""
                did: Did = "correct" if corrected else "steer"
                await self._record_outcome(unit, actor, case, did=did, step=corrected or from_step)
            data = {"data": fixing.recorded()} if fixing else {}
            return await self._steer(unit, actor, case, "retry", step=from_step, reason=reason, **data)

        return await self._change(actor, case_id, change)

    async def skip(
        self, actor: Actor, case_id: str, step: str, reason: str, *, facts: Mapping[str, FactValue] | None = None
    ) -> Case:
        """Let a waiting or stopped case go on behind the step it stands at, with facts that the person gives.

        In a cancellation that stopped, the step is an effect, and skipping means: it was taken back by hand. Raises
        `Invalid`, `CaseNotSteerable`, `DutiesConflict` for who started the case, and what `check_skip` does.
        """
        require(actor, STEER)
        check_reason(reason)

        async def change(unit: UnitOfWork, case: Case) -> Case:
            check_skipper(case, actor)
            if case.status == "incident" and await Steerings(unit.session).open(case.id, "cancel"):
                return await self._waive(unit, actor, case, step, reason)
            given = dict(facts or {})
            check_skip(self.services.definition_of(case), await state_of(unit, case), step, given)
            return await self._steer(unit, actor, case, "skip", step=step, reason=reason, data={"facts": given})

        return await self._change(actor, case_id, change)

    async def _record_outcome(self, unit: UnitOfWork, actor: Actor, case: Case, *, did: Did, step: str = "") -> None:
        """What the person does about an incident says whether the fix that an agent proposed was right."""
        stopped = [incident for incident in await unit.incidents.of_case(case.id) if incident.status == "open"]
        chosen = Chosen(did=did, at=self.services.clock(), step=step)
        await record_outcome(unit, self.services.registry, actor, stopped, chosen)

    async def _change(self, actor: Actor, case_id: str, change: Change[Done]) -> Done:
        for attempt in count(1):
            try:
                async with self.services.database.unit_of_work(actor.tenant) as unit:
                    await unit.cases.lock(case_id)
                    await self.beside.before(unit)
                    changed = await change(unit, await unit.cases.get(case_id))
                    await self.beside.after(unit)
                    return changed
            except CaseMoved:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _must_take_back(self, case: Case, effects: Sequence[Effect]) -> bool:
        """Without its definition nobody knows how the case takes effects back: the worker's incident will say so."""
        try:
            return bool(effects) and needs_compensation(self.services.definition_of(case), effects)
        except DefinitionMissing:
            return True

    async def _steer(
        self, unit: UnitOfWork, actor: Actor, case: Case, kind: OrderKind, *, step: str, reason: str, **data: Any
    ) -> Case:
        """Stop the case where it stands, and record the order that the runtime applies at the next claim."""
        await check_steerable(unit, case)
        steerings, now = Steerings(unit.session), self.services.clock()
        await let_go(unit, case, actor, now=now)
        if not await steerings.move(case, "running", now=now, attempt=0):
            raise CaseMoved(f"case {case.id} moved")
        await place(unit, actor, case, kind, now=now, step=step, reason=reason, **data)
        await unit.jobs.advance_first(actor.tenant, case.id)
        return await unit.cases.get(case.id)

    async def _waive(self, unit: UnitOfWork, actor: Actor, case: Case, step: str, reason: str) -> Case:
        """The effect of `step` was taken back by hand, or never happened: the cancellation goes on without it."""
        steerings = Steerings(unit.session)
        pending = await still_to_take_back(unit, self.services.definition_of(case), case)
        effect = next((found for found in pending if found.step == step), None)
        if effect is None:
            raise StepNotSkippable(f"{step!r} has no effect that is still to be taken back")
        now = self.services.clock()
        await unit.incidents.close_all(case.id, by=actor.user_id, now=now)
        if not await steerings.move(case, COMPENSATING, now=now, attempt=0):
            raise CaseMoved(f"case {case.id} moved")
        data = {"effect": effect.idempotency_key}
        order = await place(unit, actor, case, "waive", now=now, step=step, reason=reason, data=data)
        await steerings.end(order.id, status="applied", now=now)
        await unit.jobs.advance_first(actor.tenant, case.id)
        return await unit.cases.get(case.id)


async def still_to_take_back(unit: UnitOfWork, definition: ProcessDefinition, case: Case) -> list[Effect]:
    """Effects of a cancelled case that nobody has taken back: first those of which nobody knows whether they were."""
    effects, waived = await unit.effects.of_case(case.id), await Steerings(unit.session).waived(case.id)
    unresolved = [one for one in originals(effects) if one.status in UNRESOLVED]
    unresolved = [one for one in unresolved if one.idempotency_key not in waived]
    return [*unresolved, *to_take_back(definition, effects, waived=waived)]
