"""The rule shelf: which rules are active for a case at this moment, compiled.

What is active is read together with the kill switches (`graphs.admission`), at most every half second however many
cases run; so an activation reaches every worker within that time and a query, and a verdict costs no query of its own.
A tenant for which no pack was ever activated is judged by the pack that came with the release.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from graphs.admission import TOO_OLD, Admission
from graphs.errors import EngineError
from graphs.refusals import ViewTooOld
from graphs.stocked import stored_pack
from graphs.store.database import Database
from graphs.store.packs import Activation
from graphs.trial import COMMAND, PackRefused, Question, TrialFailed, TrialLimits, trial_of
from policies.errors import PolicyError
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from policies.verdict import Verdict

APART = TrialLimits(time=timedelta(seconds=10), rounds=0)
"""A pack that is active was smoke-run before."""
BOOKS = 64
"""Compiled packs a process keeps; the least used goes first."""

log = structlog.get_logger(__name__)


class RulesUnusable(EngineError):
    """The active rule pack cannot be used by this release: nothing is judged by another instead."""

    code = "rules_unusable"


class JudgingKilled(EngineError):
    """Judging the case ends its process: a person must look at its facts and its rules."""

    code = "judging_killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRules:
    """The rules that count for a case now. `parameters` are the tenant's own; `number` 0 is the release's."""

    book: RuleBook
    parameters: Mapping[str, FactValue] = field(default_factory=dict)
    number: int = 0

    def judge(self, point: str, facts: Mapping[str, FactValue], *, on: date) -> Verdict:
        """The verdict of these rules with the tenant's parameters."""
        return self.book.judge(point, facts, on=on, parameters=self.parameters)


class RuleShelf:
    """The rules of one process. Needs no start and no stop: it reads when it is asked."""

    def __init__(
        self,
        database: Database,
        admission: Admission,
        packaged: Mapping[str, RuleBook],
        *,
        clock: Callable[[], datetime],
        trial_command: Sequence[str] = COMMAND,
    ) -> None:
        """`packaged` are the packs of the release, by name; `trial_command` starts a child that judges."""
        self._database = database
        self._admission = admission
        self._clock = clock
        self._trial_command = trial_command
        self._packaged = {name: ActiveRules(book=book) for name, book in packaged.items()}
        self._books: OrderedDict[str, RuleBook] = OrderedDict()
        self._active: dict[tuple[str, str, int], ActiveRules] = {}
        self._loading = asyncio.Lock()

    def __contains__(self, pack: str) -> bool:
        """Whether the release brought a pack of that name."""
        return pack in self._packaged

    def at_hand(self, tenant: str, pack: str, started_at: datetime) -> ActiveRules | None:
        """The rules active now for a case that started then, if nothing has to be read for that."""
        view = self._admission.fresh(tenant)
        if view is None:
            return None
        activations = view.packs.get((tenant, pack))
        if not activations:
            return self._packaged[pack]
        if activations[0].cases_since is not None or (tenant, pack, activations[0].number) not in self._active:
            chosen = self._chosen(activations, started_at)
            return self._active.get((tenant, pack, chosen.number))
        # The newest covers every case, and its instant has come: it was chosen before.
        return self._active[tenant, pack, activations[0].number]

    async def active(self, tenant: str, pack: str, started_at: datetime) -> ActiveRules:
        """The rules active now for a case that started then.

        Raises `ViewTooOld` while the database does not say which they are, `RulesUnusable`.
        """
        found = self.at_hand(tenant, pack, started_at)
        if found is not None:
            return found
        view = self._admission.fresh(tenant) or await self._admission.read(tenant)
        if not self._admission.is_current(view, tenant):
            message = "the database does not say which rules are active"
            raise ViewTooOld(message, tool="rules", ask_at=self._clock() + TOO_OLD)
        activations = view.packs.get((tenant, pack))
        if not activations:
            return self._packaged[pack]
        chosen = self._chosen(activations, started_at)
        book = await self.book(tenant, chosen.digest)
        rules = ActiveRules(book=book, parameters=chosen.parameters, number=chosen.number)
        self._active[tenant, pack, chosen.number] = rules
        return rules

    async def book(self, tenant: str, digest: str) -> RuleBook:
        """The stored pack, compiled. Raises `NotFound`, `RulesUnusable`."""
        if digest in self._books:
            self._books.move_to_end(digest)
            return self._books[digest]
        async with self._loading:
            if digest not in self._books:
                self._books[digest] = self._release_book(digest) or await self._compiled(tenant, digest)
                while len(self._books) > BOOKS:
                    self._books.popitem(last=False)
            return self._books[digest]

    async def judge_apart(self, rules: ActiveRules, question: Question) -> Verdict:
        """The verdict, given in a child process: for a case whose workers were lost, maybe while they judged it.

        Raises `JudgingKilled` where the child is lost, too.
        """
        pack = rules.book.pack
        asked = replace(question, parameters=dict(rules.parameters))
        try:
            # JSON is YAML: the child reads the very pack that is judged by here.
            async with trial_of(
                pack.model_dump_json(), name=pack.pack, limits=APART, command=self._trial_command
            ) as trial:
                [verdict] = await trial.judge([asked])
                same = trial.digest == pack.digest
        except (TrialFailed, PackRefused) as error:
            raise JudgingKilled(f"judging at {question.point}: {error}") from error
        if not same:
            raise JudgingKilled(f"judging at {question.point}: the child judged by another pack")
        return Verdict.model_validate_json(verdict)

    def forget(self) -> None:
        """Look again: this process has just activated something."""
        self._admission.forget()

    def _chosen(self, activations: Sequence[Activation], started_at: datetime) -> Activation:
        """The newest that covers the case. The first covers everything, also for a worker whose clock is behind."""
        now = self._clock()
        return next((one for one in activations if one.covers(started_at, now=now)), activations[-1])

    def _release_book(self, digest: str) -> RuleBook | None:
        return next((rules.book for rules in self._packaged.values() if rules.book.pack.digest == digest), None)

    async def _compiled(self, tenant: str, digest: str) -> RuleBook:
        async with self._database.unit_of_work(tenant) as unit:
            stored = await unit.packs.get(digest)
        try:
            book = await asyncio.to_thread(compiled, stored.yaml, stored.pack)
        except PolicyError as error:
            raise RulesUnusable(f"rule pack {stored.pack} {digest[:12]} cannot be used: {error}") from error
        if book.pack.digest != digest:
            await self._keep_as_read(tenant, stored.yaml, book)
        return book

    async def _keep_as_read(self, tenant: str, yaml: str, book: RuleBook) -> None:
        """A release that reads an approved text into another form gives verdicts of another digest: kept under it."""
        log.warning("pack.read_otherwise", pack=book.pack.pack, digest=book.pack.digest)
        row = stored_pack(
            tenant, yaml, book.pack, stored_by="release", note="as a newer release reads it", now=self._clock()
        )
        async with self._database.unit_of_work(tenant) as unit:
            await unit.packs.keep(row)


def compiled(yaml: str, name: str) -> RuleBook:
    """The pack written in `yaml`, ready to judge. Raises `PolicyError`."""
    return RuleBook(read_pack(yaml, name=name))
