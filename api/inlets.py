"""Inlets at work: what arrives by mail or as a file becomes cases, exactly one each, whatever dies in between.

The order is what makes it so: the originals and the cases are committed under keys that are the same at every
delivery, and only then is the arrival put away. Whoever dies in between leaves it where it was; the next poll brings
it again, finds its cases, and puts it away.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from api.connectors import media_type_by_name
from api.mail_replies import LeftForLater, MailReplies
from graphs.audit import AuditRecord
from graphs.errors import Invalid, PermissionMissing, TriggerMismatch
from graphs.intake import START, Intake, require
from graphs.messages import MessageDesk, MessageMismatch
from graphs.notices.bounce import report_bounce
from graphs.runtime.services import Services
from graphs.runtime.worker import ended, every
from graphs.store.database import UNAVAILABLE, Database
from graphs.store.inlet_turns import InletTurns
from graphs.store.people import Actor
from tools.document.archive import is_archive
from tools.document.errors import DocumentRefused, NotScanned
from tools.document.isolation import NO_SAFEGUARDS, Safeguards, unpack_isolated
from tools.errors import Permanent
from tools.inlet import Answer, Arrival, ArrivedDocument, Inlet, Refusal, Settlement

LOGIN = "intake"
"""Who starts the cases, unless a source says otherwise."""
ANSWER_WAITS = timedelta(hours=1)
"""How long an answer for which no case waits is left where it is: its case may be about to wait."""
MOST_TRIES = 3
SETTLE_SECONDS = 120.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An inlet, the tenant it works for, and the service user in whose name its cases are started."""

    inlet: Inlet
    tenant: str
    login: str = LOGIN

    @property
    def name(self) -> str:
        """The inlet's name."""
        return self.inlet.name


async def acting(database: Database, tenant: str, login: str = LOGIN) -> Actor:
    """The service in whose name cases are started that nobody starts by hand. Raises `NotFound`."""
    async with database.unit_of_work(tenant) as unit:
        return await unit.people.named(tenant, login)


def sources_of(connectors: Iterable[tuple[str, object]]) -> list[Source]:
    """The inlets of opened connectors, each with its tenant; a connector that has none only has tools."""
    found = ((tenant, getattr(connector, "inlet", None)) for tenant, connector in connectors)
    return [Source(inlet=inlet, tenant=tenant) for tenant, inlet in found if isinstance(inlet, Inlet)]


@asynccontextmanager
async def inlets_running(
    services: Services, sources: Sequence[Source], *, safeguards: Safeguards = NO_SAFEGUARDS
) -> AsyncIterator[None]:
    """Poll every source until the block ends; of all processes one polls each. Archives pass the `safeguards`."""
    database = services.database
    turns = InletTurns(database.url, role=database.role)
    desk = InletDesk(services=services, turns=turns, safeguards=safeguards)
    tasks = [
        asyncio.create_task(
            every(source.inlet.interval.total_seconds(), partial(desk.look, source)), name=f"inlet-{source.name}"
        )
        for source in sources
    ]
    try:
        yield
    finally:
        await ended(*tasks)
        await turns.close()


@dataclass(slots=True, kw_only=True)
class InletDesk:
    """Takes what arrives."""

    services: Services
    turns: InletTurns
    safeguards: Safeguards = NO_SAFEGUARDS
    failures: dict[tuple[str, str], int] = field(default_factory=dict)
    recorded: set[tuple[str, str]] = field(default_factory=set)

    async def look(self, source: Source) -> int | None:
        """Take and settle what waits; returns how many arrivals were settled, None if another process has the turn.

        Raises what makes every arrival fail: a source that cannot be asked, a process that is not registered, a user
        who may not start cases, a database that is away. Nothing is lost by it.
        """
        if not await self.turns.take(source.tenant, source.name):
            return None
        actor = await self._actor(source)
        arrivals = await source.inlet.poll()
        settled = [await self._settled(source, actor, arrival) for arrival in arrivals]
        return settled.count(True)

    async def _actor(self, source: Source) -> Actor:
        actor = await acting(self.services.database, source.tenant, source.login)
        require(actor, START)
        return actor

    async def _settled(self, source: Source, actor: Actor, arrival: Arrival) -> bool:
        settlement = await self._taken(source, actor, arrival)
        if settlement is None:
            return False
        await self._record(source, actor, arrival, settlement)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await source.inlet.settle(arrival, settlement)
        except Permanent as error:
            # It has its case, and is found to have it at every look; the others are not to wait for it.
            log.error("arrival.not_put_away", inlet=source.name, code=error.reason)
            return False
        self.failures.pop((source.name, arrival.reference), None)
        self.recorded.discard((source.name, arrival.reference))
        log.info("arrival.settled", inlet=source.name, cases=len(settlement.cases), refused=len(settlement.refusals))
        return True

    async def _taken(self, source: Source, actor: Actor, arrival: Arrival) -> Settlement | None:
        """What became of it; None to leave it for a later poll. One that fails again and again is refused."""
        self.services.registry.latest(arrival.process)
        try:
            return await self._take(actor, arrival)
        except (*UNAVAILABLE, PermissionMissing):
            raise
        except Exception as error:
            place = (source.name, arrival.reference)
            self.failures[place] = self.failures.get(place, 0) + 1
            log.error("arrival.failed", inlet=source.name, error=type(error).__name__, tries=self.failures[place])
            if self.failures[place] < MOST_TRIES:
                return None
            problem = f"it could not be taken ({type(error).__name__}): see the log"
            return Settlement(refusals=(Refusal(what="the arrival", code="failed", problem=problem),))

    async def _take(self, actor: Actor, arrival: Arrival) -> Settlement | None:
        replies = self._replies
        if arrival.bounce is not None:
            case_id = await report_bounce(self.services, actor.tenant, arrival.bounce)
            if case_id is not None:
                left = await replies.came_back(actor, case_id, arrival.bounce)
                return None if left else Settlement(cases=(case_id,))
        if arrival.reply is not None:
            found = await replies.take(actor, arrival, arrival.reply)
            if found is not None:
                return None if isinstance(found, LeftForLater) else found
        if arrival.answer is not None and arrival.answer.name in self.services.registry.messages:
            try:
                case_id = await self._answered(actor, arrival, arrival.answer)
            except MessageMismatch as error:
                return Settlement(refusals=(Refusal(what="the answer", code=error.code, problem=str(error)),))
            if case_id is not None:
                return Settlement(cases=(case_id,), refusals=arrival.refusals)
            if self.services.clock() - arrival.received_at < ANSWER_WAITS:
                return None
        return await self._cases(actor, arrival)

    @property
    def _replies(self) -> MailReplies:
        return MailReplies(services=self.services, safeguards=self.safeguards, unpack=self._unpacked, keep=self._kept)

    async def _cases(self, actor: Actor, arrival: Arrival) -> Settlement:
        cases: list[str] = []
        refusals = [*arrival.refusals]
        for document in arrival.documents:
            try:
                unpacked = await self._unpacked(document)
            except NotScanned:
                raise
            except DocumentRefused as refused:
                refusals.append(Refusal(what=document.name, code=refused.code, problem=refused.message))
                continue
            for one in unpacked:
                try:
                    cases.append(await self._started(actor, arrival, one))
                except (Invalid, TriggerMismatch) as error:
                    refusals.append(Refusal(what=one.name, code=error.code, problem=str(error)))
        if not cases and not refusals:
            refusals.append(Refusal(what="the arrival", code="no_document", problem="it brings no document"))
        return Settlement(cases=tuple(dict.fromkeys(cases)), refusals=tuple(refusals))

    async def _unpacked(self, document: ArrivedDocument) -> Sequence[ArrivedDocument]:
        """The members of an archive, each under a key of its own that is the same at every delivery; else itself.

        Raises `DocumentRefused`.
        """
        if not is_archive(document.content):
            return (document,)
        members = await unpack_isolated(document.content, name=document.name, safeguards=self.safeguards)
        return [
            replace(
                document,
                key=f"{document.key}/{hashlib.sha256(member.content).hexdigest()[:16]}",
                name=member.name,
                media_type=media_type_by_name(member.name),
                content=member.content,
            )
            for member in members
        ]

    async def _answered(self, actor: Actor, arrival: Arrival, answer: Answer) -> str | None:
        """The case that has received the answer, or None while none waits for it. Delivered once, however often."""
        documents = [{"sha256": await self._kept(actor, one), "name": one.name} for one in arrival.documents]
        payload = {**answer.payload, "documents": documents}
        received = await MessageDesk(services=self.services).receive(
            actor, answer.name, answer.correlation_key, payload, answer.message_id, kept_for=ANSWER_WAITS
        )
        return received.case_id

    async def _started(self, actor: Actor, arrival: Arrival, document: ArrivedDocument) -> str:
        """The document's case: a new one, or the one that an earlier delivery of it has."""
        sha256 = await self._kept(actor, document)
        body = {"document": sha256, "channel": arrival.channel, "sender": arrival.sender}
        accepted = await Intake(services=self.services).start(
            actor, arrival.process, body, key=document.key, shown=shown(arrival, document)
        )
        return accepted.case.id

    async def _kept(self, actor: Actor, document: ArrivedDocument) -> str:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.originals.keep(
                actor.tenant,
                name=document.name,
                media_type=document.media_type,
                content=document.content,
                now=self.services.clock(),
            )

    async def _record(self, source: Source, actor: Actor, arrival: Arrival, settlement: Settlement) -> None:
        """Write what was refused into the trail, once for as long as this process remembers."""
        place = (source.name, arrival.reference)
        if not settlement.refusals or place in self.recorded:
            return
        values = {
            "inlet": source.name,
            "channel": arrival.channel,
            "sender": arrival.sender,
            "cases": list(settlement.cases),
            "refusals": [{"what": one.what, "code": one.code, "problem": one.problem} for one in settlement.refusals],
        }
        async with self.services.database.unit_of_work(source.tenant) as unit:
            unit.record(source.tenant, AuditRecord(kind="arrival.refused", actor=actor.user_id, values=values))
        self.recorded.add(place)


def shown(arrival: Arrival, document: ArrivedDocument) -> Mapping[str, Any]:
    """What goes into the case's input and is not compared: another delivery came another way, and is the same."""
    details = {"attachment": dict(document.details)} if document.details else {}
    return {**arrival.details, **details, "name": document.name, "received_on": arrival.received_on.isoformat()}
