"""Links to tasks: signed, for one person, opened once, for a while, and for the task as it was.

A link opens a task and never answers it, and only for the person it was made for, who has signed in. To fetch it
changes nothing: a scanner that follows the links of a mail opens none.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.accounts.errors import LinkExpired, LinkNotYours, LinkOutdated, LinkUnknown, LinkUsed
from graphs.accounts.session import require_session
from graphs.accounts.signed_token import Purpose, row_of, spelled
from graphs.audit import AuditRecord
from graphs.errors import NotFound
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.account_tables import TaskLinkRow
from graphs.store.database import UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.store.task_links import TaskLinks

READ = "task.read"
LIFE = timedelta(days=7)


async def new_link(unit: UnitOfWork, task: Task, *, user_id: str, now: datetime, life: timedelta = LIFE) -> TaskLinkRow:
    """A link to the task for the user, in this transaction. Its id may stand in a notice: it opens nothing."""
    row = TaskLinkRow(
        id=str(uuid.uuid4()),
        tenant=task.tenant,
        user_id=user_id,
        task_id=task.id,
        task_digest=task.digest,
        created_at=now,
        expires_at=now + life,
    )
    await TaskLinks(unit.session, task.tenant).add(row)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDesk:
    """Spells links out, and opens them."""

    services: Services

    def token(self, link_id: str) -> str:
        """What the link's address ends with."""
        return spelled(self.services.seal, Purpose.LINK, link_id)

    async def open(self, actor: Actor, token: str) -> Task:
        """Use the link up and show its task.

        Raises `SessionNeeded`, `PermissionMissing`, `LinkUnknown`, `LinkNotYours`, `LinkUsed` for the second of two,
        `LinkExpired`, or `LinkOutdated` where the task shows something else by now, or waits for nobody any more.
        """
        require_session(actor)
        require(actor, READ)
        link_id = row_of(self.services.seal, Purpose.LINK, token)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            links = TaskLinks(unit.session, actor.tenant)
            link = await links.get(link_id) if link_id else None
            if link is None:
                raise LinkUnknown("there is no such link: look for the task in your inbox")
            _check(link, actor, now=now)
            task = await _unchanged(unit, link)
            if not await links.use(link.id, now=now):
                raise LinkUsed(_USED)
            values = {"link": link.id, "task": task.id}
            record = AuditRecord(
                kind="link.opened", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values
            )
            unit.record(actor.tenant, record)
            return task


_USED = "the link was opened before: look for the task in your inbox"


def _check(link: TaskLinkRow, actor: Actor, *, now: datetime) -> None:
    if link.user_id != actor.user_id:
        raise LinkNotYours("the link is for somebody else: sign in as the person who was sent it")
    if link.used_at is not None:
        raise LinkUsed(_USED)
    if now >= link.expires_at:
        raise LinkExpired("the link's time is over: look for the task in your inbox")


async def _unchanged(unit: UnitOfWork, link: TaskLinkRow) -> Task:
    try:
        task = await unit.inbox.get(link.task_id)
    except NotFound:
        raise LinkOutdated("the task is not there any more") from None
    if task.status not in UNANSWERED:
        raise LinkOutdated(f"the task is {task.status}: nothing is left to decide")
    if task.digest != link.task_digest:
        raise LinkOutdated("the task shows something else than when the link was made: look at it in your inbox")
    return task
