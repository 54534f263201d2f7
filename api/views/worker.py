"""Workers as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.view import View
from graphs.workers import Workforce


class WorkerView(View):
    """A worker of the queue."""

    id: int
    seen_at: Annotated[datetime, Field(description="Its last sign of life.")]
    alive: Annotated[bool, Field(description="Whether that was lately enough; others take over its work if not.")]
    jobs: Annotated[int, Field(description="Jobs it has under way.")]


class LeaseView(View):
    """A process that holds cases of this organisation."""

    owner: Annotated[str, Field(description="Host, process id, and a random part.")]
    cases: int
    until: Annotated[datetime, Field(description="Without another sign of life, others may take the cases then.")]


class QueueView(View):
    """The queue, of all organisations."""

    due: Annotated[int, Field(description="Jobs that nobody has taken yet.")]
    scheduled: Annotated[int, Field(description="Jobs for later.")]
    doing: Annotated[int, Field(description="Jobs under way.")]


class WorkerList(View):
    """Who works, who holds cases, and what waits."""

    workers: list[WorkerView]
    leases: list[LeaseView]
    queue: QueueView
    at: datetime

    @classmethod
    def of(cls, found: Workforce) -> WorkerList:
        """The state as it is shown."""
        return cls(
            workers=[
                WorkerView(id=one.id, seen_at=one.seen_at, alive=found.is_alive(one), jobs=one.jobs)
                for one in found.workers
            ],
            leases=[LeaseView(owner=one.owner, cases=one.cases, until=one.until) for one in found.leases],
            queue=QueueView(due=found.queue.due, scheduled=found.queue.scheduled, doing=found.queue.doing),
            at=found.at,
        )
