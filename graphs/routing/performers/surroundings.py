"""How all performers of a step stand at one instant: read in one query, and from what the admission knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from graphs.admission import Admission
from graphs.routing.performers.hands import Hands
from graphs.routing.performers.standing import Standing
from graphs.steps import AnyStep, EffectStep, HandStep, Performer, PerformerKind, ProposeStep
from graphs.store.admission_view import View
from graphs.store.database import Database
from graphs.store.performers import Noted, Performers
from tools.catalog import Catalog
from tools.limits import declared_limits, target_of


class Steps(Protocol):
    """What is asked of a process definition."""

    @property
    def name(self) -> str: ...

    def step(self, name: str) -> AnyStep:
        """The step called `name`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known of everything behind the performers of one step.

    `role` is whose work it is by hand, and `hands` who would do it; None where no performer is a person.
    """

    tenant: str
    process: str
    step: str
    role: str
    catalog: Catalog
    view: View
    noted: Mapping[tuple[str, str], Noted]
    hands: Hands | None = None

    def standing(self, performer: Performer) -> Standing:
        """How the performer stands; of one whose tool is not wired, only how long it usually takes."""
        took = self.noted.get(("took", work_of(self.process, self.step, performer.name)))
        learned = Standing(usual=took.took if took else None, samples=took.number if took else 0)
        if performer.kind is PerformerKind.PERSON and self.hands is not None:
            sharing = self.hands.sharing
            return replace(learned, at_once=sharing, ahead=self._number("tasks", self.role), hands=self.hands)
        if performer.tool not in self.catalog:
            return learned
        found = self.catalog[performer.tool]
        target = target_of(found)
        limits = self.view.limits.get((self.tenant, target), declared_limits(found))
        breaker, free = self.noted.get(("breaker", target)), self.noted.get(("free", target))
        return replace(
            learned,
            off=self.view.off.get((self.tenant, "tool", performer.tool)),
            left_alone_until=breaker.at if breaker and limits.breaker else None,
            free_at=free.at if free and limits.rate else None,
            at_once=limits.max_concurrent,
            ahead=max(self._number("held", target), self._number("waiting", target)),
        )

    def against(self, performer: Performer) -> str | None:
        """Why it cannot be used at all here: its tool is not wired, or nobody may do it by hand."""
        if performer.tool not in self.catalog:
            return f"no tool {performer.tool} is wired"
        if performer.kind is PerformerKind.PERSON and self.hands is not None:
            return self.hands.against
        return None

    def _number(self, what: str, name: str) -> int:
        found = self.noted.get((what, name))
        return found.number if found else 0


def work_of(process: str, step: str, performer: str) -> str:
    """What durations are learned of."""
    return f"{process}/{step}/{performer}"


def hand_step_of(step: ProposeStep, definition: Steps) -> HandStep | None:
    """Where a person does what is proposed; None where no performer is one."""
    if all(performer.kind is not PerformerKind.PERSON for performer in step.performers):
        return None
    effect = definition.step(step.allow)
    hand = definition.step(effect.by_hand) if isinstance(effect, EffectStep) and effect.by_hand else None
    return hand if isinstance(hand, HandStep) else None


async def surroundings_of(
    step: ProposeStep,
    definition: Steps,
    *,
    tenant: str,
    case_id: str,
    catalog: Catalog,
    admission: Admission,
    database: Database,
    now: datetime,
    hands: Hands | None = None,
) -> Surroundings:
    """What is known now of everything behind the step's performers; without what the case itself waits for.

    `hands` is who would do it by hand, where a performer is a person.
    """
    hand = hand_step_of(step, definition)
    role = hand.role if hand is not None else ""
    tools = {performer.tool for performer in step.performers}
    targets = sorted({target_of(catalog[tool]) for tool in tools if tool in catalog})
    works = [work_of(definition.name, step.name, performer.name) for performer in step.performers]
    roles = [role] if role else []
    view = admission.fresh(tenant) or await admission.read(tenant)
    async with database.unit_of_work(tenant) as unit:
        found = await Performers(unit.session).noted(
            tenant, targets=targets, works=works, roles=roles, case_id=case_id, now=now
        )
    noted = {(one.what, one.name): one for one in found}
    return Surroundings(
        tenant=tenant,
        process=definition.name,
        step=step.name,
        role=role,
        catalog=catalog,
        view=view,
        noted=noted,
        hands=hands,
    )
