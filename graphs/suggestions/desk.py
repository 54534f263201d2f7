"""The suggestion desk: what reviewers always decide alike, as a changed pack that a named person may propose.

Nothing here activates or even proposes anything: a candidate goes the way of every rule pack, with its replay, and
past a second person.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from graphs.errors import Invalid, NotFound
from graphs.intake import require
from graphs.pack_desk import PROPOSE
from graphs.precedents.desk import caught_up
from graphs.rule_shelf import ActiveRules
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.precedents import Precedents
from graphs.store.recall_tables import Precedent
from graphs.suggestions.answers import Answers, Asked, Label, answers_of, distinct_cases
from graphs.suggestions.candidate import Candidate, Change, asked_by, candidate
from graphs.suggestions.mining import LEAST_SUPPORT, Miner
from graphs.suggestions.predicate import Facts, Predicate
from policies.canonical import digest
from policies.errors import PolicyError
from policies.expression import Kind
from policies.field import FieldType
from policies.pack import RulePack

MOST_ANSWERS = 2_000
"""Answers about a pack that are looked at, the newest."""
FEWEST = 3
CONFIDENCE = 0.95
FULL_BPS = 10_000
SAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What people always decide about one rule's question where the predicate holds.

    `cases` are those that were decided so, none of which was contradicted; `bound_bps` is how often it could still be
    contradicted at most, with 95 % confidence. `facts` are some of theirs.
    """

    id: str
    pack: str
    digest: str
    asked: Asked
    label: Label
    predicate: Predicate
    cases: tuple[str, ...]
    told: int
    facts: tuple[Facts, ...]

    @property
    def bound_bps(self) -> int:
        """The exact binomial bound for no contradiction in n: 1 − 0.05^(1/n)."""
        return math.ceil(FULL_BPS * (1 - math.pow(1 - CONFIDENCE, 1 / len(self.cases))))

    @property
    def change(self) -> Change:
        """What it changes in its pack."""
        asked = self.asked
        return Change(
            id=self.id,
            rule=asked.rule,
            point=asked.point,
            decision=self.label.decision,
            predicate=self.predicate,
            cases=self.facts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedPack:
    """A suggestion with the pack it would make; without one, `why_not` says what stands against it."""

    suggestion: Suggestion
    candidate: Candidate | None
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDesk:
    """Shows suggestions to whoever may propose rule packs. Every method raises `PermissionMissing`, `Invalid`."""

    services: Services

    async def listed(self, actor: Actor, *, least: int = LEAST_SUPPORT) -> list[Suggestion]:
        """What is always decided alike in at least `least` cases, the most frequent first."""
        require(actor, PROPOSE)
        if least < FEWEST:
            raise Invalid(f"min-support: fewer than {FEWEST} cases say nothing")
        await caught_up(self.services, actor.tenant)
        found: list[Suggestion] = []
        for pack in sorted(self.services.rulebooks):
            active = await self.services.shelf.active(actor.tenant, pack, self.services.clock())
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                rows = await Precedents(unit.session, actor.tenant).of_pack(pack, limit=MOST_ANSWERS)
            today = self.services.clock().date()
            found += await asyncio.to_thread(suggestions, [row for row in rows if row.facts], active, least, today)
        return sorted(found, key=lambda one: (-len(one.cases), one.id))

    async def show(self, actor: Actor, suggestion_id: str, *, least: int = LEAST_SUPPORT) -> SuggestedPack:
        """One suggestion with its changed pack. Raises `NotFound` where answers have contradicted it since."""
        found = next((one for one in await self.listed(actor, least=least) if one.id == suggestion_id), None)
        if found is None:
            raise NotFound(f"there is no suggestion {suggestion_id} (any more): answers may have contradicted it")
        if found.label.decision == "correct":
            why = "a rule judges and corrects nothing: change where the value comes from, or what the step makes of it"
            return SuggestedPack(suggestion=found, candidate=None, why_not=why)
        active = await self.services.shelf.active(actor.tenant, found.pack, self.services.clock())
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            text = (await unit.packs.get(active.book.pack.digest)).yaml
        try:
            made = await asyncio.to_thread(candidate, text, active.book, found.change)
        except PolicyError as refused:
            return SuggestedPack(suggestion=found, candidate=None, why_not=str(refused))
        return SuggestedPack(suggestion=found, candidate=made)


def suggestions(rows: Sequence[Precedent], active: ActiveRules, least: int, on: date) -> list[Suggestion]:
    """What the answers about one pack suggest."""
    pack = active.book.pack
    asked = answers_of(rows, active.book, active.parameters, on=on)
    return [found for question, answers in asked.items() for found in _of_question(question, answers, pack, least)]


def _of_question(asked: Asked, answers: Answers, pack: RulePack, least: int) -> list[Suggestion]:
    miner = Miner(kinds=kinds_at(pack, asked.point), preferred=preferred(asked, pack), least=least)
    found: list[Suggestion] = []
    for label, rows in answers.by_label.items():
        for mined in miner.mine([facts for _, facts in rows], answers.others(label)):
            cases = distinct_cases(rows, mined.covered)
            if len(cases) < least:
                continue
            named = [pack.pack, asked.rule, asked.step, label.decision, dict(label.corrected), mined.predicate.text]
            found.append(
                Suggestion(
                    id=digest(named)[:16],
                    pack=pack.pack,
                    digest=pack.digest,
                    asked=asked,
                    label=label,
                    predicate=mined.predicate,
                    cases=tuple(cases),
                    told=mined.told,
                    facts=tuple(rows[place][1] for place in mined.covered[:SAMPLES]),
                )
            )
    return found


def kinds_at(pack: RulePack, point: str) -> dict[str, Kind]:
    """The fields that the pack's rules read at a point: only what is recorded there can be compared."""
    read = frozenset[str]().union(*(asked_by(rule, pack, point) for rule in pack.rules_at(point)))
    return {name: pack.kinds[name] for name in sorted(read) if name in pack.fields}


def preferred(asked: Asked, pack: RulePack) -> list[str]:
    """Numbers that say most of a question: what its rule reads, money first, then all other money."""
    rule = next(rule for rule in pack.rules if rule.id == asked.rule)
    read = asked_by(rule, pack, asked.point)
    money = [name for name, field in pack.fields.items() if field.type is FieldType.MONEY]
    numbers = [name for name in sorted(read) if pack.kinds[name] is Kind.INT]
    return [
        *(n for n in money if n in read),
        *(n for n in numbers if n not in money),
        *(n for n in money if n not in read),
    ]
