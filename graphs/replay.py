"""Replay: what a rule pack would have made of the verdicts that were given, before anybody is judged by it.

The recorded facts are judged by the new pack in its child process, and by the rules that are active now. Where the
active rules gave the recorded verdict, they must give it again byte for byte: else the replay says so, and nothing it
finds can be relied on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from graphs.errors import NotFound
from graphs.replay_report import Baseline, ReplayReport
from graphs.replay_tally import ALLOWED, BLOCKED, REVIEWED, Tally
from graphs.rule_shelf import ActiveRules, RulesUnusable
from graphs.runtime.services import Services
from graphs.steps import DecisionStep, ProposeStep, ReviewStep
from graphs.store.database import UnitOfWork
from graphs.store.verdict_log import JudgedEntry, VerdictLog
from graphs.trial import Question, Trial
from policies.canonical import SAFE_INTEGER, canonical_json
from policies.expression import Kind
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.pack import RulePack

BATCH = 250
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The pack that is to be tried, with the tenant's parameters for it."""

    pack: RulePack
    parameters: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which verdicts are replayed: since a day, and of some cases only."""

    since: date | None = None
    cases: tuple[str, ...] | None = None

    @property
    def since_at(self) -> datetime | None:
        """The first instant."""
        return datetime.combine(self.since, time.min, tzinfo=UTC) if self.since else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come: entry `entry` of `of`, so many verdicts."""

    entry: int
    of: int
    verdicts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """A recorded verdict that can be replayed, with the rules that are active now for its case."""

    entry: JudgedEntry
    verdict: Json
    active: ActiveRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Replays a candidate, which `trial` holds in its child process, over a tenant's recorded verdicts."""

    services: Services
    tenant: str
    candidate: Candidate
    trial: Trial
    scope: Scope
    batch: int = BATCH

    async def run(self) -> AsyncGenerator[Progress | ReplayReport]:
        """Progress after each batch, and last the report. All is read as of one instant.

        Raises `TrialFailed` where the pack ends its process on recorded facts.
        """
        async with self.services.database.unit_of_work(self.tenant, snapshot=True) as unit:
            log, tally = VerdictLog(unit.session), Tally(pack=self.candidate.pack, deny_asks=self._deny_asks)
            newest = await unit.packs.newest(self.tenant, self.candidate.pack.pack)
            end, after = await log.end(self.tenant), 0
            while page := await log.page(
                self.tenant, after=after, limit=self.batch, since=self.scope.since_at, cases=self.scope.cases
            ):
                await self._replay(page, tally)
                after = page[-1].seq
                yield Progress(entry=after, of=end, verdicts=tally.verdicts)
            yield await self._report(unit, tally, newest.number if newest else 0, end)

    async def _replay(self, page: Sequence[JudgedEntry], tally: Tally) -> None:
        past = [item for entry in page async for item in self._replayable(entry, tally)]
        books = await self._books(past)
        answers = await self.trial.judge([self._question(item) for item in past])
        active = await asyncio.to_thread(lambda: [judged_by_active(item) for item in past])
        again = await asyncio.to_thread(lambda: [judged_by_its_own(item, books) for item in past])
        for item, after, now, same in zip(past, answers, active, again, strict=True):
            recorded = canonical_json(item.verdict)
            if same is None:
                tally.text_missing += 1
            else:
                tally.compare(item.entry, recorded, same)
            tally.add(item.entry, baseline(item, recorded, now), json.loads(after))

    async def _replayable(self, entry: JudgedEntry, tally: Tally) -> AsyncIterator[_Past]:
        if entry.erased:
            tally.erased += 1
            return
        name = self.candidate.pack.pack
        for verdict in entry.verdicts:
            if verdict["pack"] != name:
                continue
            if verdict["engine_fault"] is not None:
                tally.recorded_faults += 1
                continue
            active = await self.services.shelf.active(self.tenant, name, entry.started_at or entry.at)
            yield _Past(entry=entry, verdict=verdict, active=active)

    async def _books(self, past: Sequence[_Past]) -> dict[str, RuleBook]:
        """The packs that gave the verdicts, as far as their texts are stored."""
        books: dict[str, RuleBook] = {}
        for digest in {item.verdict["pack_digest"] for item in past}:
            active = next((item.active.book for item in past if item.active.book.pack.digest == digest), None)
            try:
                books[digest] = active or await self.services.shelf.book(self.tenant, digest)
            except (NotFound, RulesUnusable):
                continue
        return books

    def _question(self, item: _Past) -> Question:
        return question(item.verdict, self.candidate.pack, self.candidate.parameters)

    def _deny_asks(self, entry: JudgedEntry) -> bool:
        """Whether a person is asked when the rules deny; where nobody knows the step, one is."""
        if entry.process is None or entry.version is None:
            return True
        definition = self.services.registry.find(entry.process, entry.version)
        step = definition.by_name.get(entry.step) if definition else None
        if definition is None or not isinstance(step, DecisionStep | ProposeStep):
            return True
        return isinstance(definition.by_name.get(step.deny), ReviewStep)

    def _review_of(self, step: str) -> str | None:
        for definition in self.services.registry:
            found = definition.by_name.get(step)
            if definition.pack == self.candidate.pack.pack and isinstance(found, DecisionStep | ProposeStep):
                return found.review
        return None

    async def _report(self, unit: UnitOfWork, tally: Tally, number: int, end: int) -> ReplayReport:
        pack = self.candidate.pack
        now = self.services.clock()
        active = await self.services.shelf.active(self.tenant, pack.pack, now)
        more, less = tally.tasks
        return ReplayReport(
            pack=pack.pack,
            version=pack.version,
            digest=pack.digest,
            parameters=dict(self.candidate.parameters),
            against=Baseline(number=number, digest=active.book.pack.digest),
            since=self.scope.since,
            only_cases=self.scope.cases,
            made_at=now,
            up_to_entry=end,
            verdicts=tally.verdicts,
            cases=tally.cases,
            newly_blocked=tally.change(BLOCKED),
            newly_reviewed=tally.change(REVIEWED),
            newly_allowed=tally.change(ALLOWED),
            amounts_from=tally.amounts_from,
            tasks_more=more,
            tasks_less=less,
            waits=tally.waits(await VerdictLog(unit.session).waits(self.tenant), self._review_of),
            unknown_input=tally.unknown_input,
            erased=tally.erased,
            recorded_faults=tally.recorded_faults,
            new_faults=tally.new_faults,
            first_fault=tally.first_fault,
            never_in_force=tally.never_in_force,
            recomputed=tally.recomputed,
            flips=tuple(tally.flips),
        )


def question(verdict: Json, pack: RulePack, parameters: Mapping[str, FactValue]) -> Question:
    """What was asked for a recorded verdict, put to `pack`. A fact that was unknown is not given."""
    return Question(
        point=verdict["point"],
        facts=recorded_facts(verdict["facts"], pack.kinds),
        on=date.fromisoformat(verdict["judged_on"]),
        parameters=recorded_facts(parameters, {name: item.type.kind for name, item in pack.parameters.items()}),
        met=tuple(verdict["met"]),
    )


def recorded_facts(values: Mapping[str, FactValue], kinds: Mapping[str, Kind]) -> dict[str, FactValue]:
    """Values as they were judged: canonical JSON writes an integer beyond 2^53 as a string."""
    return {name: _integer(value, kinds.get(name)) for name, value in values.items() if value is not None}


def _integer(value: FactValue, kind: Kind | None) -> FactValue:
    if kind is not Kind.INT or not isinstance(value, str) or not value.removeprefix("-").isascii():
        return value
    return int(value) if value.removeprefix("-").isdigit() and abs(int(value)) > SAFE_INTEGER else value


def judged_by_active(item: _Past) -> bytes:
    """The verdict of the rules active now, as canonical JSON."""
    asked = question(item.verdict, item.active.book.pack, item.active.parameters)
    return judged(item.active.book, asked)


def judged_by_its_own(item: _Past, books: Mapping[str, RuleBook]) -> bytes | None:
    """The recorded verdict, computed again by the pack and the parameters that gave it; None without its text."""
    book = books.get(item.verdict["pack_digest"])
    if book is None:
        return None
    return judged(book, question(item.verdict, book.pack, item.verdict["parameters"]))


def judged(book: RuleBook, asked: Question) -> bytes:
    """The verdict as canonical JSON."""
    verdict = book.judge(asked.point, asked.facts, on=asked.on, parameters=asked.parameters, met=frozenset(asked.met))
    return canonical_json(verdict)


def baseline(item: _Past, recorded: bytes, active: bytes) -> Json:
    """What the new verdict is compared with: the recorded one if the active rules gave it, else theirs."""
    now: dict[str, Any] = json.loads(active)
    same = (now["pack_digest"], now["parameters"]) == (item.verdict["pack_digest"], item.verdict["parameters"])
    return json.loads(recorded) if same else now
