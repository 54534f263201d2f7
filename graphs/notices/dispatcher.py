"""The dispatcher: decides per person when and over which channel waiting notices go, and begins their delivery.

Every worker runs it. A notice is looked at by one of them, because its row is locked; a person's are sent by one,
because the turn is. What goes, and the case that delivers it, are one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from graphs.notices.channels import channel_for, connected
from graphs.notices.delivery import BUNDLE, DIGEST, Writer, begin
from graphs.notices.preferences import Preferences
from graphs.notices.standing import PROCESS, Surroundings, surroundings
from graphs.notices.storm import planned
from graphs.notices.text import Wording
from graphs.notices.wording import own_texts, preferences_of
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.notice_tables import NoticeRow
from graphs.store.notice_wishes import NoticeWishes
from graphs.store.notices import Notices

LOOKED_AT = 500
"""Notices that one transaction looks at for the first time."""
PEOPLE = 100
"""People who are sent to in one run; the next run is soon."""
OF_PERSON = 5_000
"""Notices of a person that one run takes: an outage's are to come in one message."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDispatcher:
    """Sends what waits. Safe to run in every worker at once."""

    services: Services

    async def run(self) -> int:
        """Look at new notices, begin the delivery of what is due, settle what was delivered; returns how many began."""
        definition = self._definition()
        if definition is None:
            return 0
        async with self.services.database.unit_of_all_tenants() as unit:
            found = await Notices(unit.session).open_tenants(unit.tenants, now=self.services.clock())
        return sum([await self._of_tenant(tenant, definition) for tenant in found])

    def _definition(self) -> ProcessDefinition | None:
        """The process that delivers; None where it is not registered, and notices wait."""
        found = [one for one in self.services.registry if one.name == PROCESS]
        return max(found, key=lambda one: one.version) if found else None

    async def _of_tenant(self, tenant: str, definition: ProcessDefinition) -> int:
        now = self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            await self._plan(unit, tenant, now)
        async with self.services.database.unit_of_work(tenant) as unit:
            people = await Notices(unit.session).due_people(tenant, now=now, most=PEOPLE)
        begun = 0
        for person in people:
            try:
                async with self.services.database.unit_of_work(tenant) as unit:
                    begun += await self._of_person(unit, tenant, person, definition, now=now)
            except Exception as error:
                # Whatever is wrong with what one person is told, the others are told.
                log.error("notices.not_sent", person=person, error=type(error).__name__, message=str(error)[:300])
        async with self.services.database.unit_of_work(tenant) as unit:
            await Notices(unit.session).settle(tenant)
        return begun

    async def _plan(self, unit: UnitOfWork, tenant: str, now: datetime) -> None:
        """Say from when on each new notice may go, or that its person does not want to be told."""
        notices = Notices(unit.session)
        rows = await notices.new(tenant, most=LOOKED_AT)
        wants = await preferences_of(unit, tenant, {row.recipient_id for row in rows})
        muted = {row.id for row in rows if wants[row.recipient_id].mutes(row.kind, row.urgency)}
        await notices.change(muted, status="muted", why="the person has muted the kind")
        due: dict[datetime, list[str]] = defaultdict(list)
        for row in rows:
            if row.id not in muted:
                due[wants[row.recipient_id].due_at(row.kind, row.urgency, now=now)].append(row.id)
        for at, ids in due.items():
            await notices.change(ids, due_at=at)

    async def _of_person(
        self, unit: UnitOfWork, tenant: str, person: str, definition: ProcessDefinition, *, now: datetime
    ) -> int:
        notices = Notices(unit.session)
        if not await notices.take_turn(tenant, person):
            return 0
        rows = await notices.due_of(tenant, person, now=now, most=OF_PERSON)
        if not rows:
            return 0
        around = await surroundings(notices, rows)
        wants = (await preferences_of(unit, tenant, {person}))[person]
        wording = Wording(
            language=wants.language,
            zone=wants.time_zone,
            own=own_texts(await NoticeWishes(unit.session, tenant).texts()),
        )
        writer = Writer(terms=self.services.notice_terms, wording=wording, around=around)
        kept = await self._kept(notices, rows, around)
        by_channel = await self._by_channel(notices, tenant, kept, around, wants)
        begun = 0
        for channel, batch in by_channel.items():
            for group, kind in await self._messages(notices, tenant, batch, wants, now=now):
                message = writer.message(group, channel, kind=kind)
                await begin(unit, definition, message, tenant=tenant, now=now, traceparent=around.traceparent(group))
                begun += 1
        return begun

    async def _kept(self, notices: Notices, rows: Sequence[NoticeRow], around: Surroundings) -> Sequence[NoticeRow]:
        """Those that are still true and may be told of."""
        aside: dict[tuple[str, str], list[str]] = defaultdict(list)
        kept: list[NoticeRow] = []
        for row in rows:
            why = around.untrue(row)
            if why:
                aside["obsolete", why].append(row.id)
            elif around.about_delivery(row):
                aside["no_channel", "it is about a delivery: only the list tells of those"].append(row.id)
            else:
                kept.append(row)
        for (status, why), ids in aside.items():
            await notices.change(ids, status=status, why=why)
        return kept

    async def _by_channel(
        self,
        notices: Notices,
        tenant: str,
        rows: Sequence[NoticeRow],
        around: Surroundings,
        wants: Preferences,
    ) -> Mapping[str, list[NoticeRow]]:
        available = connected(self.services.catalogs(tenant))
        found: dict[str, list[NoticeRow]] = defaultdict(list)
        unreached: list[str] = []
        for row in rows:
            channel = channel_for(row, around.people[row.recipient_id], wants, available)
            if channel is None:
                unreached.append(row.id)
            else:
                found[channel].append(row)
        why = "no channel that reaches the person is connected"
        await notices.change(unreached, status="no_channel", why=why)
        return found

    async def _messages(
        self, notices: Notices, tenant: str, rows: Sequence[NoticeRow], wants: Preferences, *, now: datetime
    ) -> list[tuple[Sequence[NoticeRow], str]]:
        """The groups of notices that are a message each, with what a group of several is called."""
        storm = self.services.notice_terms.storm
        digest = [row for row in rows if wants.digests(row.kind, row.urgency)]
        others = [row for row in rows if not wants.digests(row.kind, row.urgency)]
        recent: list[Any] = await notices.recent(tenant, rows[0].recipient_id, since=now - storm.within)
        plan = planned(others, recent, storm, now=now)
        waiting: dict[datetime, list[str]] = defaultdict(list)
        for row, until in plan.waiting:
            waiting[until].append(row.id)
        for until, ids in waiting.items():
            await notices.change(ids, due_at=until)
        return [*([(digest, DIGEST)] if digest else []), *((group, BUNDLE) for group in plan.messages)]
