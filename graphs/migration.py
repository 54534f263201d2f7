"""Migration: chosen cases go on with another version of their process, each in a transaction of its own.

A case keeps its journal as it was written. The move is one more entry of it, `case.migrated`: it says how the names of
the steps before it are read, and puts into the state what the new names need. The checkpoint goes, so that the case
enters where its journal leads, and nothing that ran runs again. A question that a person has not answered yet lapses
and is asked anew, since an approval counts only for the version that its reviewer saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.past import MIGRATED, Names, past_of, renamed_past, state_of
from graphs.process import ProcessDefinition
from graphs.rehearsal import CaseRehearsal, Fit, Rehearser
from graphs.runtime.services import Services
from graphs.runtime.waits import timer_id
from graphs.state import CaseState
from graphs.steps import HandStep, ReviewStep, TimerStep, WaitStep
from graphs.store.database import UnitOfWork
from graphs.store.live_cases import LiveCases, LockedCase
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Case, Task

MIGRATE = "process.migrate"
MOVABLE = ("running", "waiting", "incident")


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
    """Where the case will stand: what the move puts into its state, the step it enters, the tasks that lapse."""

    update: Mapping[str, Any] | None
    enters: str
    timer_visit: int | None = None
    lapsing: Sequence[Task] = ()


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
        check_reason(order.reason)
        if order.source.partition("@")[0] != target.name:
            raise Invalid(f"{order.source} and {order.target} are versions of different processes")
        rehearser = Rehearser(services=self.services, definition=target, names=order.names)
        return [await self._one(actor, order, rehearser, case_id) for case_id in case_ids]

    async def _one(self, actor: Actor, order: Order, rehearser: Rehearser, case_id: str) -> Migrated:
        try:
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                locked = await LiveCases(unit.session).lock(case_id)
                rehearsed = await self._movable(unit, order, rehearser, locked)
                place = await place_of(unit, order.names, rehearser.definition, locked)
                if not order.dry_run:
                    await self._move(unit, actor, order, locked.case, rehearser.definition, place)
        except (NotMovable, NotFound) as refused:
            return Migrated(case_id=case_id, moved=False, why=str(refused))
        lapsed = tuple(task.id for task in place.lapsing)
        return Migrated(case_id=case_id, moved=True, stands_at=rehearsed.stands_at, lapsed=lapsed)

    async def _movable(self, unit: UnitOfWork, order: Order, rehearser: Rehearser, locked: LockedCase) -> CaseRehearsal:
        """How it fits. Raises `NotMovable`."""
        case = locked.case
        pinned = f"{case.process}@{case.version}"
        if pinned != order.source:
            raise NotMovable(f"it is pinned to {pinned}")
        if case.status not in MOVABLE:
            raise NotMovable(f"it is {case.status}")
        if locked.held:
            raise NotMovable("a worker is advancing it: try again")
        if await unit.timers.undoable(case.id):
            raise NotMovable("its answer may still be undone: try again")
        if await Steerings(unit.session).open(case.id, "cancel", "retry", "skip", "fork"):
            raise NotMovable("an order for it is not carried out yet: let it go on first")
        rehearsed = await rehearser.of(unit, case)
        fine = (Fit.FITS,) if order.only_fitting else (Fit.FITS, Fit.DIVERGES)
        if rehearsed.fit not in fine:
            raise NotMovable(f"{rehearsed.fit}: {'; '.join(rehearsed.reasons)}")
        return rehearsed

    async def _move(
        self, unit: UnitOfWork, actor: Actor, order: Order, case: Case, target: ProcessDefinition, place: _Place
    ) -> None:
        now = self.services.clock()
        live = LiveCases(unit.session)
        for task in place.lapsing:
            await live.lapse(task, now=now)
        if place.timer_visit is not None:
            await keep_timer(live, case, order.names, place)
        # Who waited for a person is judged anew; who waits for an instant or a message waits on.
        status = "running" if case.status == "waiting" and place.lapsing else case.status
        await live.move(
            case,
            version=target.version,
            definition_digest=target.digest,
            status=status,
            step=order.names.get(case.step, case.step),
            journaled=case.journaled + (1 if place.update is not None else 0),
            updated_at=now,
        )
        if status != "incident":
            await unit.jobs.advance(case.tenant, case.id)
        values: dict[str, Any] = {
            "from": {"process": f"{case.process}@{case.version}", "digest": case.definition_digest},
            "to": {"process": target.reference, "digest": target.digest},
            "mapping": dict(order.names),
            "reason": order.reason,
            "lapsed": [task.id for task in place.lapsing],
        }
        visit = None
        if place.update is not None:
            visit = 0
            stage, route = target.step(place.enters).stage, place.enters
            values["step"] = {"kind": "migrate", "stage": stage, "route": route, "started_at": now.isoformat()}
            values["update"] = place.update
        record = AuditRecord(
            kind=MIGRATED, actor=actor.user_id, case_id=case.id, step=place.enters, visit=visit, values=values
        )
        unit.record(case.tenant, record)


async def place_of(unit: UnitOfWork, names: Names, target: ProcessDefinition, locked: LockedCase) -> _Place:
    """Where the case will stand: at a review's own step, so that what is asked is judged anew. Raises `NotMovable`."""
    case = locked.case
    past = past_of(await unit.audit_log.of_case(case.id))
    if not past:
        return _Place(update=None, enters=target.start)
    state = state_of(renamed_past(past, names))
    used = await numbers_used(unit, case)
    visits = {name: max(state["visits"].get(name, 0), used.get(name, 0)) for name in {*state["visits"], *used}}
    step, timer_visit = target.step(state["route"]), None
    match step:
        case ReviewStep():
            if not locked.tasks and case.status != "incident":
                raise NotMovable("it has an answer that is not applied yet: let it go on first")
            step = target.step(step.of)
        case HandStep():
            raise NotMovable("somebody does it by hand: let them say first what came of it")
        case TimerStep():
            timer_visit = visits.get(step.name, 0) + 1
        case WaitStep() if step.name in names.values():
            raise NotMovable(f"it waits for a message at {step.name}: such a wait keeps its name")
        case _:
            pass
    update = {"data": renamed_sections(state, names), "visits": visits, "route": step.name}
    return _Place(update=update, enters=step.name, timer_visit=timer_visit, lapsing=locked.tasks)


def renamed_sections(state: CaseState, names: Names) -> dict[str, Any]:
    """What the state needs under new names; a refusal under an old one is no other step's."""
    if not names:
        return {}
    named: dict[str, Any] = {
        name: state["data"][name] for name in ("judgements", "results", "approvals") if name in state["data"]
    }
    refusals = {**dict.fromkeys(names), **(state["data"].get("refusals") or {})}
    return {**named, "refusals": refusals}


async def numbers_used(unit: UnitOfWork, case: Case) -> dict[str, int]:
    """The highest visit that journal or tasks know by a step's name: no number is given twice."""
    used: dict[str, int] = {}
    for visit in await unit.journal.of_case(case.id):
        used[visit.name] = max(used.get(visit.name, 0), visit.visit)
    for task in await LiveCases(unit.session).tasks(case.id):
        used[task.step] = max(used.get(task.step, 0), task.visit)
    return used


async def keep_timer(live: LiveCases, case: Case, names: Names, place: _Place) -> None:
    """The instant that the case was promised stands, whatever its step is called now. Raises `NotMovable`."""
    before = {new: old for old, new in names.items()}.get(place.enters, place.enters)
    visit = place.timer_visit or 1
    subject, new = f"{case.id}/{place.enters}", timer_id(case.id, place.enters, visit)
    for number in range(visit, 0, -1):
        if await live.rename_timer(timer_id(case.id, before, number), to=new, subject_id=subject, visit=visit):
            return
    raise NotMovable(f"the timer of {before} is not there")
