"""The desk of notices: what a person was told, how they want to be told, and in which words a tenant tells."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from graphs.audit import AuditRecord
from graphs.errors import Conflict, Invalid
from graphs.intake import check_reason, require
from graphs.notices.delivery import Writer
from graphs.notices.notice import Notice, tell
from graphs.notices.preferences import ANY, Kind, Preferences
from graphs.notices.standing import surroundings
from graphs.notices.text import NoticeText, Wording, packaged
from graphs.notices.wording import label_of, own_texts, preferences_of
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.notice_tables import NoticePreferencesRow, NoticeRow, NoticeTextRow
from graphs.store.notice_wishes import NoticeWishes
from graphs.store.notices import Notices
from graphs.store.people import Actor

MANAGE = "notice.manage"
TEST = "notice.test"


class TextSetMeanwhile(Conflict):
    """Somebody else has set the text at the same moment: look again."""

    code = "text_set_meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    """A notice with its words, in its person's language."""

    row: NoticeRow
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedText:
    """A text of a kind in a language, and whose it is: `packaged` or the tenant's `own`."""

    kind: str
    language: str
    origin: str
    text: NoticeText


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDesk:
    """Shows people their notices and takes their wishes, each in one transaction. Everybody has their own alone."""

    services: Services

    async def listed(self, actor: Actor, *, unread: bool, limit: int) -> Sequence[ShownNotice]:
        """The actor's notices, the newest first."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = await Notices(unit.session).listed(actor.tenant, actor.user_id, unread=unread, limit=limit)
            return await self._shown(unit, actor, rows)

    async def read(self, actor: Actor, notice_id: str) -> ShownNotice:
        """The actor has read it; again changes nothing. Raises `NotFound`, also for somebody else's."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            row = await Notices(unit.session).read(actor.tenant, actor.user_id, notice_id, now=now)
            [shown] = await self._shown(unit, actor, [row])
            return shown

    async def preferences(self, actor: Actor) -> Preferences:
        """How the actor wants to be told; the defaults where they have said nothing."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return (await preferences_of(unit, actor.tenant, {actor.user_id}))[actor.user_id]

    async def set_preferences(self, actor: Actor, wants: Preferences) -> Preferences:
        """In the place of those before; what waits is planned anew by them."""
        now = self.services.clock()
        said = wants.model_dump(mode="json")
        row = NoticePreferencesRow(
            tenant=actor.tenant, user_id=actor.user_id, wants=said, set_by=actor.user_id, since=now
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await NoticeWishes(unit.session, actor.tenant).set_preferences(row)
            await Notices(unit.session).plan_again(actor.tenant, actor.user_id, None)
            record = AuditRecord(kind="notice.preferences_set", actor=actor.user_id, values={"preferences": said})
            unit.record(actor.tenant, record)
        return wants

    async def test(self, actor: Actor, *, channel: str | None = None) -> str:
        """Tell the actor that notices reach them, over the channel if it is named; returns the notice's id."""
        notice = Notice(
            tenant=actor.tenant,
            recipient_id=actor.user_id,
            kind=TEST,
            key=str(uuid.uuid4()),
            urgency="urgent",
            channel=channel,
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await tell(unit, notice, now=self.services.clock())
            values = {"notice": notice.id, "channel": channel}
            unit.record(actor.tenant, AuditRecord(kind="notice.tested", actor=actor.user_id, values=values))
        return notice.id

    async def digest(self, actor: Actor) -> int:
        """Send the actor now what waits for their digest or the end of their quiet hours; returns how many notices."""
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Notices(unit.session).plan_again(actor.tenant, actor.user_id, self.services.clock())

    async def texts(self, actor: Actor) -> Sequence[WordedText]:
        """The texts that count, by kind and language. Raises `PermissionMissing`."""
        require(actor, MANAGE)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            own = own_texts(await NoticeWishes(unit.session, actor.tenant).texts())
        found = {
            (kind, texts.language): ("packaged", text)
            for texts in packaged().values()
            for kind, text in texts.texts.items()
        }
        found |= {place: ("own", text) for place, text in own.items()}
        return [
            WordedText(kind=kind, language=language, origin=origin, text=text)
            for (kind, language), (origin, text) in sorted(found.items(), key=lambda item: item[0])
        ]

    async def set_text(
        self, actor: Actor, kind: str, language: str, *, title: str, body: str, reason: str
    ) -> NoticeTextRow:
        """A text of the tenant's own, in the place of the one before; an empty one takes it back.

        Raises `PermissionMissing`, `Invalid` without a reason or for what is no text, or `TextSetMeanwhile`.
        """
        require(actor, MANAGE)
        check_reason(reason)
        if title or body:
            _check(kind, language, title, body)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            wishes = NoticeWishes(unit.session, actor.tenant)
            row = NoticeTextRow(
                tenant=actor.tenant,
                kind=kind,
                language=language,
                version=await wishes.version_of(kind, language) + 1,
                title=title,
                body=body,
                reason=reason,
                set_by=actor.user_id,
                since=self.services.clock(),
            )
            if not await wishes.add_text(row):
                raise TextSetMeanwhile(f"the text {kind} in {language} has just been set by somebody else")
            values = row.model_dump(include={"kind", "language", "version", "title", "body", "reason"})
            unit.record(actor.tenant, AuditRecord(kind="notice.text_set", actor=actor.user_id, values=values))
        return row

    async def _shown(self, unit: UnitOfWork, actor: Actor, rows: Sequence[NoticeRow]) -> list[ShownNotice]:
        wants = (await preferences_of(unit, actor.tenant, {actor.user_id}))[actor.user_id]
        own = own_texts(await NoticeWishes(unit.session, actor.tenant).texts())
        writer = Writer(
            terms=self.services.notice_terms,
            wording=Wording(language=wants.language, zone=wants.time_zone, own=own),
            around=await surroundings(Notices(unit.session), rows),
        )
        found: list[ShownNotice] = []
        for row in rows:
            title, text = writer.shown(row)
            found.append(ShownNotice(row=row, title=title, text=text))
        return found


def _check(kind: str, language: str, title: str, body: str) -> None:
    """Raises `Invalid` naming what is wrong."""
    try:
        Preferences(muted=[kind], language=language)
        NoticeText(version=1, label=label_of(kind, language), title=title, body=body)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, found['loc'][:1]))}: {found['msg']}" for found in error.errors())
        raise Invalid(f"the text cannot be used: {said.replace('muted', 'kind')}") from None
    if kind == ANY:
        raise Invalid("kind: name one")


__all__ = ["Kind", "NoticeDesk", "ShownNotice", "WordedText"]
