"""Home, as the API shows it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.views.clock_list import ClockCounts, ListedClockView, WaitingList
from api.views.escalation import Reader
from api.views.live import topics_of
from api.views.operation import GroupView
from api.views.task import TabCounts, TaskSummary
from api.views.view import View
from graphs.home import Home, News
from graphs.store import audit_log
from graphs.store.day_counts import COUNTED, ENTRIES, ProcessDay
from graphs.store.people import Actor


class HomeTasks(View):
    """The caller's tasks."""

    due: Annotated[list[TaskSummary], Field(description="Those due soonest.")]
    counts: TabCounts
    answered_today: int


class HomeDeadlines(View):
    """Clocks breached or at risk, the soonest due first, and escalations that the caller was told of."""

    clocks: list[ListedClockView]
    counts: ClockCounts
    escalations: WaitingList


class HomeIncidents(View):
    """Causes with open incidents, the one that happened last first."""

    groups: list[GroupView]


class ProcessDayView(View):
    """Cases of a process since the day began: started, and how those that ended did."""

    process: str
    started: int
    done: int
    rejected: int
    cancelled: int

    @classmethod
    def of(cls, found: ProcessDay) -> ProcessDayView:
        """The counts as they are shown."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class HomeDay(View):
    """What the day brought, the busiest processes first."""

    processes: list[ProcessDayView]
    counted_up_to: int = COUNTED


class HomeNews(View):
    """What happened since the caller last looked, as far as it is for them to see."""

    seq: Annotated[int, Field(description="Number of the trail's last entry: send it as `seen` the next time.")]
    kinds: Annotated[dict[str, int] | None, Field(description="Entries of each kind; null on a first visit.")]
    looked_at: Annotated[int, Field(description="So many entries were looked through at most, the newest.")] = ENTRIES


class HomeView(View):
    """Everything for the first look of a day; a part is null for who may not see it."""

    tasks: HomeTasks | None
    deadlines: HomeDeadlines | None
    incidents: HomeIncidents | None
    today: HomeDay | None
    news: HomeNews

    @classmethod
    def of(cls, home: Home, actor: Actor) -> HomeView:
        """The parts as they are shown."""
        tasks, late = home.tasks, home.lateness
        return cls(
            tasks=HomeTasks(
                due=[TaskSummary.of(task, home.names) for task in tasks.due],
                counts=TabCounts(**{tab.value: number for tab, number in tasks.counts.items()}),
                answered_today=tasks.answered,
            )
            if tasks
            else None,
            deadlines=HomeDeadlines(
                clocks=[ListedClockView.of(one, home.names, foresees=late.foresees) for one in late.clocks],
                counts=ClockCounts(**late.counts),
                escalations=WaitingList.of(late.escalations, Reader(actor=actor, names=home.names)),
            )
            if late
            else None,
            incidents=HomeIncidents(groups=[GroupView.of(row) for row in home.groups])
            if home.groups is not None
            else None,
            today=HomeDay(processes=[ProcessDayView.of(one) for one in home.day]) if home.day is not None else None,
            news=news_view(home.news, actor),
        )


def news_view(news: News, actor: Actor) -> HomeNews:
    """The kinds that the actor may know of, as the live stream would tell them."""
    if news.happened is None:
        return HomeNews(seq=news.seq, kinds=None)
    kinds: dict[str, int] = {}
    for one in news.happened:
        entry = audit_log.News(seq=0, kind=one.kind, case_id=None if one.general else "a case")
        if one.kind.partition(".")[0] in topics_of(entry, actor.permissions):
            kinds[one.kind] = kinds.get(one.kind, 0) + one.number
    return HomeNews(seq=news.seq, kinds=kinds)
