"""The precedents of a question: the most alike that people have decided, and how those decisions fell.

Nothing but people reads them: no step, no rule and no agent is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphs.compaction import kept_task
from graphs.errors import NotFound
from graphs.intake import require
from graphs.precedents.similar_texts import MOST_SENT, OFF, Question, SimilarTexts, TextComparison
from graphs.precedents.similarity import Difference, Facts, differences, similarity_bps, visible, weights
from graphs.replay import recorded_facts
from graphs.rule_shelf import RulesUnusable
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.precedents import Precedents
from graphs.store.recall_tables import Precedent
from policies.expression import Kind

READ = "task.read"
NEAREST = 5
ALIKE_BPS = 8_000
"""From here on a precedent counts as similar."""
SHOWN = 12
"""Differences that are shown of each precedent."""
NEAREST_TEXTS = 3
"""So many precedents with the most similar texts are shown whatever their facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """One precedent, how alike it is, and what differs.

    `text_bps` is how near its text is, None where that is not known; `for_text` that it is shown for nothing else.
    """

    precedent: Precedent
    similarity_bps: int
    differs: Sequence[Difference]
    differences: int
    text_bps: int | None = None
    for_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentsOfTask:
    """What was decided before about questions of the same step with the same exceptions.

    `compared` are all of those, `decisions` how the similar ones among them fell; `names` has people's names by id.
    `nearest` ends with those that only their texts bring in, also where other exceptions had asked.
    """

    task_id: str
    step: str
    exceptions: Sequence[str]
    compared: int
    similar: int
    decisions: Mapping[str, int]
    nearest: Sequence[Nearest]
    names: Mapping[str, str]
    texts: SimilarTexts = OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentDesk:
    """Shows precedents to whoever may read tasks; `most_sent` texts go to an embedding model in one look."""

    services: Services
    most_sent: int = MOST_SENT

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
            step = await precedents.of_step(case.process, task.step)
            earlier = [one for one in step if one.case_id != task.case_id and one.facts]
            names = await unit.people.names(sorted({one.decided_by for one in earlier}))
        before = [one for one in earlier if sorted(one.exceptions) == exceptions]
        kinds = await self._kinds(actor.tenant, str(asked.verdict["pack"]), str(asked.verdict["pack_digest"]))
        question = Question(task=task, case=case, facts=visible(asked.verdict["facts"]))
        texts = await TextComparison(services=self.services, actor=actor, most_sent=self.most_sent).of(
            question, earlier
        )
        facts = visible(recorded_facts(asked.verdict["facts"], kinds))
        found = ranked(facts, before, kinds, texts=texts.bps)
        similar = [one for one in found if one.similarity_bps >= ALIKE_BPS]
        return PrecedentsOfTask(
            task_id=task_id,
            step=task.step,
            exceptions=exceptions,
            compared=len(before),
            similar=len(similar),
            decisions=dict(sorted(Counter(one.precedent.decision for one in similar).items())),
            nearest=[*found[:limit], *for_their_texts(facts, found[:limit], earlier, before, kinds, texts.bps)],
            names=names,
            texts=texts,
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


def ranked(
    facts: Facts,
    before: Sequence[Precedent],
    kinds: Mapping[str, Kind],
    *,
    texts: Mapping[int, int] | None = None,
    weighed_by: Sequence[Precedent] | None = None,
) -> list[Nearest]:
    """The precedents, the most alike by facts first, of equals the one with the nearest text, then the newest.

    A fact weighs as it is rare among `weighed_by`, by default the precedents themselves.
    """
    theirs = [recorded_facts(one.facts, kinds) for one in before]
    among = theirs if weighed_by is None else [recorded_facts(one.facts, kinds) for one in weighed_by]
    weighted, texts = weights(facts, among, kinds), texts or {}
    found: list[Nearest] = []
    for one, other in zip(before, theirs, strict=True):
        differing = differences(facts, {name: other[name] for name in other if name in facts}, weighted)
        alike = similarity_bps(facts, other, kinds, weighted)
        found.append(
            Nearest(
                precedent=one,
                similarity_bps=alike,
                differs=differing[:SHOWN],
                differences=len(differing),
                text_bps=texts.get(one.seq),
            )
        )
    return sorted(found, key=lambda one: (-one.similarity_bps, -(one.text_bps or 0), -one.precedent.seq))


def for_their_texts(
    facts: Facts,
    shown: Sequence[Nearest],
    earlier: Sequence[Precedent],
    before: Sequence[Precedent],
    kinds: Mapping[str, Kind],
    texts: Mapping[int, int],
) -> list[Nearest]:
    """Those of the nearest by text that are not among the shown ones, the nearest first."""
    nearest = sorted((seq for seq, bps in texts.items() if bps), key=lambda seq: (-texts[seq], -seq))[:NEAREST_TEXTS]
    missing = set(nearest) - {one.precedent.seq for one in shown}
    added = [one for one in earlier if one.seq in missing]
    found = ranked(facts, added, kinds, texts=texts, weighed_by=before)
    return sorted((replace(one, for_text=True) for one in found), key=lambda one: nearest.index(one.precedent.seq))


def exceptions_of(verdict: Mapping[str, object]) -> list[str]:
    """Names of the exceptions that ask somebody, sorted."""
    findings = verdict["findings"]
    assert isinstance(findings, list)  # noqa: S101 - a verdict's form
    return sorted({f["exception"] for f in findings if f["severity"] != "warn" and f["exception"]})
