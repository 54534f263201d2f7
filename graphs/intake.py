"""Intake: every accepted trigger has exactly one case, however often it is delivered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.audit import AuditRecord
from graphs.deadlines.case_clocks import accepted_view, clock_accepted, first_place
from graphs.deadlines.level_shelf import LevelsUnread
from graphs.errors import Invalid, PermissionMissing, TriggerMismatch
from graphs.new_case import new_case
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.store.statements import ACCEPT, UNCLOCKED, json_text
from graphs.store.tables import Case
from graphs.store.writer import Change, DuplicateTrigger
from policies.canonical import digest
from tools.telemetry.metrics import CASES_STARTED

START = "case.start"


def require(actor: Actor, permission: str) -> None:
    """Raises `PermissionMissing` unless a role of the actor grants `permission`."""
    if permission not in actor.permissions:
        raise PermissionMissing(f"{actor.name} may not do this: no role grants {permission!r}")


def check_reason(reason: str, *, name: str = "reason") -> None:
    """Raises `Invalid` without a reason; `name` is the field that should hold it."""
    if not reason.strip():
        raise Invalid(f"{name}: say why, for whoever asks later")


def document_key(sha256: str, sender: str, channel: str) -> str:
    """The trigger key of a document that came without one: the same bytes, from the same, by the same way."""
    return f"document-{digest([sha256, sender, channel])[:40]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A document as it came in: `channel` is how (`mail`, `portal`, `peppol`, `api`), `sender` from whom."""

    name: str
    media_type: str
    content: bytes
    channel: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The case of a trigger; `created` is False when an earlier delivery made it."""

    case: Case
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Accepts triggers: the case row and its first job in one transaction."""

    services: Services

    async def document(
        self, actor: Actor, process: str, incoming: Incoming, *, key: str | None = None, extra: Mapping[str, Any] = {}
    ) -> Accepted:
        """Start a case for a document. Without a `key`, content, sender and channel are the key.

        Raises `Invalid`, `PermissionMissing`, `TriggerMismatch`.
        """
        require(actor, START)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            sha256 = await unit.originals.keep(
                actor.tenant, name=incoming.name, media_type=incoming.media_type, content=incoming.content, now=now
            )
        body = {
            **extra,
            "document": sha256,
            "channel": incoming.channel,
            "sender": incoming.sender,
        }
        chosen = key or document_key(sha256, incoming.sender, incoming.channel)
        return await self.start(actor, process, body, key=chosen, shown={"name": incoming.name})

    async def start(
        self, actor: Actor, process: str, body: Mapping[str, Any], *, key: str | None, shown: Mapping[str, Any] = {}
    ) -> Accepted:
        """Start a case, or return the one that `key` started before.

        `shown` goes into the input but not into what is compared. Raises `Invalid`, `PermissionMissing`, or
        `TriggerMismatch` when the key came with another body.
        """
        require(actor, START)
        definition = self.services.registry.latest(process)
        definition.check_input(body)
        now = self.services.clock()
        case = new_case(
            definition,
            body,
            case_id=str(uuid.uuid4()),
            tenant=actor.tenant,
            key=key or f"unkeyed-{uuid.uuid4()}",
            by=actor.user_id,
            now=now,
            shown=shown,
        )
        values = {"process": definition.reference, "digest": definition.digest, "input": case.input}
        change = Change(actor.tenant)
        change.add(ACCEPT, case.id, json_text(case.model_dump()))
        change.record(AuditRecord(kind="case.started", actor=actor.user_id, case_id=case.id, values=values), now)
        change.begin.append(case.id)
        await self._start_clocks(definition, case, change)
        existing = await self._accept(case, change)
        return _same(existing, case) if existing else Accepted(case=case, created=True)

    async def _start_clocks(self, definition: ProcessDefinition, case: Case, change: Change) -> None:
        """The clocks of the case, from its acceptance on, whoever takes it and when.

        Nothing is asked where this process has just read the service levels. Where the database does not say which
        count, the case is accepted all the same, and workers give it its clocks.
        """
        shelf = self.services.level_shelf
        try:
            active = shelf.at_hand(case.tenant, case.process) or await shelf.certain(case.tenant, case.process)
        except LevelsUnread:
            change.add(UNCLOCKED, case.tenant, case.process)
            return
        if active is not None:
            clock_accepted(active, case, first_place(definition), accepted_view(case), change)

    async def _accept(self, case: Case, change: Change) -> Case | None:
        """None once the case is accepted, or the one that its trigger made before."""
        while True:
            try:
                await self.services.database.writer.commit(change)
            except DuplicateTrigger:
                async with self.services.database.unit_of_work(case.tenant) as unit:
                    existing = await unit.cases.by_trigger(case.tenant, case.process, case.trigger_key)
                if existing is not None:
                    return existing
            else:
                CASES_STARTED.of(case.process).inc()
                return None


def _same(existing: Case, case: Case) -> Accepted:
    if existing.trigger_digest != case.trigger_digest:
        raise TriggerMismatch(f"the idempotency key {case.trigger_key!r} was used before with another body")
    return Accepted(case=existing, created=False)
