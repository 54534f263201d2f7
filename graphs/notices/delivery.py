"""A message to a person, and the case that delivers it: begun in the transaction that takes its notices."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.audit import AuditRecord
from graphs.new_case import new_case
from graphs.notices.preferences import MAIL
from graphs.notices.service import notifier_of
from graphs.notices.standing import PROCESS, Surroundings
from graphs.notices.terms import NoticeTerms
from graphs.notices.text import LONGEST_BODY, LONGEST_TITLE, Wording
from graphs.process import ProcessDefinition
from graphs.store.database import UnitOfWork
from graphs.store.notice_tables import NoticeRow
from graphs.store.notices import Notices

DELIVERIES = uuid.UUID("6a5b8f1e-3d1b-4a55-9d5f-0f4c3a7c2e19")
SHOWN = 50
"""Notices that a message with many lists; the others are counted."""
BUNDLE, DIGEST = "bundle", "digest"
KINDS_COUNTED = 4


def link_mark(notice_id: str) -> str:
    """What stands for the notice's link until its mail is sent. No value can hold it: their angle brackets are gone."""
    return f"<link:{notice_id}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes to one person over one channel: one notice, or several as a `bundle` or a `digest`."""

    recipient_id: str
    channel: str
    rows: tuple[NoticeRow, ...]
    kind: str
    title: str
    text: str

    @property
    def key(self) -> str:
        """The trigger key of its case: the notice's id, or one made of all ids."""
        if len(self.rows) == 1:
            return self.rows[0].id
        return str(uuid.uuid5(DELIVERIES, ",".join(sorted(row.id for row in self.rows))))

    @property
    def case_id(self) -> str:
        """The id of the case that delivers it."""
        return str(uuid.uuid5(DELIVERIES, f"case/{self.key}"))

    @property
    def urgent(self) -> bool:
        return any(row.urgency == "urgent" for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes messages for one person."""

    terms: NoticeTerms
    wording: Wording
    around: Surroundings

    def message(self, rows: Sequence[NoticeRow], channel: str, *, kind: str) -> Message:
        """The message of the rows. `kind` is for more than one; a single one has its own text."""
        single = len(rows) == 1 and kind != DIGEST
        title, text = self._one(rows[0], channel) if single else self._many(rows, channel, kind)
        return Message(
            recipient_id=rows[0].recipient_id,
            channel=channel,
            rows=tuple(rows),
            kind=rows[0].kind if single else kind,
            title=title[:LONGEST_TITLE],
            text=text[:LONGEST_BODY],
        )

    def shown(self, row: NoticeRow) -> tuple[str, str]:
        """Title and text as they are shown on a page."""
        page = self.terms.page(row.case_id, row.task_id)
        return self.wording.filled(row.kind, self.around.values(row, link=page))

    def _one(self, row: NoticeRow, channel: str) -> tuple[str, str]:
        return self.wording.filled(row.kind, self.around.values(row, link=self._link(row, channel)))

    def _many(self, rows: Sequence[NoticeRow], channel: str, kind: str) -> tuple[str, str]:
        lines: list[str] = []
        for row in rows[:SHOWN]:
            title, _ = self._one(row, channel)
            lines += [f"- {title}", f"  {self._link(row, channel)}"]
        if len(rows) > SHOWN:
            lines.append(f"- + {len(rows) - SHOWN}")
        # The counts hold labels alone, which are this installation's own words.
        values = {"count": len(rows), "counts": self._counts(rows), "list": "\n".join(lines), "link": ""}
        return self.wording.filled(kind, values)

    def _counts(self, rows: Sequence[NoticeRow]) -> str:
        counted = Counter(self.wording.text(row.kind).label for row in rows).most_common()
        shown = [f"{number} x {label}" for label, number in counted[:KINDS_COUNTED]]
        rest = sum(number for _, number in counted[KINDS_COUNTED:])
        return ", ".join([*shown, f"+ {rest}"] if rest else shown)

    def _link(self, row: NoticeRow, channel: str) -> str:
        """A link of the person's own goes only into their own mail: a chat is read by others."""
        if self.terms.link is not None and channel == MAIL:
            return link_mark(row.id)
        return self.terms.page(row.case_id, row.task_id)


async def begin(
    unit: UnitOfWork, definition: ProcessDefinition, message: Message, *, tenant: str, now: datetime, traceparent: str
) -> None:
    """Start the case that delivers the message, of this trace, and say of its notices that they are on their way."""
    by = await notifier_of(unit, tenant, now=now)
    body = {
        "recipient": message.recipient_id,
        "channel": message.channel,
        "kind": message.kind,
        "count": len(message.rows),
        "title": message.title,
        "text": message.text,
        "urgent": message.urgent,
    }
    definition.check_input(body)
    case = new_case(
        definition,
        body,
        case_id=message.case_id,
        tenant=tenant,
        key=f"notice-{message.key}",
        by=by,
        now=now,
        traceparent=traceparent,
    )
    if await unit.cases.accept(case) is None:
        await unit.jobs.advance(tenant, case.id)
        values = {"process": definition.reference, "digest": definition.digest, "input": case.input}
        unit.record(tenant, AuditRecord(kind="case.started", actor=by, case_id=case.id, values=values))
    ids = [row.id for row in message.rows]
    await Notices(unit.session).change(ids, status="sending", begun_at=now, delivery_id=case.id)


__all__ = ["BUNDLE", "DIGEST", "PROCESS", "Message", "Writer", "begin", "link_mark"]
