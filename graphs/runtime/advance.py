"""Advance cases: take the lease, resume the graph, and see that none ever ends in silence."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command, Interrupt

from graphs.audit import WORKER, AuditRecord
from graphs.errors import CheckpointUnreadable, EngineError, LeaseLost
from graphs.process import ProcessDefinition
from graphs.refusals import NotAdmitted, SwitchedOff
from graphs.runtime.assignment import Assignment
from graphs.runtime.codec import INTERRUPT
from graphs.runtime.compile import CaseGraph, compile_graph, recursion_limit
from graphs.runtime.failpoint import failpoint
from graphs.runtime.incident import incident_of
from graphs.runtime.pending import Pending
from graphs.runtime.run import Run
from graphs.runtime.saver import CaseSaver
from graphs.runtime.services import Services
from graphs.state import EMPTY
from graphs.store.cases import AT_REST
from graphs.store.claims import Claims, LeasedCase
from graphs.store.database import UNAVAILABLE
from graphs.store.people import RosterEntry
from graphs.store.tables import Timer
from graphs.store.writer import Change, EffectKnown
from graphs.switches import park_until_on
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
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Advancer:
    """Advances cases as the worker called `owner`. At most one run of a case in this process at a time.

    `stretches` chooses the form of the graphs; each form resumes what the other left.
    """

    services: Services
    owner: str
    concurrency: int = 4
    stretches: bool = True
    control: RunControl = field(default_factory=RunControl)
    running: dict[str, Running] = field(default_factory=dict)
    _claims: Claims = field(init=False)
    _saver: CaseSaver = field(init=False)
    _slots: asyncio.Semaphore = field(init=False)
    _graphs: dict[str, CaseGraph] = field(default_factory=dict)
    _assignments: dict[str, Assignment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Connections are opened when first needed."""
        database = self.services.database
        self._claims = Claims(database.url, role=database.role, owner=self.owner)
        self._saver = CaseSaver(self.services.seal)
        self._slots = asyncio.Semaphore(self.concurrency)

    async def close(self) -> None:
        """Close the connection that claims go over."""
        await self._claims.close()

    async def advance_all(self, cases: Sequence[tuple[str, str]]) -> None:
        """Advance the cases of a job, (tenant, case) each; one that fails harms no other."""
        await asyncio.gather(*(self.advance(tenant, case_id) for tenant, case_id in cases))

    async def advance(self, tenant: str, case_id: str) -> None:
        """Run the case until it waits, ends, parks or fails; while another run has it, look again later."""
        while case_id in self.running:
            await self.running[case_id].over.wait()
        current = asyncio.current_task()
        if current is None:
            return
        running = self.running[case_id] = Running(tenant=tenant, task=current)
        try:
            async with self._slots:
                await self._advance(tenant, case_id)
        finally:
            del self.running[case_id]
            running.over.set()

    async def _advance(self, tenant: str, case_id: str) -> None:
        if self.control.drain_requested:
            await self._enqueue(tenant, case_id)
            return
        case = await self._claims.take(tenant, case_id, now=self.services.clock(), for_=LEASE)
        if case is None:
            await self._look_again(tenant, case_id)
            return
        released = False
        try:
            released = await self._run(case)
        finally:
            if not released:
                await self._release(case)

    async def _release(self, case: LeasedCase) -> None:
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.release(case.id, epoch=case.epoch)

    async def keep_leases(self) -> None:
        """Heartbeat: extend this process's leases; cancel runs whose lease is lost."""
        for tenant, held in self._held().items():
            until = self.services.clock() + LEASE
            async with self.services.database.unit_of_work(tenant) as unit:
                kept = await unit.cases.extend_leases(held, owner=self.owner, until=until)
            for case_id in set(held) - kept:
                lost, run = self.running.get(case_id), self._saver.runs.get(case_id)
                if lost is not None and run is not None and not run.pending.releasing:
                    log.warning("lease.lost", case_id=case_id)
                    lost.task.cancel()

    def _held(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for case_id, run in self._saver.runs.items():
            if not run.pending.releasing:
                held.setdefault(run.case.tenant, []).append(case_id)
        return held

    async def _look_again(self, tenant: str, case_id: str) -> None:
        async with self.services.database.unit_of_work(tenant) as unit:
            case = await unit.cases.get(case_id)
            if case.status not in AT_REST and case.lease_until is not None:
                await unit.jobs.look_again(tenant, case_id, case.lease_until + timedelta(milliseconds=200))

    async def _run(self, case: LeasedCase) -> bool:
        """Whether the run gave its lease back with its last commit."""
        run: Run | None = None
        try:
            run = self._opened(case)
            self._saver.runs[case.id] = run
            await self._resume(run)
            failpoint("case.after_run")
        except LeaseLost as error:
            await self._lost(case, error)
            return True
        except (GraphDrained, EffectKnown):
            await self._settled(run)
            await self._enqueue(case.tenant, case.id)
        except SwitchedOff as error:
            await self._park_until_on(case, run, error)
        except NotAdmitted as error:
            await self._settled(run)
            await self._park(case, error, at=error.ask_at, attempt=None)
        except Transient as error:
            await self._try_again(case, run, error, at=error.ask_at)
        except UNAVAILABLE as error:
            await self._try_again(case, None, Transient(str(error), tool="database", code="database_unavailable"))
        except Exception as error:
            await self._open_incident(case, run, error)
        finally:
            self._saver.runs.pop(case.id, None)
        return run is not None and run.pending.at_rest

    def _opened(self, case: LeasedCase) -> Run:
        definition = self.services.registry.pinned(case.process, case.version, case.definition_digest)
        pending = Pending(
            writer=self.services.database.writer,
            clock=self.services.clock,
            tenant=case.tenant,
            case_id=case.id,
            epoch=case.epoch,
            journaled=case.journaled,
        )
        run = Run(
            catalog=self.services.catalogs(case.tenant),
            rulebook=self.services.rulebooks[definition.pack],
            clock=self.services.clock,
            definition=definition,
            case=case,
            pending=pending,
            assignment=self._assignment(case.tenant),
            admission=self.services.admission,
            visited={(step, visit): update for step, visit, update in case.journal},
            effects=dict(case.effects),
        )
        run.checkpoint = self._saver.load(run)
        return run

    def _assignment(self, tenant: str) -> Assignment:
        async def roster() -> list[RosterEntry]:
            async with self.services.database.unit_of_work(tenant) as unit:
                return await unit.people.roster(tenant)

        return self._assignments.setdefault(tenant, Assignment(roster))

    def _graph(self, definition: ProcessDefinition) -> CaseGraph:
        if definition.digest not in self._graphs:
            graph = compile_graph(definition, self._saver, stretches=self.stretches)
            self._graphs[definition.digest] = graph
        return self._graphs[definition.digest]

    async def _resume(self, run: Run) -> None:
        begin = start_of(run)
        if begin is WAITING:
            run.pending.wait()
        else:
            await self._graph(run.definition).ainvoke(
                begin,
                case_config(run),
                context=run,
                durability="sync",
                control=self.control,
                output_keys=["route"],
            )
        # LangGraph goes on when a write in the background fails; so its failure is asked for here.
        await run.pending.commit(release=run.pending.status == "waiting" and not run.pending.at_rest)
        if run.pending.status == "running":
            raise EndedInSilence(f"the graph of case {run.case.id} came to rest without a wait or an end")

    async def _settled(self, run: Run | None) -> None:
        """Commit the steps that were finished before the run stopped."""
        if run is not None and run.pending.failure is None:
            await run.pending.commit()

    async def _lost(self, case: LeasedCase, error: LeaseLost) -> None:
        """The refused write is on record; the case is another worker's."""
        log.warning("lease.lost", case_id=case.id, error=str(error))
        change = Change(case.tenant)
        values = {"owner": self.owner, "epoch": case.epoch}
        record = AuditRecord(kind="write.refused", actor=WORKER, case_id=case.id, values=values)
        change.record(record, self.services.clock())
        await self.services.database.writer.commit(change)

    async def _enqueue(self, tenant: str, case_id: str) -> None:
        async with self.services.database.unit_of_work(tenant) as unit:
            await unit.jobs.advance(tenant, case_id)

    async def _try_again(
        self, case: LeasedCase, run: Run | None, error: Transient, *, at: datetime | None = None
    ) -> None:
        """Park the case, until `at` or for a growing pause; after `MAX_ATTEMPTS` in one step a person must look."""
        await self._settled(run)
        async with self.services.database.unit_of_work(case.tenant) as unit:
            attempt = (await unit.cases.get(case.id)).attempt + 1
        if attempt >= MAX_ATTEMPTS:
            await self._open_incident(case, run, error)
            return
        pause = FIRST_BACKOFF * 2 ** (attempt - 1)
        await self._park(case, error, at=at or self.services.clock() + pause, attempt=attempt)

    async def _park(self, case: LeasedCase, error: ToolError, *, at: datetime, attempt: int | None) -> None:
        """Leave the case until `at`, with its reason on record; `attempt` is None where nothing was tried."""
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
            tried = {"attempt": attempt} if attempt is not None else {}
            await unit.cases.change(case.id, epoch=case.epoch, updated_at=now, **tried)
            await unit.timers.set(timer)
            unit.record(case.tenant, parked(case, error, until=at))

    async def _park_until_on(self, case: LeasedCase, run: Run | None, error: SwitchedOff) -> None:
        """Leave the case until a person switches on again what it needs."""
        await self._settled(run)
        now = self.services.clock()
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.change(case.id, epoch=case.epoch, updated_at=now)
            at = await park_until_on(unit, error, tenant=case.tenant, case_id=case.id, visit=case.epoch, now=now)
            unit.record(case.tenant, parked(case, error, until=at))

    async def _open_incident(self, case: LeasedCase, run: Run | None, error: Exception) -> None:
        """What automation cannot resolve is visible at once and names its reason."""
        log.error("case.failed", case_id=case.id, error=type(error).__name__, message=str(error)[:500])
        now = self.services.clock()
        try:
            await self._settled(run)
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


def parked(case: LeasedCase, error: ToolError, *, until: datetime) -> AuditRecord:
    """Why the case was left, and until when."""
    values = {"tool": error.tool, "code": error.reason, "message": error.message, "until": until}
    return AuditRecord(kind="case.parked", actor=WORKER, case_id=case.id, values=values)


class EndedInSilence(EngineError):
    """The graph came to rest although the case neither waits nor has ended."""

    code = "ended_in_silence"


WAITING = object()
"""No answer yet: there is nothing to invoke."""


def start_of(run: Run) -> Any:
    """What the graph is to be invoked with: the first state, the answers, None to go on, or `WAITING`."""
    saved = run.checkpoint
    if saved is None:
        return EMPTY
    check_checkpoint(saved.checkpoint["channel_values"], run.definition)
    asked = questions_of(saved)
    if not asked:
        return None
    answers = answers_of(asked, run)
    return Command(resume=answers) if answers else WAITING


def questions_of(saved: CheckpointTuple) -> list[Interrupt]:
    """What the checkpoint waits for."""
    return [asked for _, channel, value in saved.pending_writes or () if channel == INTERRUPT for asked in value]


def answers_of(asked: Sequence[Interrupt], run: Run) -> dict[str, Any]:
    """Answers by interrupt id, for the questions that have one; what the journal holds needs none."""
    found: dict[str, Any] = {}
    for question in asked:
        waits: Mapping[str, Any] = question.value
        if (waits["step"], waits["visit"]) in run.visited:
            found[question.id] = {"journal": waits["step"]}
        elif waits["kind"] == "task" and waits["task"] in run.case.answers:
            found[question.id] = run.case.answers[waits["task"]]
        elif waits["kind"] == "timer" and waits["timer"] in run.case.fired:
            found[question.id] = {"fired": waits["timer"]}
    return found


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
