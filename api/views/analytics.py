"""Analytics as the API shows them: maps of processes, figures of a window, an overview."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.views.process_graph import GraphStepView, edges_of, graph_steps
from api.views.view import View
from graphs.analytics.desk import Overview, ProcessFigures, ProcessMap
from graphs.analytics.figures import AgentFigures, DayFigures, Rate, StepFigures
from graphs.proof.step_graph import step_graph
from graphs.store.analytics_questions import Window

Behind = Annotated[int, Field(description="Entries of the audit trail that are not counted yet.")]


class WindowView(View):
    """Days, both included, in UTC."""

    since: date
    until: date

    @classmethod
    def of(cls, window: Window) -> WindowView:
        """The window as it is shown."""
        return cls(since=window.since, until=window.until)


class StepFiguresView(View):
    """A step: who stands there now, and what those took who passed it in the window. Seconds."""

    step: str
    title: str
    live: Annotated[int, Field(description="Cases that are there now.")]
    oldest_since: datetime | None
    mean_age_seconds: float | None
    incidents: Annotated[int, Field(description="Open incidents of cases that are there now.")]
    visits: Annotated[int, Field(description="How often the step was passed in the window.")]
    median_seconds: float | None
    p90_seconds: float | None
    waited_seconds: Annotated[float, Field(description="All visits' time before they began.")]
    worked_seconds: Annotated[float, Field(description="All visits' time from then on.")]
    waiting_share: float | None
    reworked: Annotated[int, Field(description="How often it was done again.")]
    blocked_seconds: Annotated[
        float,
        Field(description="What was waited at it in the window, and by those that are there now until now."),
    ]

    @classmethod
    def of(cls, found: StepFigures, titles: dict[str, str]) -> StepFiguresView:
        """The figures as they are shown."""
        return cls(
            step=found.step,
            title=titles.get(found.step, found.step),
            live=found.live,
            oldest_since=found.oldest_since,
            mean_age_seconds=found.mean_age_seconds,
            incidents=found.incidents,
            visits=found.visits,
            median_seconds=found.median_seconds,
            p90_seconds=found.p90_seconds,
            waited_seconds=found.waited_seconds,
            worked_seconds=found.worked_seconds,
            waiting_share=found.waiting_share,
            reworked=found.reworked,
            blocked_seconds=found.blocked_seconds,
        )


class MapEdgeView(View):
    """A way from one step to another, and how often it was taken in the window."""

    source: str
    target: str
    routes: list[str]
    taken: int
    share: Annotated[float | None, Field(description="Of all that left the step; null where nobody did.")]


class ProcessMapView(View):
    """A version of a process as a graph, with what stands where and what it took."""

    process: str
    version: int
    title: str
    window: WindowView
    behind: Behind
    steps: list[GraphStepView]
    edges: list[MapEdgeView]
    figures: Annotated[list[StepFiguresView], Field(description="Of each step, in the order of `steps`.")]
    bottlenecks: Annotated[list[str], Field(description="Steps by `blocked_seconds`, the longest first.")]

    @classmethod
    def of(cls, found: ProcessMap) -> ProcessMapView:
        """The map as it is shown."""
        steps = graph_steps(found.definition)
        titles = {step.name: step.title for step in steps}
        return cls(
            process=found.definition.name,
            version=found.definition.version,
            title=found.definition.title,
            window=WindowView.of(found.window),
            behind=found.behind,
            steps=steps,
            edges=edges_with(found),
            figures=[StepFiguresView.of(one, titles) for one in found.steps],
            bottlenecks=[one.step for one in found.bottlenecks],
        )


def edges_with(found: ProcessMap) -> list[MapEdgeView]:
    """The ways with how often each was taken; where nobody left a step, no share is known."""
    left = {rate.name.partition(">")[0] for rate in found.ways.values()}
    edges = [edge for node in step_graph(found.definition).steps for edge in edges_of(node)]
    views = []
    for edge in edges:
        rate = found.ways.get((edge.source, edge.target))
        share = rate.share if rate else 0.0 if edge.source in left else None
        views.append(
            MapEdgeView(
                source=edge.source,
                target=edge.target,
                routes=edge.routes,
                taken=rate.times if rate else 0,
                share=share,
            )
        )
    return views


class DayView(View):
    """One day (UTC)."""

    day: date
    started: int
    ended: int
    done: int
    straight: Annotated[int, Field(description="Done without a person and without an incident.")]
    reworked: Annotated[int, Field(description="Ended cases in which something was done again.")]
    answers: Annotated[int, Field(description="Answers that people gave.")]
    incidents: int
    cost_micros: Annotated[int, Field(description="What models cost for the cases that ended, in millionths.")]
    took_seconds: Annotated[float, Field(description="All ended cases' time from start to end.")]

    @classmethod
    def of(cls, found: DayFigures) -> DayView:
        """The day as it is shown."""
        return cls(
            day=found.day,
            started=found.started,
            ended=found.ended,
            done=found.done,
            straight=found.straight,
            reworked=found.reworked,
            answers=found.answers,
            incidents=found.incidents,
            cost_micros=found.cost_micros,
            took_seconds=found.took_seconds,
        )


class RuleRateView(View):
    """A rule that had cases stopped for a person, and how often the person approved all the same."""

    rule: str
    asked: int
    overridden: int
    share: float

    @classmethod
    def of(cls, rate: Rate) -> RuleRateView:
        """The rate as it is shown."""
        return cls(rule=rate.name, asked=rate.of, overridden=rate.times, share=rate.share)


class AgentRateView(View):
    """A class of agent decisions, and how often a person who reviewed one decided otherwise."""

    decision_class: str
    decided: int
    autonomous: Annotated[int, Field(description="Answers that counted without a person.")]
    reviewed: int
    overridden: int
    share: Annotated[float | None, Field(description="Overridden, of those reviewed; null where none was.")]
    cost_micros: int

    @classmethod
    def of(cls, found: AgentFigures) -> AgentRateView:
        """The figures as they are shown."""
        return cls(
            decision_class=found.name,
            decided=found.decided,
            autonomous=found.autonomous,
            reviewed=found.reviewed,
            overridden=found.overridden,
            share=found.overridden / found.reviewed if found.reviewed else None,
            cost_micros=found.cost_micros,
        )


class ProcessFiguresView(View):
    """What the cases of a process took and became in a window."""

    process: str
    version: Annotated[int | None, Field(description="Of one version only; null: of all.")]
    versions: list[int]
    window: WindowView
    behind: Behind
    live: int
    outcomes: Annotated[dict[str, int], Field(description="Ended cases by status.")]
    straight_share: Annotated[float | None, Field(description="Straight-through, of all that ended.")]
    rework_share: float | None
    cost_micros_per_case: float | None
    median_seconds: float | None
    p90_seconds: float | None
    days: list[DayView]
    steps: list[StepFiguresView]
    answers: Annotated[dict[str, int], Field(description="What people answered, by decision.")]
    rules: list[RuleRateView]
    agents: list[AgentRateView]

    @classmethod
    def of(cls, found: ProcessFigures, titles: dict[str, str]) -> ProcessFiguresView:
        """The figures as they are shown."""
        ended = sum(day.ended for day in found.days)

        def of_ended(number: int) -> float | None:
            return number / ended if ended else None

        return cls(
            process=found.window.process,
            version=found.window.version,
            versions=list(found.versions),
            window=WindowView.of(found.window),
            behind=found.behind,
            live=found.live,
            outcomes=dict(found.outcomes),
            straight_share=of_ended(sum(day.straight for day in found.days)),
            rework_share=of_ended(sum(day.reworked for day in found.days)),
            cost_micros_per_case=of_ended(sum(day.cost_micros for day in found.days)),
            median_seconds=found.median_seconds,
            p90_seconds=found.p90_seconds,
            days=[DayView.of(day) for day in found.days],
            steps=[StepFiguresView.of(one, titles) for one in found.steps],
            answers=dict(found.answers),
            rules=[RuleRateView.of(one) for one in found.rules],
            agents=[AgentRateView.of(one) for one in found.agents],
        )


class OverviewView(View):
    """A process in a line; `slowest` is the step at which cases stand longest now, all their waiting together."""

    process: str
    title: str
    live: int
    incidents: int
    started: int
    ended: int
    straight_share: float | None
    slowest: StepFiguresView | None
    ended_by_day: Annotated[list[int], Field(description="Of each day of the window, in order.")]

    @classmethod
    def of(cls, found: Overview, titles: dict[str, str]) -> OverviewView:
        """The line as it is shown."""
        ended = sum(day.ended for day in found.days)
        return cls(
            process=found.process,
            title=found.title,
            live=found.live,
            incidents=found.incidents,
            started=sum(day.started for day in found.days),
            ended=ended,
            straight_share=sum(day.straight for day in found.days) / ended if ended else None,
            slowest=StepFiguresView.of(found.slowest, titles) if found.slowest else None,
            ended_by_day=[day.ended for day in found.days],
        )


class OverviewList(View):
    """Every process in a line, by name."""

    window: WindowView
    processes: list[OverviewView]


class RebuildView(View):
    """The counts begin anew."""

    behind: Behind
