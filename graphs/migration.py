"""Migration: chosen cases go on with another version of their process, each in a transaction of its own.

A case keeps its journal as it was written. What is recorded is how the names of its steps are read from now on
(`case.migrated`), and its checkpoint is made anew: it stands where the case stands, under the new names, and holds
the whole state, so that nothing of the journal has to be run again. A question that a person has not answered yet
lapses and is asked anew under the new version, since an approval counts only for the version that its reviewer saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound
from graphs.intake import require
from graphs.past import MIGRATED, Names, Past, past_of, renamed_past, state_of
from graphs.process import ProcessDefinition
from graphs.rehearsal import CaseRehearsal, Fit, Rehearser
from graphs.runtime.services import Services
from graphs.runtime.standing import stand_before
from graphs.runtime.visit import timer_id
from graphs.state import EMPTY, CaseState
from graphs.steps import INTERRUPTING, ReviewStep, TimerStep
from graphs.store.cases import ENDED
from graphs.store.database import UnitOfWork
from graphs.store.live_cases import LiveCases
from graphs.store.people import Actor
from graphs.store.tables import Case, Checkpoint, Task

MIGRATE = "process.migrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done: from which version to which, under which names, and why.

    With `only_fitting`, a case that went another way than the new version would have is left where it is.
    """

    source: str
    target: str
    names: Names
    reason: str
    only_fitting: bool = True
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What became of one case: `moved`, or why not. In a dry run `moved` says that it would have been."""

    case_id: str
    moved: bool
    why: str | None = None
    stands_at: str | None = None
    lapsed: tuple[str, ...] = ()


class NotMovable(Exception):
    """Why a case stays where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the case will stand: the state there, the next step, its wait, and the tasks that lapse."""

    state: CaseState
    step: str
    waits: Mapping[str, Any] | None
    lapsing: Sequence[Task]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationDesk:
    """Moves cases on a person's order."""

    services: Services

    async def migrate(self, actor: Actor, order: Order, case_ids: Sequence[str]) -> list[Migrated]:
        """Move these cases, each by itself; one that cannot be moved says why and stays as it is.

        Raises `PermissionMissing`, `NotFound` for a target that is not registered, `Invalid` without a reason or
        for a mapping that cannot be meant.
        """
        require(actor, MIGRATE)
        target = self.services.registry.named(order.target)
        if not order.reason.strip():
            raise Invalid("reason: say why, for those who find the case elsewhere")
        if order.source.partition("@")[0] != target.name:
            raise Invalid(f"{order.source} and {order.target} are versions of different processes")
        rehearser = Rehearser(services=self.services, definition=target, names=order.names)
        return [await self._one(actor, order, rehearser, case_id) for case_id in case_ids]

    async def _one(self, actor: Actor, order: Order, rehearser: Rehearser, case_id: str) -> Migrated:
        try:
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                case, tasks = await LiveCases(unit.session).lock(case_id)
                rehearsed = await self._movable(unit, order, rehearser, case)
                told = renamed_past(past_of(await unit.audit_log.of_case(case_id)), order.names)
                place = await self._place(unit, case, rehearser.definition, told, tasks)
                if not order.dry_run:
                    await self._move(unit, actor, order, case, rehearser.definition, place)
        except (NotMovable, NotFound) as refused:
            return Migrated(case_id=case_id, moved=False, why=str(refused))
        lapsed = tuple(task.id for task in place.lapsing)
        return Migrated(case_id=case_id, moved=True, stands_at=rehearsed.stands_at, lapsed=lapsed)

    async def _movable(self, unit: UnitOfWork, order: Order, rehearser: Rehearser, case: Case) -> CaseRehearsal:
        """How it fits. Raises `NotMovable`."""
        pinned = f"{case.process}@{case.version}"
        if pinned != order.source:
            raise NotMovable(f"it is pinned to {pinned}")
        if case.status in ENDED:
            raise NotMovable(f"it has ended: {case.status}")
        if case.lease_until is not None and case.lease_until >= self.services.clock():
            raise NotMovable("a worker is advancing it: try again")
        rehearsed = await rehearser.of(unit, case)
        fine = (Fit.FITS,) if order.only_fitting else (Fit.FITS, Fit.DIVERGES)
        if rehearsed.fit not in fine:
            raise NotMovable(f"{rehearsed.fit}: {'; '.join(rehearsed.reasons)}")
        return rehearsed

    async def _place(
        self, unit: UnitOfWork, case: Case, target: ProcessDefinition, told: Past, open_tasks: Sequence[Task]
    ) -> _Place:
        """Where the case will stand: at a review's own step, so that what is asked is judged anew.

        Raises `NotMovable` while an answer is still to be applied.
        """
        if not told:
            return _Place(state=EMPTY, step=target.start, waits=None, lapsing=())
        state = state_of(told)
        used = await self._numbers_used(unit, case)
        visits = {name: max(state["visits"].get(name, 0), used.get(name, 0)) for name in {*state["visits"], *used}}
        step = target.step(state["route"])
        waits: Mapping[str, Any] | None = None
        if isinstance(step, TimerStep):
            visit = visits.get(step.name, 0) + 1
            waits = {"kind": "timer", "step": step.name, "visit": visit, "timer": timer_id(case.id, step.name, visit)}
        elif isinstance(step, ReviewStep):
            if not open_tasks and case.status != "incident":
                raise NotMovable("it has an answer that is not applied yet: let it go on first")
            step = target.step(step.of)
        elif step.kind in INTERRUPTING:
            raise NotMovable(f"it waits at {step.name}, a {step.kind}: such a wait cannot be moved")
        stands: CaseState = {"data": state["data"], "visits": visits, "route": step.name}
        return _Place(state=stands, step=step.name, waits=waits, lapsing=open_tasks)

    async def _numbers_used(self, unit: UnitOfWork, case: Case) -> dict[str, int]:
        """The highest visit that journal or tasks know by a step's name: no number is given twice."""
        used: dict[str, int] = {}
        for visit in await unit.journal.of_case(case.id):
            used[visit.name] = max(used.get(visit.name, 0), visit.visit)
        for task in await LiveCases(unit.session).tasks(case.id):
            used[task.step] = max(used.get(task.step, 0), task.visit)
        return used

    async def _move(
        self,
        unit: UnitOfWork,
        actor: Actor,
        order: Order,
        case: Case,
        target: ProcessDefinition,
        place: _Place,
    ) -> None:
        now = self.services.clock()
        live = LiveCases(unit.session)
        unit.record(case.tenant, moved(actor, order, case, target, place, now=now))
        for task in place.lapsing:
            await live.lapse(task, now=now)
        if place.waits is not None:
            await self._keep_timer(live, case, order, place)
        status = "running" if case.status == "waiting" and place.waits is None else case.status
        await live.move(
            case,
            await self._checkpoint(case, place) if case.journaled else None,
            version=target.version,
            definition_digest=target.digest,
            status=status,
            step=order.names.get(case.step, case.step),
            updated_at=now,
        )
        if status == "running":
            await unit.jobs.advance(case.tenant, case.id)

    async def _checkpoint(self, case: Case, place: _Place) -> Checkpoint:
        made = await stand_before(
            place.step,
            place.state,
            tenant=case.tenant,
            case_id=case.id,
            seal=self.services.seal,
            waits=place.waits,
        )
        return Checkpoint(
            tenant=case.tenant,
            thread=case.id,
            namespace="",
            slot="",
            id=made.id,
            covered=case.journaled,
            data=made.data,
            writes=made.writes,
        )

    async def _keep_timer(self, live: LiveCases, case: Case, order: Order, place: _Place) -> None:
        """The instant that the case was promised stands, whatever its step is called now."""
        waits = place.waits or {}
        before = {new: old for old, new in order.names.items()}.get(place.step, place.step)
        for number in range(waits["visit"], 0, -1):
            old, subject = timer_id(case.id, before, number), f"{case.id}/{place.step}"
            if await live.rename_timer(old, to=waits["timer"], subject_id=subject, visit=waits["visit"]):
                return
        raise NotMovable(f"the timer of {before} is not there")


def moved(
    actor: Actor, order: Order, case: Case, target: ProcessDefinition, place: _Place, *, now: datetime
) -> AuditRecord:
    """What is recorded: it also tells how the journal before it is to be read."""
    values = {
        "from": {"process": f"{case.process}@{case.version}", "digest": case.definition_digest},
        "to": {"process": target.reference, "digest": target.digest},
        "mapping": dict(order.names),
        "reason": order.reason,
        "by": actor.user_id,
        "at": now,
        "visits": place.state["visits"],
        "route": place.step,
        "lapsed": [task.id for task in place.lapsing],
    }
    return AuditRecord(kind=MIGRATED, actor=actor.user_id, case_id=case.id, step=place.step, values=values)
