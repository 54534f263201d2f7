"""What a scrape is answered: the counters of this process and, where it knows them, the counts of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from api.version import installed_version
from graphs.census import CensusDesk
from graphs.store.census import Census
from graphs.store.database import Database
from tools.telemetry.labels import shown
from tools.telemetry.metrics import BUILD, DATABASE_CONNECTIONS, REGISTRY

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class CensusCollector:
    """A census as metrics; without one, only that there is none."""

    def __init__(self, census: Census | None) -> None:
        """Tell this census."""
        self._census = census

    def collect(self) -> Iterator[Metric]:
        """The families."""
        census = self._census
        yield _gauge("interlock_census_up", "1 where the database says what there is.", 0 if census is None else 1)
        if census is None:
            return
        live = GaugeMetricFamily("interlock_cases_live", "Cases that have not ended.", labels=["process", "status"])
        for process, status, cases in census.live:
            live.add_metric([shown(process), status], cases)
        yield live
        yield _gauge("interlock_tasks_open", "Tasks without an answer.", census.tasks_open)
        yield _gauge("interlock_tasks_overdue", "Those of them whose deadline has passed.", census.tasks_overdue)
        yield _gauge("interlock_incidents_open", "Incidents that nobody has closed.", census.incidents_open)
        yield _gauge("interlock_notices_waiting", "Notices nobody was told of yet.", census.notices_waiting)
        jobs = GaugeMetricFamily("interlock_queue_jobs", "Jobs of the queue.", labels=["state"])
        for state, number in (
            ("due", census.jobs_due),
            ("scheduled", census.jobs_scheduled),
            ("doing", census.jobs_doing),
        ):
            jobs.add_metric([state], number)
        yield jobs
        oldest = "How long the oldest job that is due has waited."
        yield _gauge("interlock_queue_oldest_seconds", oldest, census.oldest_job_seconds)
        yield _gauge("interlock_workers_live", "Workers that gave a sign of life just now.", census.workers)
        breakers = GaugeMetricFamily("interlock_breakers", "Targets by the state of their breaker.", labels=["state"])
        for state, number in (dict.fromkeys(("closed", "open", "half_open"), 0) | dict(census.breakers)).items():
            breakers.add_metric([state], number)
        yield breakers


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """Answers scrapes of this process, which does what `role` says.

    `census` only where it serves the API: the counts are everybody's.
    """

    database: Database
    census: CensusDesk | None = None
    role: str = "serve"

    async def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        BUILD.labels(installed_version(), self.role).set(1)
        for state, number in self.database.connections().items():
            DATABASE_CONNECTIONS.labels(state).set(number)
        own = await asyncio.to_thread(generate_latest, REGISTRY)  # thousands of lines, with many processes
        if self.census is None:
            return own
        shared = CollectorRegistry()
        shared.register(CensusCollector(await self.census.census()))
        return own + generate_latest(shared)
