"""The performers of a process as they stand now, and whom a case without anything special would get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphs.intake import require
from graphs.routing.people.reading import WorkforceReader
from graphs.routing.performers.choice import Candidate, Choice, choose
from graphs.routing.performers.hands import Hands, hands_for, need_by_hand
from graphs.routing.performers.surroundings import Steps, hand_step_of, surroundings_of
from graphs.runtime.services import Services
from graphs.steps import ProposeStep
from graphs.store.people import Actor

READ = "case.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPerformers:
    """The performers of one proposal, and who would be chosen now where no case's data speaks against anybody."""

    process: str
    step: ProposeStep
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformerDesk:
    """Shows how performers stand."""

    services: Services

    async def listed(self, actor: Actor, process: str) -> list[StepPerformers]:
        """The proposals with performers of the newest version of a process. Raises `PermissionMissing`, `Invalid`."""
        require(actor, READ)
        definition, now = self.services.registry.latest(process), self.services.clock()
        shown: list[StepPerformers] = []
        for step in definition.steps:
            if not isinstance(step, ProposeStep) or not step.performers:
                continue
            around = await surroundings_of(
                step,
                definition,
                tenant=actor.tenant,
                case_id="",
                catalog=self.services.catalogs(actor.tenant),
                admission=self.services.admission,
                database=self.services.database,
                now=now,
                hands=await self._hands(step, definition, actor.tenant, now),
            )
            candidates = [
                Candidate(
                    name=one.name,
                    kind=one.kind.value,
                    takes=one.takes,
                    against=around.against(one),
                    standing=around.standing(one),
                )
                for one in step.performers
            ]
            choice = choose(candidates, now=now, patience=step.patience)
            shown.append(StepPerformers(process=definition.reference, step=step, choice=choice))
        return shown

    async def _hands(self, step: ProposeStep, definition: Steps, tenant: str, now: datetime) -> Hands | None:
        """Who would do it by hand in a case that nobody has started or approved yet."""
        hand = hand_step_of(step, definition)
        if hand is None:
            return None
        workforce = await WorkforceReader(database=self.services.database, tenant=tenant).read(now)
        return hands_for(need_by_hand(hand, now=now), workforce, now)
