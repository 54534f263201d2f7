"""Kill switches: a person stops a tool, a process or an agent; what was stopped goes on when it is on again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.intake import check_reason, require
from graphs.refusals import SwitchedOff
from graphs.runtime.services import Services
from graphs.store.admission import WAITS_FOR_SWITCH, Switches, waiting_for
from graphs.store.admission_tables import Switch
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.tables import Timer

SET = "switch.set"
READ = "case.read"
LOOK_AGAIN = timedelta(hours=1)
"""A stopped case looks by itself this often, should it not be woken."""
SEEN_EVERYWHERE = timedelta(seconds=1)
"""After this every worker knows of a switch that was turned, or of limits that were set."""


class SwitchScope(StrEnum):
    """What a switch stops: every call of a tool, all calls of a process, or all calls of an agent."""

    TOOL = "tool"
    PROCESS = "process"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """A switch, who turned it, and how many cases wait for it."""

    switch: Switch
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDesk:
    """Turns switches, each with its audit entry and the jobs of the cases that go on, in one transaction."""

    services: Services

    async def listed(self, actor: Actor) -> list[SwitchState]:
        """Every switch that was ever turned, those that are off first. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            switches = Switches(unit.session)
            return with_waiting(await switches.listed(), await switches.waiting())

    async def set(self, actor: Actor, scope: SwitchScope, name: str, *, off: bool, reason: str) -> SwitchState:
        """Turn a switch. Turning it as it stands changes nothing.

        Raises `PermissionMissing`, `Invalid` without a reason, or `NotFound` when nothing of that name could stop.
        """
        require(actor, SET)
        self._check(actor.tenant, scope, name)
        check_reason(reason)
        wanted = Switch(
            tenant=actor.tenant,
            scope=scope.value,
            name=name,
            off=off,
            reason=reason,
            set_by=actor.user_id,
            since=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            switches = Switches(unit.session)
            before = await switches.lock(scope.value, name)
            if before is not None and before.off == off:
                [state] = with_waiting([before], await switches.waiting())
                return state
            await switches.set(wanted)
            woken = [] if off else await switches.wake(scope.value, name)
            for case_id in woken:
                await unit.jobs.advance(actor.tenant, case_id)
            values = {"scope": scope.value, "name": name, "off": off, "reason": reason, "woken": len(woken)}
            unit.record(actor.tenant, AuditRecord(kind="switch.set", actor=actor.user_id, values=values))
        return SwitchState(switch=wanted, waiting=0)

    def _check(self, tenant: str, scope: SwitchScope, name: str) -> None:
        """A switch with a mistyped name would stop nothing while somebody relies on it."""
        match scope:
            case SwitchScope.TOOL:
                known = {tool.name for tool in self.services.catalogs(tenant)}
            case SwitchScope.PROCESS:
                known = {definition.name for definition in self.services.registry}
            case SwitchScope.AGENT:
                known = {step.asks.name for definition in self.services.registry for step in definition.agent_steps}
            case _:
                assert_never(scope)
        if name not in known:
            raise NotFound(f"no {scope} is called {name!r}; there are {', '.join(sorted(known))}")


async def park_until_on(
    unit: UnitOfWork, stopped: SwitchedOff, *, tenant: str, case_id: str, visit: int, now: datetime
) -> datetime:
    """Let the case go on as soon as the switch is on again; returns the instant at which it looks by itself.

    To be called in the transaction that parks the case; `visit` tells its parkings apart (the lease's epoch). The
    switch's row is locked: whoever turns it on meanwhile either finds the timer or is found here.
    """
    switch = await Switches(unit.session).lock(stopped.scope, stopped.name, share=True)
    if switch is None or not switch.off:
        at = now + SEEN_EVERYWHERE
        await unit.jobs.look_again(tenant, case_id, at)
        return at
    timer = Timer(
        id=str(uuid.uuid4()),
        tenant=tenant,
        case_id=case_id,
        subject=WAITS_FOR_SWITCH,
        subject_id=waiting_for(stopped.scope, stopped.name, case_id),
        visit=visit,
        due_at=now + LOOK_AGAIN,
        status="set",
    )
    await unit.timers.set(timer)  # the sweep fires what is due
    return timer.due_at


def with_waiting(switches: Sequence[Switch], waiting: Mapping[str, int]) -> list[SwitchState]:
    """Each switch with the number of cases that wait for it."""
    return [SwitchState(switch=switch, waiting=waiting.get(f"{switch.scope}/{switch.name}", 0)) for switch in switches]
