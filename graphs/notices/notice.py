"""A notice: one thing that one person is to be told, written in the transaction of what it tells about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from graphs.store.database import UnitOfWork
from graphs.store.notice_tables import NoticeRow
from graphs.store.notices import Notices
from graphs.store.tables import Task

NOTICE_NAMESPACE = uuid.UUID("5d0f1c0a-6f0e-4c0b-9a2e-0b6f7f6b7a11")
Urgency = Literal["digest", "normal", "urgent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What `recipient_id` is to be told: `kind` chooses the text, which `values` fill.

    `key` names the occasion: the same occasion is told to the same person once, however often it is asked for.
    `urgent` breaks through quiet hours, `digest` waits for the next digest. `channel` is used in place of the
    person's own choice.
    """

    tenant: str
    recipient_id: str
    kind: str
    key: str
    case_id: str | None = None
    task_id: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    urgency: Urgency = "normal"
    channel: str | None = None

    @property
    def id(self) -> str:
        """The same for the same occasion and person."""
        return str(uuid.uuid5(NOTICE_NAMESPACE, f"{self.tenant}/{self.recipient_id}/{self.kind}/{self.key}"))

    def row(self, now: datetime) -> NoticeRow:
        """As it waits to be delivered."""
        return NoticeRow(
            id=self.id,
            tenant=self.tenant,
            recipient_id=self.recipient_id,
            kind=self.kind,
            case_id=self.case_id,
            task_id=self.task_id,
            values=dict(self.values),
            urgency=self.urgency,
            channel=self.channel,
            created_at=now,
        )


async def tell_of_task(
    unit: UnitOfWork,
    task: Task,
    people: Iterable[str],
    *,
    kind: str,
    key: str,
    values: Mapping[str, Any],
    now: datetime,
    urgency: Urgency = "normal",
) -> None:
    """Have each of these people told the same of the task."""
    for person in sorted(set(people)):
        notice = Notice(
            tenant=task.tenant,
            recipient_id=person,
            kind=kind,
            key=key,
            case_id=task.case_id,
            task_id=task.id,
            values={"title": task.title, **values},
            urgency=urgency,
        )
        await tell(unit, notice, now=now)


async def tell(unit: UnitOfWork, notice: Notice, *, now: datetime) -> bool:
    """Have it told once this transaction commits; says whether it is new."""
    return await Notices(unit.session).put(notice.row(now))
