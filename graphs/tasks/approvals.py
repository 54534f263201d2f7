"""Approvals: tasks that ask whether a proposed action may be carried out, and whether the actor may say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.inbox_tabs import InboxTabs, Place, Tab, TaskSearch
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.tasks.bulk import viewer_of
from graphs.tasks.options import Option, OptionDesk

READ = "task.read"
Whose = Literal["mine", "unassigned", "team"]
APPROVALS = TaskSearch(approvals=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A task, how much the actor may approve there in minor units (None: nothing says), and whether they may."""

    task: Task
    limit_minor: int | None
    option: Option


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDesk:
    """Lists approvals. Reads only."""

    services: Services

    async def listed(self, actor: Actor, whose: Whose, *, after: Place | None, limit: int) -> Sequence[Approval]:
        """Approvals behind a place, the earliest deadline first. Raises `PermissionMissing`."""
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            tabs = InboxTabs(unit.session)
            found = await tabs.page(viewer_of(actor), Tab(whose), APPROVALS, after=after, limit=limit, now=now)
        options = OptionDesk(services=self.services)
        approvals: list[Approval] = []
        for task in found:
            asked, option = await options.approving(actor, task.id)
            approvals.append(Approval(task=task, limit_minor=asked.limit_minor, option=option))
        return approvals
