"""Who may answer a task: the checks of an answer, asked of whoever answers it and of whoever is to be given it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.duties import NOTHING, Claimed
from graphs.duty_desk import acts_of_answer
from graphs.errors import AuthorityExceeded, DutiesConflict, NotFound, PermissionMissing, Refused
from graphs.intake import require
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.standing import Standing, standing_of
from graphs.store.asked_tasks import AskedTask
from graphs.store.delegations import Delegations
from graphs.store.people import PERSON, Actor
from graphs.store.tables import Task
from graphs.tasks.answer import ANSWER
from graphs.tasks.errors import TaskHeld
from policies.money import money_text


def check_duties(standing: Standing, task: Task) -> None:
    """Raises `PermissionMissing` or `DutiesConflict`."""
    actor = standing.actor
    if actor.kind != PERSON:
        raise PermissionMissing("only a person may answer a task")
    if actor.user_id in task.excluded:
        raise DutiesConflict(f"{actor.name} started this case or approved it before: somebody else must answer")
    if standing.people & set(task.excluded):
        raise DutiesConflict(
            f"{actor.name} answers for somebody who started this case or approved it before: both are one person here"
        )
    if task.role not in standing.roles and SUPERVISOR_ROLE not in standing.roles:
        raise PermissionMissing(f"this task is for the role {task.role!r}")


def check_authority(standing: Standing, task: Task) -> None:
    """Raises `AuthorityExceeded`."""
    needed, limit = task.required_limit_minor, standing.limit_minor
    if needed is not None and (limit is None or limit < needed):
        raise AuthorityExceeded(
            f"{standing.actor.name} may approve up to {money_text(limit or 0, task.currency)}; "
            f"this needs {money_text(needed, task.currency)}"
        )


def check_hold(people: frozenset[str], task: Task) -> None:
    """Raises `TaskHeld` where somebody else has taken the task."""
    if task.status == "claimed" and task.assignee_id not in people:
        raise TaskHeld(
            f"task {task.id} was taken by somebody else: ask them to release it, or have it reassigned "
            f"(held by {task.assignee_id})"
        )


def check_asker(actor: Actor, task: Task) -> None:
    """Whether the actor may ask somebody about the task. Raises `PermissionMissing` or `TaskHeld`."""
    if actor.kind != PERSON:
        raise PermissionMissing("only a person may ask about a task")
    if task.assignee_id != actor.user_id and not {task.role, SUPERVISOR_ROLE} & set(actor.roles):
        raise PermissionMissing(f"this task is for the role {task.role!r}")
    check_hold(frozenset({actor.user_id}), task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Checks people against tasks, as of an instant."""

    services: Services

    async def asked(self, tenant: str, task_id: str, *, user_id: str, now: datetime) -> AskedTask:
        """The task as the user would answer it. Raises `NotFound`."""
        found = await self.services.database.asked.get(tenant, task_id, user_id=user_id, on=now.date())
        if found is None:
            raise NotFound(f"there is no task {task_id}")
        return found

    async def claimed(
        self, standing: Standing, step: str, duties: Sequence[Mapping[str, Any]], *, now: datetime
    ) -> Claimed:
        """The duties that an approval does with the answer.

        Raises `DutiesConflict`, also for what its effect will do.
        """
        if not duties:
            return NOTHING
        who, through = standing.actor.user_id, standing.through
        done, later = acts_of_answer(duties, step, who=who, through=through, at=now)
        desk = self.services.duties(standing.actor.tenant)
        await desk.claimed(later, limit_minor=standing.limit_minor)
        return await desk.claimed(done, limit_minor=standing.limit_minor)

    async def check_acts(self, standing: Standing, task: Task, *, now: datetime) -> None:
        """Raises `DutiesConflict` where approving the task is not for them."""
        known = [duty for duty in task.duties or () if duty["subject"] is not None]
        await self.claimed(standing, task.step, known, now=now)

    async def to_be_given(self, tenant: str, person: str, task_id: str, *, now: datetime) -> Standing:
        """How the person called so (login or id) may answer the task: for themselves, or in somebody's place.

        Raises `NotFound`; `PermissionMissing`, `DutiesConflict` or `AuthorityExceeded`, as their own answer would.
        """
        async with self.services.database.unit_of_work(tenant) as unit:
            target = await unit.people.named(tenant, person)
            known = await Delegations(unit.session, tenant).in_force(now.date())
        require(target, ANSWER)
        asked = await self.asked(tenant, task_id, user_id=target.user_id, now=now)
        try:
            return await self._fit(target, asked, in_place_of=None, now=now)
        except Refused as own:
            # The person's own refusal says most; those of the people who let them answer would only add to it.
            for giver in sorted({one.giver for one in known} - {target.user_id}):
                try:
                    return await self._fit(target, asked, in_place_of=giver, now=now)
                except (Refused, NotFound):
                    continue
            raise own from None

    async def _fit(self, target: Actor, asked: AskedTask, *, in_place_of: str | None, now: datetime) -> Standing:
        standing = await standing_of(self.services.database, target, asked, in_place_of=in_place_of, on=now.date())
        task = asked.task
        check_duties(standing, task)
        if "approve" in task.form["choices"]:
            check_authority(standing, task)
            await self.check_acts(standing, task, now=now)
        return standing
