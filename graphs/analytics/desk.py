"""The analytics desk: how a process's graph stands, what its cases took, and an overview of all processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from graphs.analytics.figures import (
    AgentFigures,
    DayFigures,
    Rate,
    StepFigures,
    Tally,
    agents_of,
    bottlenecks,
    days_of,
    overrides_of,
    steps_of,
    ways_of,
)
from graphs.analytics.fold import Measure
from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.intake import require
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.steps import EndStep
from graphs.store.analytics import Analytics
from graphs.store.analytics_questions import AnalyticsQuestions, Standing, Window
from graphs.store.people import Actor

READ = "analytics.read"
REBUILD = "admin"
REBUILT = "analytics.rebuilt"
MOST_DAYS = 366
OF_MAP = (Measure.STEP, Measure.WAITED, Measure.WAY, Measure.REWORK)
OF_PAGE = (*OF_MAP, Measure.ENDED, Measure.ANSWER, Measure.RULE, Measure.DECIDED, Measure.AGENT)
OF_DAYS = (
    Measure.STARTED,
    Measure.ENDED,
    Measure.STRAIGHT,
    Measure.REWORKED,
    Measure.ANSWER,
    Measure.INCIDENT,
    Measure.COST,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMap:
    """A version's graph with its figures; `behind` entries of the trail are not counted yet."""

    definition: ProcessDefinition
    window: Window
    steps: Sequence[StepFigures]
    ways: Mapping[tuple[str, str], Rate]
    bottlenecks: Sequence[StepFigures]
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """What the cases of a process took and became in a window."""

    window: Window
    versions: Sequence[int]
    live: int
    days: Sequence[DayFigures]
    outcomes: Mapping[str, int]
    median_seconds: float | None
    p90_seconds: float | None
    steps: Sequence[StepFigures]
    answers: Mapping[str, int]
    rules: Sequence[Rate]
    agents: Sequence[AgentFigures]
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A process in a line: its cases now, its days, and the step at which cases stand longest now."""

    process: str
    title: str
    live: int
    incidents: int
    days: Sequence[DayFigures]
    slowest: StepFigures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsDesk:
    """Shows; only `rebuild` changes anything, and that nothing but counts. Raises `PermissionMissing`."""

    services: Services

    async def map(self, actor: Actor, reference: str, *, days: int) -> ProcessMap:
        """The graph of `name@version` as it stands, with the last days' figures. Raises `NotFound`."""
        require(actor, READ)
        definition = self.services.registry.named(reference)
        window = self._window(definition.name, days, version=definition.version)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            ask = AnalyticsQuestions(unit.session, actor.tenant)
            tally = Tally.of(await ask.window(window, OF_MAP))
            standing = await ask.standing(definition.name, definition.version)
            incidents = await ask.incidents(definition.name, definition.version)
            lag = await ask.lag()
        steps = self._steps([definition], tally, standing, incidents)
        return ProcessMap(
            definition=definition,
            window=window,
            steps=steps,
            ways=ways_of(tally),
            bottlenecks=bottlenecks(steps),
            behind=lag,
        )

    async def show(self, actor: Actor, process: str, *, days: int, version: int | None = None) -> ProcessFigures:
        """What the cases of a process took, of one version or of all. Raises `NotFound`."""
        require(actor, READ)
        definitions = self._versions(process)
        chosen = [one for one in definitions if version in (None, one.version)]
        if not chosen:
            raise NotFound(f"{process}@{version} is not registered")
        window = self._window(process, days, version=version)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            ask = AnalyticsQuestions(unit.session, actor.tenant)
            tally = Tally.of(await ask.window(window, OF_PAGE))
            by_day = await ask.days(window, OF_DAYS, processes=[process])
            standing = await ask.standing(process, version)
            incidents = await ask.incidents(process, version)
            lag = await ask.lag()
        return ProcessFigures(
            window=window,
            versions=[one.version for one in definitions],
            live=sum(one.cases for one in standing),
            days=days_of(by_day, days_between(window)),
            outcomes={status: tally.count(Measure.ENDED, status) for status in tally.subjects(Measure.ENDED)},
            median_seconds=tally.whole_quantile_seconds(Measure.ENDED, 0.5),
            p90_seconds=tally.whole_quantile_seconds(Measure.ENDED, 0.9),
            steps=self._steps(chosen, tally, standing, incidents),
            answers={decision: tally.count(Measure.ANSWER, decision) for decision in tally.subjects(Measure.ANSWER)},
            rules=overrides_of(tally),
            agents=agents_of(tally),
            behind=lag,
        )

    async def overview(self, actor: Actor, *, days: int) -> tuple[Window, list[Overview]]:
        """Every registered process in a line, by name."""
        require(actor, READ)
        names = sorted({definition.name for definition in self.services.registry})
        window = self._window("", days)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            ask = AnalyticsQuestions(unit.session, actor.tenant)
            by_day = await ask.days(window, OF_DAYS, processes=names)
            standing = await ask.standing()
            incidents = await ask.incidents()
        found = []
        for name in names:
            stands = [one for one in standing if one.process == name]
            mine = {key: count for key, count in incidents.items() if key[0] == name}
            ranked = bottlenecks(self._steps(self._versions(name), Tally(), stands, mine))
            found.append(
                Overview(
                    process=name,
                    title=self.services.registry.latest(name).title,
                    live=sum(one.cases for one in stands),
                    incidents=sum(mine.values()),
                    days=days_of((row for row in by_day if row.process == name), days_between(window)),
                    slowest=ranked[0] if ranked else None,
                )
            )
        return window, found

    async def rebuild(self, actor: Actor) -> int:
        """Forget all counts of the tenant; workers count the trail from its beginning, so many entries. Recorded."""
        require(actor, REBUILD)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await Analytics(unit.session, actor.tenant).reset()
            unit.record(actor.tenant, AuditRecord(kind=REBUILT, actor=actor.user_id))
            return await AnalyticsQuestions(unit.session, actor.tenant).lag()

    def _versions(self, process: str) -> list[ProcessDefinition]:
        found = sorted(
            (one for one in self.services.registry if one.name == process), key=lambda one: one.version, reverse=True
        )
        if not found:
            raise NotFound(f"there is no process {process!r}")
        return found

    def _window(self, process: str, days: int, *, version: int | None = None) -> Window:
        today = self.services.clock().astimezone(UTC).date()
        return Window(process=process, since=today - timedelta(days=days - 1), until=today, version=version)

    def _steps(
        self,
        definitions: Sequence[ProcessDefinition],
        tally: Tally,
        standing: Sequence[Standing],
        incidents: Mapping[tuple[str, int, str], int],
    ) -> list[StepFigures]:
        """The steps of all these versions, in the order of the first that has them."""
        names = list(dict.fromkeys(step.name for one in definitions for step in one.steps))
        ending = frozenset(step.name for one in definitions for step in one.steps if isinstance(step, EndStep))
        known = {one.version for one in definitions}
        at_step: dict[str, int] = {}
        for (_, version, step), count in incidents.items():
            if version in known:
                at_step[step] = at_step.get(step, 0) + count
        return steps_of(names, tally, standing, at_step, ending=ending, now=self.services.clock())


def days_between(window: Window) -> list[date]:
    """The days of a window, in order."""
    return [window.since + timedelta(days=number) for number in range((window.until - window.since).days + 1)]
