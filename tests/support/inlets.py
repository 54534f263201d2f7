"""A mailbox whose mails become cases, looked at by processes that may die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from api.inlets import InletDesk, Source
from graphs.store.inlet_turns import InletTurns
from graphs.store.tables import Case
from tests.support.engine import Engine
from tools.inlet import Arrival, Inlet, Settlement
from tools.mail.arrival import Reading, WithoutDocument
from tools.mail.identity import message_id_of
from tools.mail.inlet import MailInlet
from tools.mail.limits import DEFAULT_LIMITS
from tools.mail.position import Position
from tools.testing.mail import MemoryMailbox

ASKED = message_id_of("interlock-key", domain="buyer.example")
VERIFIED = "Authentication-Results: mx.buyer.example; dmarc=pass header.from=supplier.example"


class Killed(BaseException):
    """The process dies here."""


@dataclass(slots=True, kw_only=True)
class Dying:
    """An inlet whose process dies before or after it settles, as often as it is told."""

    inlet: Inlet
    before: int = 0
    after: int = 0

    @property
    def name(self) -> str:
        return self.inlet.name

    @property
    def interval(self) -> timedelta:
        return self.inlet.interval

    async def poll(self) -> Sequence[Arrival]:
        return await self.inlet.poll()

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        if self.before:
            self.before -= 1
            raise Killed
        await self.inlet.settle(arrival, settlement)
        if self.after:
            self.after -= 1
            raise Killed


@dataclass(slots=True, kw_only=True)
class Post:
    """A mailbox on the toy engine; every look is a process of its own."""

    engine: Engine
    folder: Path
    box: MemoryMailbox = field(default_factory=MemoryMailbox)
    without_document: WithoutDocument = "case"

    def inlet(self) -> MailInlet:
        reading = Reading(
            process="toy",
            limits=DEFAULT_LIMITS,
            authserv_id="mx.buyer.example",
            domain="buyer.example",
            without_document=self.without_document,
        )
        return MailInlet(
            name="mail",
            mailbox=self.box,
            reading=reading,
            position=Position.read(self.folder / "position.json"),
            interval=timedelta(seconds=1),
            batch_bytes=10**7,
        )

    async def look(self, inlet: Inlet | None = None, *, login: str = "intake") -> int | None:
        turns = InletTurns(self.engine.url, role=None)
        try:
            desk = InletDesk(services=self.engine.services, turns=turns)
            return await desk.look(Source(inlet=inlet or self.inlet(), tenant="acme", login=login))
        finally:
            await turns.close()

    async def cases(self) -> list[Case]:
        async with self.engine.database.unit_of_work("acme") as unit:
            found = await unit.session.execute(text("SELECT id FROM cases ORDER BY created_at"))
            return [await unit.cases.get(case_id) for case_id in found.scalars()]

    async def refusals(self) -> list[Mapping[str, Any]]:
        async with self.engine.database.unit_of_work("acme") as unit:
            query = text(
                "SELECT v.content FROM audit_entries e JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq "
                "WHERE e.kind = 'arrival.refused' ORDER BY e.seq"
            )
            found = (await unit.session.execute(query)).scalars()
            return list(found)
