"""What becomes of a case that cannot go on now: it is parked with its reason, or stopped by an incident."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.errors import LeaseLost
from graphs.fingerprint import values_of
from graphs.handler_case import failure_of, handler_case, start_handler
from graphs.process import ProcessDefinition
from graphs.refusals import NotAdmitted, SwitchedOff
from graphs.resolution.beginning import Failed, begin_resolution
from graphs.runtime.incident import code_of, incident_of, opened
from graphs.runtime.run import view_of
from graphs.runtime.services import Services
from graphs.state import CaseState, folded
from graphs.store.admission import WAITS_FOR_TURN, Targets, in_line
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.tables import Case, Incident, Timer
from graphs.switches import park_until_on
from tools.errors import ToolError, Transient
from tools.telemetry.metrics import INCIDENTS, RETRIES

FIRST_BACKOFF = timedelta(seconds=2)
MAX_ATTEMPTS = 6
LONGEST_LINE = timedelta(minutes=2)
"""A case asks again no later than this after it might be let in, however many wait: most of them may be cancelled."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parking:
    """Leaves cases, each in one transaction under its lease."""

    services: Services

    async def try_again(self, case: LeasedCase, error: Transient) -> None:
        """Park the case, until the error says or for a growing pause; after `MAX_ATTEMPTS` a person must look."""
        async with self.services.database.unit_of_work(case.tenant) as unit:
            attempt = (await unit.cases.get(case.id)).attempt + 1
        if attempt >= MAX_ATTEMPTS:
            await self.open_incident(case, error)
            return
        RETRIES.of(error.tool, "parked").inc()
        at = error.ask_at or self.services.clock() + backoff(attempt, case_id=case.id)
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.change(case.id, epoch=case.epoch, updated_at=self.services.clock(), attempt=attempt)
            await self._leave(unit, case, error, timer_at(case, "retry", at))

    async def wait_for_turn(self, case: LeasedCase, error: NotAdmitted) -> None:
        """Leave the case until its turn: those that wait for a target ask one after the other, not all at once.

        Nothing was tried, so it counts as no attempt.
        """
        earliest, line = error.ask_at, error.line
        timer = timer_at(case, "retry", earliest)
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.change(case.id, epoch=case.epoch, updated_at=self.services.clock())
            if line is not None:
                at = await Targets(unit.session).turn(
                    case.tenant, line.target, pause=line.pause, earliest=earliest, latest=earliest + LONGEST_LINE
                )
                timer = timer_at(case, WAITS_FOR_TURN, at, about=in_line(line.target, case.id))
            await self._leave(unit, case, error, timer)

    async def _leave(self, unit: UnitOfWork, case: LeasedCase, error: ToolError, timer: Timer) -> None:
        """Until the timer fires, with its reason on record."""
        await unit.timers.set(timer)
        unit.record(case.tenant, parked(case, error, until=timer.due_at))

    async def park_until_on(self, case: LeasedCase, error: SwitchedOff) -> None:
        """Leave the case until a person switches on again what it needs."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(case.tenant) as unit:
            await unit.cases.change(case.id, epoch=case.epoch, updated_at=now)
            at = await park_until_on(unit, error, tenant=case.tenant, case_id=case.id, visit=case.epoch, now=now)
            unit.record(case.tenant, parked(case, error, until=at))

    async def open_incident(self, case: LeasedCase, error: Exception) -> None:
        """What automation cannot resolve is visible at once, names its reason, and starts its handler if it has one."""
        log.error("case.failed", case_id=case.id, error=type(error).__name__, code=code_of(error))
        try:
            async with self.services.database.unit_of_work(case.tenant) as unit:
                await self._open_incident(unit, case, error)
        except LeaseLost:
            log.warning("lease.lost", case_id=case.id)

    async def _open_incident(self, unit: UnitOfWork, case: LeasedCase, error: Exception) -> None:
        now = self.services.clock()
        row = await unit.cases.get(case.id)
        await unit.cases.change(case.id, epoch=case.epoch, status="incident", updated_at=now)
        await self.record(unit, row, error, now=now)

    async def record(self, unit: UnitOfWork, case: Case, error: Exception, *, now: datetime) -> None:
        """Write the incident of a case that is stopped in this transaction, and start what looks after it."""
        definition, known = self._definition(case), await self._known(unit, case)
        failed = known["route"] or (definition.start if definition and not case.step else case.step)
        values = values_of({}, known["data"])
        incident = incident_of(case, error, after=case.step, failed=failed, now=now, values=values)
        INCIDENTS.of(case.process).inc()
        is_new = await unit.incidents.open(incident)
        unit.record(case.tenant, opened(incident))
        if is_new and definition is not None and definition.stopped is not None:
            await unit.timers.set(timer_at(case, definition.stopped, now))
        if is_new and definition is not None and definition.handlers:
            await self._start_handler(unit, case, definition, incident, error, known)
        if is_new and definition is not None and definition.fixes is not None:
            failure = Failed(case=case, incident=incident, error=error)
            await begin_resolution(unit, self.services, definition.fixes, failure, now=now)

    def _definition(self, case: Case) -> ProcessDefinition | None:
        found = self.services.registry.find(case.process, case.version)
        return found if found is not None and found.digest == case.definition_digest else None

    async def _known(self, unit: UnitOfWork, case: Case) -> CaseState:
        """The state of the case, as far as its values were not erased."""
        updates = [visit.update for visit in await unit.journal.of_case(case.id)]
        return folded(update for update in updates if update is not None)

    async def _start_handler(
        self,
        unit: UnitOfWork,
        case: Case,
        definition: ProcessDefinition,
        incident: Incident,
        error: Exception,
        known: CaseState,
    ) -> None:
        handling = handler_case(
            definition,
            self.services.registry,
            case,
            view_of(case, known),
            failure_of(incident, error),
            now=self.services.clock(),
        )
        await start_handler(unit, case.tenant, handling)


def backoff(attempt: int, *, case_id: str) -> timedelta:
    """How long a case waits before it is tried again: twice as long each time, and up to half as long again.

    The half is the case's own: what has failed together does not come back together.
    """
    own = int.from_bytes(sha256(f"{case_id}/{attempt}".encode()).digest()[:2]) / 2**16
    return FIRST_BACKOFF * (2.0 ** (attempt - 1) * (1 + own / 2))


def timer_at(case: LeasedCase | Case, subject: str, due_at: datetime, *, about: str = "") -> Timer:
    """A timer of the case as it is now, to be set; about the case itself, unless its `subject_id` says otherwise."""
    return Timer(
        id=str(uuid.uuid4()),
        tenant=case.tenant,
        case_id=case.id,
        subject=subject,
        subject_id=about or case.id,
        visit=case.epoch,
        due_at=due_at,
        status="set",
    )


def parked(case: LeasedCase, error: ToolError, *, until: datetime) -> AuditRecord:
    """Why the case was left, and until when."""
    values = {"tool": error.tool, "code": error.reason, "message": error.message, "until": until}
    return AuditRecord(kind="case.parked", actor=WORKER, case_id=case.id, values=values)
