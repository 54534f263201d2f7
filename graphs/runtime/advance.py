"""Advance cases: take the lease, resume the graph, and see that none ever ends in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.cancellation import finish_cancellation
from graphs.errors import EngineError, LeaseLost
from graphs.messages import match_early
from graphs.orders import COMPENSATING
from graphs.quality.answered import end_probe
from graphs.quality.probe import is_probe
from graphs.refusals import NotAdmitted, SwitchedOff
from graphs.routing.people.reading import WorkforceReader
from graphs.runtime.agent_roster import AgentRoster
from graphs.runtime.assignment import Assignment
from graphs.runtime.clocks import clocks_of
from graphs.runtime.drain import Drain, Drained
from graphs.runtime.execution import Execution
from graphs.runtime.failpoint import failpoint
from graphs.runtime.late_import import late_import
from graphs.runtime.ordered import carry_out
from graphs.runtime.parking import Parking
from graphs.runtime.reversing import reversing_ledger
from graphs.runtime.room import Place, Room
from graphs.runtime.run import Run, opened_run
from graphs.runtime.services import Services
from graphs.runtime.spans import run_span
from graphs.runtime.walk import walk
from graphs.store.cases import AT_REST, ENDED
from graphs.store.claims import Claims, LeasedCase
from graphs.store.database import UNAVAILABLE
from graphs.store.writer import Change, DutiesMoved, EffectKnown
from tools.errors import Transient
from tools.telemetry.metrics import CASES_ENDED, LEASES_LOST

if TYPE_CHECKING:
    from graphs.runtime.graph_run import GraphRunner

LEASE = timedelta(seconds=6)
BUSY_SECONDS = 0.1
"""After so long the flush that had a case is mostly over."""
LOST_AFTER = 40
"""Workers lost with a case in a row before a person must look."""

log = structlog.get_logger(__name__)


class WorkersLost(EngineError):
    """The case has ended every worker that took it."""

    code = "workers_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A case under way in this process."""

    tenant: str
    task: asyncio.Task[Any]
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Advancer:
    """Advances cases as the worker called `owner`. At most one run of a case in this process at a time.

    `room` is how many at once; `execution` is how they are run: each way goes on with what another left.
    """

    services: Services
    owner: str
    room: Room = field(default_factory=Room)
    execution: Execution = Execution.JOURNAL
    drain: Drain = field(default_factory=Drain)
    running: dict[str, Running] = field(default_factory=dict)
    _claims: Claims = field(init=False)
    _parking: Parking = field(init=False)
    _runs: dict[str, Run] = field(default_factory=dict)
    _runner: GraphRunner | None = None
    _agents: AgentRoster = field(init=False)
    _assignments: dict[str, Assignment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Connections are opened when first needed."""
        database = self.services.database
        self._claims = Claims(database.url, role=database.role, owner=self.owner, lease=LEASE)
        self._agents = AgentRoster(database=database)
        self._parking = Parking(services=self.services)

    async def close(self) -> None:
        """Close the connection that claims go over, and end readings of who could take tasks."""
        await self._claims.close()
        for assignment in self._assignments.values():
            await assignment.close()

    async def advance(self, tenant: str, case_id: str, caused_by: str = "") -> None:
        """Run the case until it waits, ends, parks or fails; while another run has it, look again later."""
        while case_id in self.running:
            await self.running[case_id].over.wait()
        current = asyncio.current_task()
        if current is None:
            return
        running = self.running[case_id] = Running(tenant=tenant, task=current)
        try:
            async with self.room.place() as place:
                await self._advance(tenant, case_id, place, caused_by)
        finally:
            del self.running[case_id]
            running.over.set()

    async def _advance(self, tenant: str, case_id: str, place: Place, caused_by: str) -> None:
        if self.drain.requested:
            await self._enqueue(tenant, case_id)
            return
        case = await self._claims.take(tenant, case_id)
        if case is None:
            await self._look_again(tenant, case_id)
            return
        released = False
        try:
            with run_span(case, caused_by=caused_by):
                released = await self._held_run(case, place)
        finally:
            if not released:
                await self._release(case)

    async def _release(self, case: LeasedCase) -> None:
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.release(case.id, epoch=case.epoch)

    async def keep_leases(self) -> None:
        """Heartbeat: extend this process's leases; cancel runs whose lease is lost."""
        for tenant, held in self._held().items():
            for case_id in set(held) - await self._kept(tenant, held):
                lost, run = self.running.get(case_id), self._runs.get(case_id)
                if lost is not None and run is not None and not run.pending.releasing:
                    log.warning("lease.lost", case_id=case_id)
                    LEASES_LOST.inc()
                    lost.task.cancel()

    async def _kept(self, tenant: str, held: Sequence[str]) -> set[str]:
        """Those of the held cases whose leases are kept. Who waits for a busy one holds no other."""
        kept, busy = await self._extended(tenant, held)
        if busy:
            await asyncio.sleep(BUSY_SECONDS)
            again, still_busy = await self._extended(tenant, busy)
            kept, busy = kept - (busy - again), still_busy
        for case_id in busy:
            async with self.services.database.unit_of_work(tenant) as unit:
                if not await unit.cases.extend_lease(case_id, owner=self.owner, for_=LEASE):
                    kept.discard(case_id)
        return kept

    async def _extended(self, tenant: str, held: Collection[str]) -> tuple[set[str], set[str]]:
        async with self.services.database.unit_of_work(tenant) as unit:
            return await unit.cases.extend_leases(held, owner=self.owner, for_=LEASE)

    def _held(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for case_id, run in self._runs.items():
            if not run.pending.releasing:
                held.setdefault(run.case.tenant, []).append(case_id)
        return held

    async def _look_again(self, tenant: str, case_id: str) -> None:
        async with self.services.database.unit_of_work(tenant) as unit:
            case = await unit.cases.get(case_id)
            if case.status not in AT_REST and case.lease_until is not None:
                await unit.jobs.look_again(tenant, case_id, case.lease_until + timedelta(milliseconds=200))

    async def _held_run(self, case: LeasedCase, place: Place) -> bool:
        """Run the case under its lease; returns whether the lease was given back with the last commit."""
        run: Run | None = None
        try:
            run = self._runs[case.id] = await self._opened(case, place)
            await self._run(run)
            if run.pending.status in ENDED:
                CASES_ENDED.of(run.case.process, run.pending.status).inc()
            failpoint("case.after_run")
        except LeaseLost as error:
            await self._lost(case, error)
            return True
        except Exception as error:
            await self._failed(case, run, error)
        finally:
            self._runs.pop(case.id, None)
        if run is None or not run.pending.at_rest:
            return False
        await self._match_early(run)
        return True

    async def _failed(self, case: LeasedCase, run: Run | None, error: Exception) -> None:
        """Commit the steps that were finished, then leave the case as the error says."""
        try:
            if run is not None and run.pending.failure is None:
                await run.pending.commit()
        except LeaseLost as lost:
            await self._lost(case, lost)
            return
        match error:
            case Drained() | EffectKnown() | DutiesMoved():
                await self._enqueue(case.tenant, case.id)
            case SwitchedOff():
                await self._parking.park_until_on(case, error)
            case NotAdmitted():
                await self._parking.wait_for_turn(case, error)
            case Transient():
                await self._parking.try_again(case, error)
            case _ if isinstance(error, UNAVAILABLE):
                unavailable = Transient(str(error), tool="database", code="database_unavailable")
                await self._parking.try_again(case, unavailable)
            case _:
                await self._parking.open_incident(case, error)

    async def _opened(self, case: LeasedCase, place: Place) -> Run:
        if case.takeovers >= LOST_AFTER:
            raise WorkersLost(f"{case.takeovers} workers in a row were lost with the case, and no step was finished")
        definition = self.services.definition_of(case)
        run = opened_run(
            self.services,
            definition,
            case,
            rules=await self.services.shelf.active(case.tenant, definition.pack, case.created_at),
            catalog=self.services.catalogs(case.tenant),
            assignment=self._assignment(case.tenant),
            place=place,
        )
        run.clocks = await clocks_of(self.services, case)
        run.agent = await self._agents.standing(case.tenant, case.created_by, now=self.services.clock())
        saved = case.checkpoint
        if saved is not None and saved.covered >= case.journaled:
            run.checkpoint = (await self._langgraph()).load(run, saved)
        return run

    async def _langgraph(self) -> GraphRunner:
        if self._runner is not None:
            return self._runner
        module = await late_import("graphs.runtime.graph_run")
        stretches = self.execution is not Execution.STEPS
        runner: GraphRunner = module.GraphRunner(self.services.seal, self._runs, drain=self.drain, stretches=stretches)
        self._runner = runner
        return runner

    def _assignment(self, tenant: str) -> Assignment:
        if tenant not in self._assignments:
            reader = WorkforceReader(database=self.services.database, tenant=tenant)
            self._assignments[tenant] = Assignment(reader.read, reader.holder)
        return self._assignments[tenant]

    async def _run(self, run: Run) -> None:
        if run.case.status == COMPENSATING:
            await finish_cancellation(run, reversing_ledger(run))
        elif run.case.ordered and await carry_out(self.services, run.case, run.definition):
            await self._enqueue(run.case.tenant, run.case.id)
        elif is_probe(run.case) and run.case.answers:
            await end_probe(self.services, run.case)
        elif self.execution is Execution.JOURNAL:
            await walk(run, self.drain)
        else:
            await (await self._langgraph()).resume(run)

    async def _match_early(self, run: Run) -> None:
        """A message that came before the case waited for it is given to it now."""
        for subscription in run.subscriptions:
            async with self.services.database.unit_of_work(run.case.tenant) as unit:
                await match_early(unit, subscription, now=self.services.clock())

    async def _lost(self, case: LeasedCase, error: LeaseLost) -> None:
        """The refused write is on record; the case is another worker's."""
        log.warning("lease.lost", case_id=case.id, error=str(error))
        LEASES_LOST.inc()
        change = Change(case.tenant)
        values = {"owner": self.owner, "epoch": case.epoch}
        record = AuditRecord(kind="write.refused", actor=WORKER, case_id=case.id, values=values)
        change.record(record, self.services.clock())
        await self.services.database.writer.commit(change)

    async def _enqueue(self, tenant: str, case_id: str) -> None:
        async with self.services.database.unit_of_work(tenant) as unit:
            await unit.jobs.advance(tenant, case_id)
