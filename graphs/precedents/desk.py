"""The precedents of a question: the most alike that people have decided, and how those decisions fell.

Nothing but people reads them: no step, no rule and no agent is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphs.compaction import kept_task
from graphs.errors import NotFound
from graphs.intake import require
from graphs.precedents.similarity import Difference, Facts, differences, similarity_bps, weights
from graphs.replay import recorded_facts
from graphs.rule_shelf import RulesUnusable
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.precedents import Precedents
from graphs.store.recall_tables import Precedent
from policies.expression import Kind
from policies.fact import FactValue

READ = "task.read"
NEAREST = 5
ALIKE_BPS = 8_000
"""From here on a precedent counts as similar."""
SHOWN = 12
"""Differences that are shown of each precedent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """One precedent, how alike it is, and what differs."""

    precedent: Precedent
    similarity_bps: int
    differs: Sequence[Difference]
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentsOfTask:
    """What was decided before about questions of the same step with the same exceptions.

    `compared` are all of those, `decisions` how the similar ones among them fell; `names` has people's names by id.
    """

    task_id: str
    step: str
    exceptions: Sequence[str]
    compared: int
    similar: int
    decisions: Mapping[str, int]
    nearest: Sequence[Nearest]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentDesk:
    """Shows precedents to whoever may read tasks."""

    services: Services

    async def of_task(self, actor: Actor, task_id: str, *, limit: int = NEAREST) -> PrecedentsOfTask:
        """The precedents of a task, the most alike first. Raises `PermissionMissing`, `NotFound`."""
        require(actor, READ)
        await caught_up(self.services, actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await kept_task(unit, task_id)
            case = await unit.cases.get(task.case_id)
            precedents = Precedents(unit.session, actor.tenant)
            asked = await precedents.asked(task.case_id, task.digest)
            if asked is None:
                raise NotFound(f"the facts that task {task_id} asks about are not on record any more")
            exceptions = exceptions_of(asked.verdict)
            before = [
                one
                for one in await precedents.of_step(case.process, task.step)
                if one.case_id != task.case_id and sorted(one.exceptions) == exceptions and one.facts
            ]
            names = await unit.people.names(sorted({one.decided_by for one in before}))
        kinds = await self._kinds(actor.tenant, str(asked.verdict["pack"]), str(asked.verdict["pack_digest"]))
        found = ranked(visible(recorded_facts(asked.verdict["facts"], kinds)), before, kinds)
        similar = [one for one in found if one.similarity_bps >= ALIKE_BPS]
        return PrecedentsOfTask(
            task_id=task_id,
            step=task.step,
            exceptions=exceptions,
            compared=len(before),
            similar=len(similar),
            decisions=dict(sorted(Counter(one.precedent.decision for one in similar).items())),
            nearest=found[:limit],
            names=names,
        )

    async def _kinds(self, tenant: str, pack: str, digest: str) -> Mapping[str, Kind]:
        """What each fact is, as the pack says that judged the question; nothing where its text is not there."""
        try:
            return (await self.services.shelf.book(tenant, digest)).pack.kinds
        except (NotFound, RulesUnusable):
            return {} if pack not in self.services.rulebooks else self.services.rulebooks[pack].pack.kinds


async def caught_up(services: Services, tenant: str) -> None:
    """Bring the precedents up to date, a batch of the trail in each transaction."""
    more = True
    while more:
        async with services.database.unit_of_work(tenant) as unit:
            more = await Precedents(unit.session, tenant).catch_up()


def ranked(facts: Facts, before: Sequence[Precedent], kinds: Mapping[str, Kind]) -> list[Nearest]:
    """The precedents, the most alike first, of equals the newest."""
    theirs = [recorded_facts(one.facts, kinds) for one in before]
    weighted = weights(facts, theirs, kinds)
    found: list[Nearest] = []
    for one, other in zip(before, theirs, strict=True):
        differing = differences(facts, {name: other[name] for name in other if name in facts}, weighted)
        alike = similarity_bps(facts, other, kinds, weighted)
        found.append(
            Nearest(precedent=one, similarity_bps=alike, differs=differing[:SHOWN], differences=len(differing))
        )
    return sorted(found, key=lambda one: (-one.similarity_bps, -one.precedent.seq))


def exceptions_of(verdict: Mapping[str, object]) -> list[str]:
    """Names of the exceptions that ask somebody, sorted."""
    findings = verdict["findings"]
    assert isinstance(findings, list)  # noqa: S101 - a verdict's form
    return sorted({f["exception"] for f in findings if f["severity"] != "warn" and f["exception"]})


def visible(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts without what an agent has said, where its decision is to be reviewed blind."""
    blind = {name.removesuffix("blind") for name, value in facts.items() if name.endswith(".blind") and value is True}
    return {name: value for name, value in facts.items() if not any(name.startswith(prefix) for prefix in blind)}
