"""Advance one case: take its lease, resume its graph, and see that it never ends in silence."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command, Interrupt

from graphs.audit import WORKER, AuditRecord
from graphs.errors import CheckpointUnreadable, EngineError, LeaseLost
from graphs.ledger import OutcomeUnknown
from graphs.process import ProcessDefinition
from graphs.runtime.compile import CaseGraph, recursion_limit
from graphs.runtime.failpoint import failpoint
from graphs.runtime.run import Run
from graphs.runtime.savers import SaverPool, SaverSlot
from graphs.runtime.services import Services
from graphs.store.cases import AT_REST
from graphs.store.database import UNAVAILABLE
from graphs.store.tables import Case, Incident, Timer
from tools.errors import ToolError, Transient

LEASE = timedelta(seconds=6)
FIRST_BACKOFF = timedelta(seconds=2)
MAX_ATTEMPTS = 6
BRANCH = "branch:to:"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A case under way in this process."""

    tenant: str
    task: asyncio.Task[Any]


@dataclass(slots=True, kw_only=True)
class Advancer:
    """Advances cases as the worker called `owner`. At most one run of a case in this process at a time."""

    services: Services
    savers: SaverPool
    owner: str
    control: RunControl = field(default_factory=RunControl)
    running: dict[str, Running] = field(default_factory=dict)

    async def advance(self, tenant: str, case_id: str) -> None:
        """Run the case until it waits, ends, parks or fails; while another run has it, look again later."""
        current = asyncio.current_task()
        if current is None:
            return
        case = await self._take(tenant, case_id)
        if case is None:
            return
        self.running[case_id] = Running(tenant=tenant, task=current)
        try:
            await self._run(case)
        finally:
            del self.running[case_id]
            async with self.services.database.unit_of_work(tenant) as unit:
                await unit.cases.release(case_id, epoch=case.epoch)

    async def keep_leases(self) -> None:
        """Heartbeat: extend this process's leases; cancel runs whose lease is lost."""
        for tenant, held in self._held().items():
            until = self.services.clock() + LEASE
            async with self.services.database.unit_of_work(tenant) as unit:
                kept = await unit.cases.extend_leases(held, owner=self.owner, until=until)
            for case_id in set(held) - kept:
                lost = self.running.get(case_id)
                if lost is not None:
                    log.warning("lease.lost", case_id=case_id)
                    lost.task.cancel()

    def _held(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for case_id, running in self.running.items():
            held.setdefault(running.tenant, []).append(case_id)
        return held

    async def _take(self, tenant: str, case_id: str) -> Case | None:
        now = self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            taken = await unit.cases.take_lease(case_id, owner=self.owner, now=now, for_=LEASE)
            if taken is not None:
                return taken
            case = await unit.cases.get(case_id)
            if case.status not in AT_REST and case.lease_until is not None:
                await unit.jobs.look_again(tenant, case_id, case.lease_until + timedelta(milliseconds=200))
        return None

    async def _run(self, case: Case) -> None:
        try:
            definition = self.services.registry.pinned(case.process, case.version, case.definition_digest)
            run = self._context(case, definition)
            async with self.savers.slot(case.tenant) as slot:
                await self._resume(slot, run)
            failpoint("case.after_run")
        except LeaseLost as error:
            log.warning("lease.lost", case_id=case.id, error=str(error))
        except GraphDrained:
            await self._again(case)
        except OutcomeUnknown as error:
            await self._try_again(case, error, at=error.ask_at)
        except Transient as error:
            await self._try_again(case, error)
        except UNAVAILABLE as error:
            await self._try_again(case, Transient(str(error), tool="database", code="database_unavailable"))
        except Exception as error:
            await self._open_incident(case, error)

    def _context(self, case: Case, definition: ProcessDefinition) -> Run:
        return Run(
            database=self.services.database,
            catalog=self.services.catalogs(case.tenant),
            rulebook=self.services.rulebooks[definition.pack],
            clock=self.services.clock,
            definition=definition,
            case=case,
            epoch=case.epoch,
        )

    async def _resume(self, slot: SaverSlot, run: Run) -> None:
        graph = slot.graph(run.definition)
        config = case_config(run)
        begin = await self._input(slot, graph, config, run)
        if begin is WAITING:
            return
        await graph.ainvoke(begin, config, context=run, durability="sync", control=self.control)
        await self._check_ending(run)

    async def _input(self, slot: SaverSlot, graph: CaseGraph, config: RunnableConfig, run: Run) -> Any:
        """What the graph is to be invoked with: the first state, the answers, None to go on, or `WAITING`."""
        saved = await slot.saver.aget_tuple(config)
        if saved is None:
            return {"data": {}, "visits": {}, "route": ""}
        check_checkpoint(saved.checkpoint["channel_values"], run.definition)
        snapshot = await graph.aget_state(config)
        if not snapshot.interrupts:
            return None
        answers = await self._answers(snapshot.interrupts, run)
        return Command(resume=answers) if answers else WAITING

    async def _answers(self, interrupts: tuple[Interrupt, ...], run: Run) -> dict[str, Any]:
        """Answers by interrupt id, for the questions that have one."""
        found: dict[str, Any] = {}
        async with self.services.database.unit_of_work(run.case.tenant) as unit:
            for asked in interrupts:
                waits: Mapping[str, Any] = asked.value
                if waits["kind"] == "task":
                    task = await unit.inbox.get(waits["task"])
                    if task.status == "answered":
                        found[asked.id] = task.decision
                else:
                    timer = await unit.timers.get("step", f"{run.case.id}/{waits['step']}", waits["visit"])
                    if timer is not None and timer.status == "fired":
                        found[asked.id] = {"fired": timer.id}
        return found

    async def _check_ending(self, run: Run) -> None:
        """A run that came back must have left the case waiting or ended by its own step's transaction."""
        async with self.services.database.unit_of_work(run.case.tenant) as unit:
            case = await unit.cases.get(run.case.id)
        if case.epoch == run.epoch and case.status == "running":
            raise EndedInSilence(f"the graph of case {case.id} came to rest after step {case.step!r} without an end")

    async def _again(self, case: Case) -> None:
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.jobs.advance(case.tenant, case.id)

    async def _try_again(self, case: Case, error: Transient, *, at: datetime | None = None) -> None:
        """Park the case, until `at` or for a growing pause; after `MAX_ATTEMPTS` in one step a person must look."""
        async with self.services.database.unit_of_work(case.tenant) as unit:
            attempt = (await unit.cases.get(case.id)).attempt + 1
        if attempt >= MAX_ATTEMPTS:
            await self._open_incident(case, error)
            return
        pause = FIRST_BACKOFF * 2 ** (attempt - 1)
        await self._park(case, error, at=at or self.services.clock() + pause, attempt=attempt)

    async def _park(self, case: Case, error: ToolError, *, at: datetime, attempt: int) -> None:
        """Leave the case until `at`, with its reason on record."""
        now = self.services.clock()
        timer = Timer(
            id=str(uuid.uuid4()),
            tenant=case.tenant,
            case_id=case.id,
            subject="retry",
            subject_id=case.id,
            visit=case.epoch,
            due_at=at,
            status="set",
        )
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.change(case.id, epoch=case.epoch, attempt=attempt, updated_at=now)
            await unit.timers.set(timer)
            await unit.jobs.fire_timer(case.tenant, timer.id, at)
            values = {"tool": error.tool, "code": error.reason, "message": error.message, "until": at}
            unit.record(case.tenant, AuditRecord(kind="case.parked", actor=WORKER, case_id=case.id, values=values))

    async def _open_incident(self, case: Case, error: Exception) -> None:
        """What automation cannot resolve is visible at once and names its reason."""
        log.error("case.failed", case_id=case.id, error=type(error).__name__, message=str(error)[:500])
        now = self.services.clock()
        try:
            async with self.services.database.unit_of_work(case.tenant) as unit:
                step = (await unit.cases.get(case.id)).step
                incident = incident_of(case, error, after=step, now=now)
                await unit.cases.change(case.id, epoch=case.epoch, status="incident", updated_at=now)
                await unit.incidents.open(incident)
                values = {"incident": incident.id, "code": incident.code, "message": incident.message}
                record = AuditRecord(
                    kind="incident.opened", actor=WORKER, case_id=case.id, step=incident.step, values=values
                )
                unit.record(case.tenant, record)
        except LeaseLost:
            log.warning("lease.lost", case_id=case.id)


class EndedInSilence(EngineError):
    """The graph came to rest although the case neither waits nor has ended."""

    code = "ended_in_silence"


WAITING = object()
"""No answer yet: there is nothing to invoke."""


def case_config(run: Run) -> RunnableConfig:
    """LangGraph's configuration: the thread is the case; answers must name a pending question."""
    return {
        "configurable": {"thread_id": run.case.id, "__pregel_strict_resume": True},
        "recursion_limit": recursion_limit(run.definition),
    }


def check_checkpoint(channels: Mapping[str, Any], definition: ProcessDefinition) -> None:
    """Refuse a checkpoint that is about to enter a step the definition does not have.

    LangGraph itself would take such a thread for a finished one. Raises `CheckpointUnreadable`.
    """
    names = {step.name for step in definition.steps}
    entering = [channel.removeprefix(BRANCH) for channel in channels if channel.startswith(BRANCH)]
    unknown = [name for name in entering if name not in names]
    if unknown:
        raise CheckpointUnreadable(f"{definition.reference} has no step {', '.join(unknown)}")


def incident_of(case: Case, error: Exception, *, after: str, now: datetime) -> Incident:
    """The incident for a failure; equal failures share a fingerprint."""
    code = error.reason if isinstance(error, ToolError) else getattr(error, "code", type(error).__name__)
    where = error.tool if isinstance(error, ToolError) else ""
    fingerprint = hashlib.sha256(f"{case.process}/{after}/{where}/{code}".encode()).hexdigest()[:16]
    return Incident(
        id=str(uuid.uuid4()),
        tenant=case.tenant,
        case_id=case.id,
        step=after,
        kind=type(error).__name__,
        code=str(code),
        message=str(error)[:500],
        fingerprint=fingerprint,
        status="open",
        created_at=now,
    )
