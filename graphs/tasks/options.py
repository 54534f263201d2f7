"""What a person may do with a task now: the checks of each verb, asked before anything is shown.

Nothing is written. Whoever offers only these offers nothing that would be refused, unless it changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from graphs.compaction import kept_task
from graphs.errors import Conflict, EngineError, Invalid, NotFound, Refused
from graphs.intake import require
from graphs.runtime.assignment import SUPERVISOR_ROLE
from graphs.runtime.services import Services
from graphs.standing import Standing, standing_of
from graphs.store.asked_tasks import AskedTask
from graphs.store.delegations import Delegations
from graphs.store.inbox import UNANSWERED
from graphs.store.people import PERSON, Actor
from graphs.store.tables import Task
from graphs.store.timers import UNDO
from graphs.tasks.answer import ANSWER
from graphs.tasks.errors import DelegatedAlready, NothingToUndo, NotYours, TaskMoved, UndoTooLate
from graphs.tasks.hand_over import ASSIGN
from graphs.tasks.notes import READ
from graphs.tasks.rights import Rights, check_asker, check_authority, check_duties, check_hold
from graphs.tasks.undo import check_undo

Verb = Literal[
    "claim", "approve", "correct", "reject", "release", "delegate", "decline", "reassign", "escalate", "ask", "undo"
]
VERBS: tuple[Verb, ...] = get_args(Verb)
DECISIONS: tuple[Verb, ...] = ("approve", "correct", "reject")
Purpose = Literal["hand", "ask"]
MOST_PEOPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A verb, and why the actor may not do it; None where they may.

    `in_place_of` is the id of the person for whom they may answer, where they may not for themselves.
    """

    verb: Verb
    refusal: EngineError | None = None
    in_place_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDesk:
    """Says what may be done. Reads only."""

    services: Services

    @property
    def _rights(self) -> Rights:
        return Rights(services=self.services)

    async def of_task(self, actor: Actor, task_id: str) -> Sequence[Option]:
        """Every verb once. Raises `PermissionMissing` or `NotFound`."""
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await kept_task(unit, task_id)
        if task.status not in UNANSWERED:
            closed = TaskMoved(f"task {task.id} is {task.status}: nothing is asked any more")
            undo = await self._tried("undo", lambda: self._undo(actor, task))
            return [undo if verb == "undo" else Option(verb=verb, refusal=closed) for verb in VERBS]
        asked = await self._rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=now)
        answers = {verb: await self._answer(actor, asked, verb, now=now) for verb in DECISIONS}
        return [answers.get(verb) or await self._other(actor, asked, verb, now=now) for verb in VERBS]

    async def approving(self, actor: Actor, task_id: str) -> tuple[AskedTask, Option]:
        """Whether the actor may approve an unanswered task, and the task with their limit. Raises `NotFound`."""
        require(actor, READ)
        now = self.services.clock()
        asked = await self._rights.asked(actor.tenant, task_id, user_id=actor.user_id, now=now)
        return asked, await self._answer(actor, asked, "approve", now=now)

    async def people(self, actor: Actor, task_id: str, purpose: Purpose, words: str) -> Sequence[tuple[str, str]]:
        """Ids and names of those whom the task may be given to, or who may be asked, by name; at most `MOST_PEOPLE`.

        `words` narrow it. Raises `PermissionMissing` or `NotFound`.
        """
        require(actor, ANSWER)
        permission = ANSWER if purpose == "hand" else READ
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            able = await unit.people.with_permission(actor.tenant, permission, kind=PERSON)
            names = await unit.people.names(list(able))
        wanted = words.casefold().split()
        found: list[tuple[str, str]] = []
        for user_id, name in sorted(names.items(), key=lambda one: (one[1].casefold(), one[0])):
            if user_id in (actor.user_id, task.assignee_id if purpose == "hand" else None):
                continue
            if all(word in name.casefold() for word in wanted) and await self._fits(actor, task, user_id, purpose):
                found.append((user_id, name))
            if len(found) == MOST_PEOPLE:
                break
        return found

    async def _fits(self, actor: Actor, task: Task, user_id: str, purpose: Purpose) -> bool:
        if purpose == "ask":
            return True
        try:
            await self._rights.to_be_given(actor.tenant, user_id, task.id, now=self.services.clock())
        except (Refused, NotFound):
            return False
        return True

    async def _answer(self, actor: Actor, asked: AskedTask, verb: Verb, *, now: datetime) -> Option:
        """The actor's own right first; then that of each person who let them answer in their place."""
        own = await self._tried(verb, lambda: self._may_answer(actor, asked, verb, None, now=now))
        if own.refusal is None or ANSWER not in actor.permissions or not isinstance(own.refusal, Refused | Conflict):
            return own
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            known = await Delegations(unit.session, actor.tenant).in_force(now.date())
        for giver in sorted({one.giver for one in known} - {actor.user_id}):
            try:
                await self._may_answer(actor, asked, verb, giver, now=now)
            except EngineError:
                continue
            return Option(verb=verb, in_place_of=giver)
        return own

    async def _may_answer(
        self, actor: Actor, asked: AskedTask, verb: Verb, in_place_of: str | None, *, now: datetime
    ) -> None:
        require(actor, ANSWER)
        task = asked.task
        if verb not in task.form["choices"]:
            raise Invalid(f"{verb!r} is not possible here: {', '.join(task.form['choices'])}")
        standing = await standing_of(self.services.database, actor, asked, in_place_of=in_place_of, on=now.date())
        check_duties(standing, task)
        check_hold(standing.people, task)
        if verb == "approve":
            check_authority(standing, task)
            await self._rights.check_acts(standing, task, now=now)

    async def _other(self, actor: Actor, asked: AskedTask, verb: Verb, *, now: datetime) -> Option:
        task = asked.task

        async def claim() -> None:
            require(actor, ANSWER)
            standing = Standing(actor=actor, roles=actor.roles, limit_minor=asked.limit_minor)
            check_duties(standing, task)
            await self._rights.check_acts(standing, task, now=now)
            if task.status != "open":
                check_hold(frozenset({actor.user_id}), task)
                raise TaskMoved(f"task {task.id} is {actor.name}'s already")

        async def held() -> None:
            _check_held(actor, task, verb)

        async def ask() -> None:
            require(actor, ANSWER)
            check_asker(actor, task)

        async def undo() -> None:
            raise NothingToUndo(f"task {task.id} has no answer to undo: it is {task.status}")

        checks: Mapping[Verb, Callable[[], Awaitable[None]]] = {"claim": claim, "ask": ask, "undo": undo}
        return await self._tried(verb, checks.get(verb, held))

    async def _undo(self, actor: Actor, task: Task) -> None:
        require(actor, ANSWER)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await check_undo(unit, actor, task)
            window = await unit.timers.get(UNDO, task.id, 0)
        if window is None or window.status != "set" or window.due_at <= self.services.clock():
            raise UndoTooLate(f"the answer to task {task.id} cannot be undone any more")

    async def _tried(self, verb: Verb, check: Callable[[], Awaitable[None]]) -> Option:
        try:
            await check()
        except EngineError as refusal:
            return Option(verb=verb, refusal=refusal)
        return Option(verb=verb)


def _check_held(actor: Actor, task: Task, verb: Verb) -> None:
    """The checks of handing a task on, of who has it. Raises what the hand-over would."""
    mine, delegated = task.assignee_id == actor.user_id, task.delegated_by is not None
    if verb in ("reassign", "escalate"):
        queued = verb == "escalate" and task.assignee_id is None and {task.role, SUPERVISOR_ROLE} & set(actor.roles)
        if ASSIGN in actor.permissions:
            return
        require(actor, ANSWER)
        if not (queued or actor.user_id in (task.assignee_id, task.delegated_by)):
            raise NotYours(f"task {task.id} is not {actor.name}'s, and no role of theirs grants {ASSIGN!r}")
        return
    require(actor, ANSWER)
    if not mine:
        raise NotYours(f"task {task.id} is not {actor.name}'s")
    if verb == "release" and task.status != "claimed":
        raise NotYours(f"{actor.name} has not taken task {task.id}, so there is nothing to release")
    if verb == "delegate" and delegated:
        raise DelegatedAlready(f"task {task.id} was delegated to {actor.name}: decline it, or have it reassigned")
    if verb == "decline" and not delegated:
        raise NotYours(f"task {task.id} was not delegated to {actor.name}, so there is nothing to decline")
