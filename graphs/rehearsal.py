"""Rehearsal: what would become of the cases under way if they went on with another version. Nothing is written.

A case fits where its state can be read, the step where it stands is there and asks the same, and the new version
would have gone the way it went: its pure steps are run again, with the rules active now, on the state before each.
Reads, effects and answers are taken from the journal; no tool is called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from graphs.divergence import Divergence, first_divergence
from graphs.dry_run import dry_run, judged_ahead
from graphs.errors import EngineError, Invalid
from graphs.past import Names, Past, PastVisit, past_of, renamed_past, state_of
from graphs.process import ProcessDefinition
from graphs.runtime.judged import judge
from graphs.runtime.late_import import late_import
from graphs.runtime.run import Run
from graphs.runtime.services import Services
from graphs.state import CaseState
from graphs.steps import AgentStep, AnyStep, DecisionStep, EffectStep, EndStep, ProposeStep, ReadStep, ReviewStep
from graphs.store.database import UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.live_cases import LiveCases
from graphs.store.tables import Case, Effect, Task

UNDER_WAY = ("sent", "unknown")
"""Effects that may have happened: they are concluded by the version that sent them."""


class Fit(StrEnum):
    """How a case gets on with another version, the best first."""

    FITS = "fits"
    DIVERGES = "diverges"
    STUCK = "stuck"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRehearsal:
    """The result for one case: why it does not fit, and what the new version would do next (up to a call or a wait)."""

    case_id: str
    version: int
    status: str
    stands_at: str | None
    fit: Fit
    reasons: tuple[str, ...] = ()
    divergence: Divergence | None = None
    ahead: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The results of a page of cases; `after` is where the next page begins, None behind the last."""

    definition: ProcessDefinition
    cases: tuple[CaseRehearsal, ...]
    after: str | None

    @property
    def counts(self) -> dict[str, int]:
        """Number of cases by how they fit."""
        found = Counter(case.fit for case in self.cases)
        return {fit.value: found[fit] for fit in Fit}


@dataclass(slots=True)
class _Findings:
    reasons: list[tuple[Fit, str]] = field(default_factory=list)

    def add(self, fit: Fit, reason: str) -> None:
        self.reasons.append((fit, reason))

    @property
    def fit(self) -> Fit:
        order = list(Fit)
        return max((fit for fit, _ in self.reasons), key=order.index, default=Fit.FITS)


@dataclass(frozen=True, kw_only=True)
class Rehearser:
    """Rehearses cases against `definition`; `names` maps old names of steps to new ones."""

    services: Services
    definition: ProcessDefinition
    names: Names = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `Invalid` for a mapping that cannot be meant."""
        check_names(self.names, self.definition)

    async def page(self, tenant: str, *, after: str = "", limit: int = 100) -> Rehearsal:
        """Rehearse the tenant's live cases that are pinned to another version, by id."""
        async with self.services.database.unit_of_work(tenant) as unit:
            live = LiveCases(unit.session)
            await live.read_only()
            name, digest = self.definition.name, self.definition.digest
            ids = await live.page(name, not_on=digest, after=after, limit=limit)
        cases = [await self.one(tenant, case_id) for case_id in ids]
        return Rehearsal(definition=self.definition, cases=tuple(cases), after=ids[-1] if len(ids) == limit else None)

    async def one(self, tenant: str, case_id: str) -> CaseRehearsal:
        """Rehearse one case as of one instant. Raises `NotFound`."""
        async with self.services.database.unit_of_work(tenant, snapshot=True) as unit:
            await LiveCases(unit.session).read_only()
            return await self.of(unit, await unit.cases.get(case_id))

    async def of(self, unit: UnitOfWork, case: Case) -> CaseRehearsal:
        """Rehearse the case in the caller's transaction."""
        try:
            past = past_of(await unit.audit_log.of_case(case.id))
            await self._read_checkpoint(unit, case)
        except (EngineError, ValueError, KeyError, TypeError) as error:
            return CaseRehearsal(
                case_id=case.id,
                version=case.version,
                status=case.status,
                stands_at=None,
                fit=Fit.UNREADABLE,
                reasons=(f"{type(error).__name__}: {error}",),
            )
        tasks = await LiveCases(unit.session).tasks(case.id)
        return await self._judged(case, past, tasks, await unit.effects.of_case(case.id))

    async def _read_checkpoint(self, unit: UnitOfWork, case: Case) -> None:
        row = await LiveCases(unit.session).checkpoint(case.id)
        if row is not None:
            codec = await late_import("graphs.runtime.codec")
            place = codec.Place(tenant=case.tenant, thread=case.id, namespace="", slot="")
            reader = codec.Codec(seal=self.services.seal, values=codec.PlainValues())
            reader.tuple(place, row.id, row.parent, row.data, row.writes)

    async def _judged(self, case: Case, past: Past, tasks: Sequence[Task], effects: Sequence[Effect]) -> CaseRehearsal:
        found = _Findings()
        run = await dry_run(self.services, self.definition, case)
        before = past[-1].route if past else self._start_of(case)
        self._check_names_of(past, found)
        self._check_effects(effects, found)
        told = renamed_past(past, self.names)
        state, place = state_of(told), self.names.get(before, before) if past else self.definition.start
        if past:
            self._check_standing(case, before, place, tasks, found)
        else:
            self._check_input(case, found)
        divergence = first_divergence(told, run, renamed=frozenset(self.names.values()))
        if divergence is not None:
            found.add(Fit.DIVERGES, str(divergence))
        ahead = self._ahead(place, state, run, found) if found.fit is not Fit.STUCK else None
        return CaseRehearsal(
            case_id=case.id,
            version=case.version,
            status=case.status,
            stands_at=place,
            fit=found.fit,
            reasons=tuple(reason for _, reason in found.reasons),
            divergence=divergence,
            ahead=ahead,
        )

    def _start_of(self, case: Case) -> str:
        old = self.services.registry.find(case.process, case.version)
        return old.start if old else self.definition.start

    def _check_input(self, case: Case, found: _Findings) -> None:
        try:
            self.definition.check_input(case.input)
        except Exception as error:
            found.add(Fit.STUCK, f"{self.definition.reference} does not accept its input: {error}")

    def _check_names_of(self, past: Past, found: _Findings) -> None:
        """Two steps of the past must not become one: their visits would be taken for each other's."""
        names = {item.route for item in past} | {item.name for item in past if isinstance(item, PastVisit)}
        merged = Counter(self.names.get(name, name) for name in names if name)
        both = sorted(name for name, times in merged.items() if times > 1)
        if both:
            found.add(Fit.STUCK, f"the mapping makes two of its steps one: {', '.join(both)}")

    def _check_effects(self, effects: Sequence[Effect], found: _Findings) -> None:
        for effect in effects:
            if effect.status in UNDER_WAY:
                found.add(Fit.STUCK, f"its effect {effect.step} is {effect.status}: {effect.tool} may have been done")
            elif effect.step in self.names:
                found.add(
                    Fit.STUCK, f"the ledger knows its effect {effect.step}: under another name it could be done twice"
                )

    def _check_standing(self, case: Case, before: str, place: str, tasks: Sequence[Task], found: _Findings) -> None:
        step = self.definition.by_name.get(place)
        stands = "waits" if case.status == "waiting" else "stands"
        if step is None:
            found.add(Fit.STUCK, f"it {stands} at {place}, which is no step of {self.definition.reference}")
            return
        old = self.services.registry.find(case.process, case.version)
        old_step = old.by_name.get(before) if old and old.digest == case.definition_digest else None
        if old_step is not None and old_step.kind is not step.kind:
            found.add(Fit.STUCK, f"it {stands} at {place}, which was a {old_step.kind} and is a {step.kind}")
        if isinstance(step, ReviewStep):
            self._check_review(step, old_step, before, tasks, found)

    def _check_review(
        self, step: ReviewStep, old: AnyStep | None, before: str, tasks: Sequence[Task], found: _Findings
    ) -> None:
        if isinstance(old, ReviewStep) and self.names.get(old.of, old.of) != step.of:
            found.add(Fit.STUCK, f"its review {step.name} was about {old.of} and is about {step.of}")
        editable = {item.name: item.kind for item in step.editable}
        for task in tasks:
            if task.step != before or task.status not in UNANSWERED:
                continue
            lost = [one["name"] for one in task.form["fields"] if editable.get(one["name"]) != one["kind"]]
            if lost:
                found.add(Fit.STUCK, f"its open task has fields that {step.name} does not: {', '.join(lost)}")

    def _ahead(self, place: str, state: CaseState, run: Run, found: _Findings) -> str | None:
        """What comes next, up to a call, a wait or the end. A review is asked anew, so its step is judged again."""
        step = self.definition.step(place)
        if isinstance(step, ReviewStep):
            step = self.definition.step(step.of)
        try:
            while isinstance(step, DecisionStep | ProposeStep):
                state = judged_ahead(step, state, run)
                step = self.definition.declared(step, state["route"])
            self._check_callable(step, state, run)
        except Exception as error:
            found.add(Fit.STUCK, f"{step.name} fails: {type(error).__name__}: {error}")
            return None
        return f"{'end' if isinstance(step, EndStep) else step.kind.value} {step.name}"

    def _check_callable(self, step: AnyStep, state: CaseState, run: Run) -> None:
        """What the step needs is there. Raises what it would raise."""
        if isinstance(step, ReadStep | AgentStep):
            for tool in step.tools:
                run.catalog[tool]
        elif isinstance(step, EffectStep):
            proposal = self.definition.step(step.of)
            if isinstance(proposal, ProposeStep):
                judge(proposal, run.view(state), run)
        elif isinstance(step, EndStep):
            step.outcome(run.view(state))


def check_names(names: Mapping[str, str], definition: ProcessDefinition) -> None:
    """Whether the mapping can be meant. Raises `Invalid`."""
    for old, new in names.items():
        if new not in definition.by_name:
            raise Invalid(f"{old}={new}: {definition.reference} has no step {new}")
        if old in definition.by_name and old not in names.values():
            raise Invalid(f"{old}={new}: {definition.reference} still has a step {old}")
    twice = [name for name, times in Counter(names.values()).items() if times > 1]
    if twice:
        raise Invalid(f"two steps cannot both become {', '.join(twice)}")
