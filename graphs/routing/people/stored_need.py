"""What a task that somebody has, or had, asks for now: for everybody who looks for another person for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from graphs.routing.people.need import TaskNeed, need_of
from graphs.routing.people.reading import WorkforceReader
from graphs.routing.people.workforce import Workforce
from graphs.runtime.services import Services
from graphs.store.tables import Task


async def need_of_stored(
    services: Services, task: Task, workforce: Workforce, *, now: datetime, given_to: str | None = None
) -> TaskNeed:
    """The need by today's limits, with whoever is barred by earlier acts and who had the last task about the same."""
    limits = need_of(task, on=now.date())
    barred: Collection[str] = ()
    if task.duties:
        people = {entry.user_id: limits.limit_of(entry) for entry in workforce.people}
        barred = await services.duties(task.tenant).barred(task.duties, people, at=now)
    sticky = (task.assignment or {}).get("sticky")
    reader = WorkforceReader(database=services.database, tenant=task.tenant)
    holder = await reader.holder(sticky) if sticky else None
    return need_of(task, on=now.date(), barred=barred, sticky=sticky, holder=holder, given_to=given_to)
