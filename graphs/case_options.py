"""What a person may do with a case now: the checks of each order, asked before anything is shown.

Nothing is written. Whoever offers only these offers nothing that would be refused, unless the case moves meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from graphs.case_desk import CANCEL, STEER, SUSPEND, still_to_take_back
from graphs.dossier import READ as AUDIT
from graphs.dossier import TrailNotSigned
from graphs.errors import EngineError
from graphs.incidents.desk import OPEN, RETRY, CaseNotStopped
from graphs.intake import require
from graphs.orders import check_cancel, check_resume, check_skipper, check_steerable, check_suspend, state_of
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steering import StepNotRetryable, StepNotSkippable, check_retry, check_skip, standing_at
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.steerings import Steerings
from graphs.store.tables import Case

READ = "case.read"
Verb = Literal["retry", "retry_from", "skip", "suspend", "resume", "cancel", "dossier"]
VERBS: tuple[Verb, ...] = get_args(Verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOption:
    """A verb, and why the actor may not; None where they may.

    `steps` are those from which the case may go on, or the one that may be skipped; `incident` is what is retried.
    """

    verb: Verb
    refusal: EngineError | None = None
    steps: tuple[str, ...] = ()
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOptions:
    """Every verb once, and the step that the case stands at; None where nobody knows, or it has ended."""

    options: Sequence[CaseOption]
    stands_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A case that is asked about, read as of one instant."""

    services: Services
    unit: UnitOfWork
    actor: Actor
    case: Case

    async def retry(self) -> CaseOption:
        require(self.actor, RETRY)
        stopped = [one for one in await self.unit.incidents.of_case(self.case.id) if one.status == OPEN]
        if self.case.status != "incident" or not stopped:
            raise CaseNotStopped(f"case {self.case.id} is {self.case.status}: there is nothing to retry")
        return CaseOption(verb="retry", incident=stopped[-1].id)

    async def retry_from(self) -> CaseOption:
        require(self.actor, STEER)
        await check_steerable(self.unit, self.case)
        definition, state = self.services.definition_of(self.case), await state_of(self.unit, self.case)
        steps = tuple(step.name for step in definition.steps if self._may_go_on_from(step.name, state))
        if not steps:
            raise StepNotRetryable(f"case {self.case.id} has been at no step that it could go on from")
        return CaseOption(verb="retry_from", steps=steps)

    def _may_go_on_from(self, step: str, state: CaseState) -> bool:
        try:
            check_retry(self.services.definition_of(self.case), state, step)
        except EngineError:
            return False
        return True

    async def skip(self) -> CaseOption:
        require(self.actor, STEER)
        check_skipper(self.case, self.actor)
        definition = self.services.definition_of(self.case)
        if self.case.status == "incident" and await Steerings(self.unit.session).open(self.case.id, "cancel"):
            pending = await still_to_take_back(self.unit, definition, self.case)
            if not pending:
                raise StepNotSkippable("no effect is still to be taken back")
            return CaseOption(verb="skip", steps=tuple(dict.fromkeys(one.step for one in pending)))
        await check_steerable(self.unit, self.case)
        state = await state_of(self.unit, self.case)
        step = standing_at(definition, state).name
        check_skip(definition, state, step, {})
        return CaseOption(verb="skip", steps=(step,))

    async def suspend(self) -> CaseOption:
        require(self.actor, SUSPEND)
        check_suspend(self.case)
        return CaseOption(verb="suspend")

    async def resume(self) -> CaseOption:
        require(self.actor, SUSPEND)
        check_resume(self.case)
        return CaseOption(verb="resume")

    async def cancel(self) -> CaseOption:
        require(self.actor, CANCEL)
        await check_cancel(self.unit, self.case)
        return CaseOption(verb="cancel")

    async def dossier(self) -> CaseOption:
        require(self.actor, AUDIT)
        if self.services.checkpointer is None:
            raise TrailNotSigned("this process signs no checkpoints, so it can prove nothing")
        return CaseOption(verb="dossier")

    async def stands_at(self) -> str | None:
        if self.case.ended_at is not None:
            return None
        try:
            return standing_at(self.services.definition_of(self.case), await state_of(self.unit, self.case)).name
        except EngineError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOptionDesk:
    """Says what may be done. Reads only."""

    services: Services

    async def of_case(self, actor: Actor, case_id: str) -> CaseOptions:
        """Every verb once. Raises `PermissionMissing` or `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            case = await unit.cases.get(case_id)
            asked = _Asked(services=self.services, unit=unit, actor=actor, case=case)
            checks: Mapping[Verb, Callable[[], Awaitable[CaseOption]]] = {
                "retry": asked.retry,
                "retry_from": asked.retry_from,
                "skip": asked.skip,
                "suspend": asked.suspend,
                "resume": asked.resume,
                "cancel": asked.cancel,
                "dossier": asked.dossier,
            }
            options = [await _tried(verb, checks[verb]) for verb in VERBS]
            return CaseOptions(options=options, stands_at=await asked.stands_at())


async def _tried(verb: Verb, check: Callable[[], Awaitable[CaseOption]]) -> CaseOption:
    try:
        return await check()
    except EngineError as refusal:
        return CaseOption(verb=verb, refusal=refusal)
