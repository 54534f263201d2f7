"""Admission: whether a call of a tool may be made now, and what its outcome says about the target.

Asked before every call: is the tool, its process or its agent switched off; is the target's breaker open; has its
token bucket a token; is one of its slots free. Limits and switches are rows, shared by all workers. What a process
knows of them is at most `READ_AGAIN` old when it relies on it, so a switch is effective in every worker within that
time plus one query. A tool without limits costs no query of its own, and has no more calls under way in one worker
than leave room for those of other targets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

import structlog

from graphs.limiter import PATIENCE, PAUSE, Call, Limiter, Outcome, outcome_of
from graphs.refusals import Crowded, Line, SwitchedOff, ViewTooOld
from graphs.runtime.room import CallInRoom, Place
from graphs.store.admission import Admittance, BreakerState, Targets
from graphs.store.admission_view import NEVER, View, view_of
from graphs.store.database import UNAVAILABLE, Database
from policies.action import EffectKind
from tools.limits import UNLIMITED, declared_limits, target_of
from tools.port import Tool

READ_AGAIN = timedelta(milliseconds=500)
TOO_OLD = timedelta(seconds=2)
READ_WITHIN = timedelta(seconds=1)
READ_AGAIN_SECONDS = READ_AGAIN.total_seconds()
TOO_OLD_SECONDS = TOO_OLD.total_seconds()

log = structlog.get_logger(__name__)


class Admission:
    """The admission of one process. Needs no start and no stop: it reads when it is asked."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic, patience: timedelta = PATIENCE
    ) -> None:
        """`monotonic` measures, in seconds, how old what was read is, and how long a call lasts."""
        self.monotonic = monotonic
        self.limiter = Limiter(database, monotonic=monotonic, patience=patience)
        self._database = database
        self._view = View()
        self._failed_at = NEVER
        self._reading = asyncio.Lock()

    def admitted(
        self,
        *,
        tenant: str,
        process: str,
        tool: Tool,
        case_id: str,
        now: datetime,
        agent: str | None = None,
        place: Place | None = None,
    ) -> Admitted:
        """A context in which the call may be made; entering it raises `NotAdmitted` or `SwitchedOff`.

        Enter it for one call: a slot is held for the tool's time limit and a margin. `place` is what the case takes of
        its worker's room: it is left to another case where the call lasts.
        """
        return Admitted(
            self, tenant=tenant, process=process, tool=tool, case_id=case_id, now=now, agent=agent, place=place
        )

    def fresh(self, tenant: str) -> View | None:
        """What is known, if it need not be read again."""
        view = self._view
        if self.monotonic() - view.read_at > READ_AGAIN_SECONDS or tenant not in view.tenants:
            return None
        return view

    @property
    def last_known(self) -> View:
        """What was read last, however long ago."""
        return self._view

    async def read(self, tenant: str) -> View:
        """What is known, read anew; what was known before where the database does not answer."""
        before = self._view
        async with self._reading:
            since_failure = self.monotonic() - self._failed_at
            # Another tenant's case may have read meanwhile, and nothing of this one.
            unread = self._view is before or tenant not in self._view.tenants
            if unread and since_failure > READ_AGAIN_SECONDS:
                await self._read(self._view.tenants | {tenant})
            return self._view

    def forget(self) -> None:
        """Read anew when next asked: this process has just changed what it knows."""
        self._view = View(tenants=self._view.tenants)

    def is_current(self, view: View, tenant: str) -> bool:
        """Whether what is known may still be relied on for a write."""
        return tenant in view.tenants and self.monotonic() - view.read_at <= TOO_OLD_SECONDS

    def remember(self, call: Call, state: BreakerState) -> None:
        """What this process itself has made of a breaker counts at once."""
        self._view.breakers[call.tenant, call.target] = state

    async def _read(self, tenants: frozenset[str]) -> None:
        asked_at = self.monotonic()
        try:
            async with (
                asyncio.timeout(READ_WITHIN.total_seconds()),
                self._database.unit_of_work(*sorted(tenants)) as unit,
            ):
                rows = await Targets(unit.session).notice()
                packs = await unit.packs.in_force(sorted(tenants))
        except (*UNAVAILABLE, TimeoutError, OSError) as error:
            self._failed_at = self.monotonic()
            log.warning("switches.unread", error=type(error).__name__)
            return
        self._view = view_of(rows, packs, read_at=asked_at, tenants=tenants)


class Admitted:
    """One call: asked for on entering, settled on leaving."""

    __slots__ = (
        "_admission", "_admittance", "_agent", "_call", "_case_id", "_in_room", "_let_in", "_now", "_place", "_process",
        "_target", "_tenant", "_tool",
    )  # fmt: skip

    def __init__(
        self,
        admission: Admission,
        *,
        tenant: str,
        process: str,
        tool: Tool,
        case_id: str,
        now: datetime,
        agent: str | None,
        place: Place | None,
    ) -> None:
        """Asks nothing yet."""
        self._admission = admission
        self._tenant = tenant
        self._process = process
        self._tool = tool
        self._target = target_of(tool)
        self._case_id = case_id
        self._now = now
        self._agent = agent
        self._place = place
        self._in_room: CallInRoom | None = None
        self._call: Call | None = None
        self._admittance: Admittance | None = None
        self._let_in = 0.0

    async def __aenter__(self) -> None:
        view = await self._view()
        if view.off:
            self._refuse_what_is_off(view)
        self._take_room()
        try:
            await self._take_what_is_limited(view)
        except BaseException:
            self._leave_room()
            raise
        self._let_in = self._admission.monotonic()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admission.limiter.pace.saw(self._tenant, self._target, self._admission.monotonic() - self._let_in)
        self._leave_room()
        call = self._call
        if call is None:
            return
        outcome = outcome_of(error)
        if self._admittance is not None or self._breaker_listens(call, outcome):
            state = await self._admission.limiter.settle(call, self._admittance, outcome)
            if state is not None:
                self._admission.remember(call, state)

    async def _view(self) -> View:
        admission = self._admission
        view = admission.fresh(self._tenant)
        if view is None:
            view = await admission.read(self._tenant)
            if not admission.is_current(view, self._tenant):
                self._refuse_what_cannot_be_known(view)
        return view

    def _take_room(self) -> None:
        """Count the call in the worker's room. Raises `Crowded`."""
        place = self._place
        if place is None:
            return
        system = (self._tenant, self._target)
        under_way = place.room.crowded(system)
        if under_way:
            message = f"this worker waits for {under_way} calls of {self._target} and keeps room for others"
            line = Line(target=self._target, pause=self._admission.limiter.pace.pause(*system, slots=under_way))
            raise Crowded(message, tool=self._tool.name, ask_at=self._now + PAUSE, line=line)
        self._in_room = CallInRoom(place, system)

    def _leave_room(self) -> None:
        if self._in_room is not None:
            self._in_room.end()

    async def _take_what_is_limited(self, view: View) -> None:
        call = self._limited(view)
        if call is None:
            return
        if self._breaker_asks(view, call) or call.limits.counted:
            self._admittance = await self._admission.limiter.take(call)
        self._call = call

    def _refuse_what_is_off(self, view: View) -> None:
        for scope, name in (("tool", self._tool.name), ("process", self._process), ("agent", self._agent)):
            reason = view.off.get((self._tenant, scope, name)) if name else None
            if name and reason is not None:
                message = f"{scope} {name} is switched off: {reason}"
                raise SwitchedOff(message, tool=self._tool.name, scope=scope, name=name)

    def _refuse_what_cannot_be_known(self, view: View) -> None:
        """A read of a known tenant goes on; a process that never knew anything does not even read."""
        if self._tool.effect_kind is not EffectKind.READ or self._agent or self._tenant not in view.tenants:
            message = "the database does not say whether this is switched off"
            raise ViewTooOld(message, tool=self._tool.name, ask_at=self._now + TOO_OLD)

    def _limited(self, view: View) -> Call | None:
        """The call, if its target has limits."""
        limits = view.limits.get((self._tenant, self._target)) or declared_limits(self._tool)
        if limits is UNLIMITED:
            return None
        return Call(
            tenant=self._tenant,
            case_id=self._case_id,
            tool=self._tool,
            target=self._target,
            limits=limits,
            now=self._now,
            began=self._admission.monotonic(),
        )

    def _breaker_asks(self, view: View, call: Call) -> bool:
        """Whether this may be the call that tries the target again. Raises `BreakerOpen` while it is left alone."""
        known = view.breakers.get((call.tenant, call.target))
        if call.limits.breaker is None or known is None or known.retry_at is None:
            return False
        if known.state == "open" and call.now < known.retry_at:
            raise self._admission.limiter.left_alone(call, known.retry_at)
        return True

    def _breaker_listens(self, call: Call, outcome: Outcome) -> bool:
        """Whether the outcome of a call that was not counted changes anything."""
        if call.limits.breaker is None or outcome == "none":
            return False
        if outcome == "failed":
            return True
        view = self._admission.fresh(call.tenant)
        known = view.breakers.get((call.tenant, call.target)) if view else None
        return view is None or (known is not None and known.failures > 0)
