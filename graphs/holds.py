"""Legal holds: what must not be compacted or erased, whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from graphs.audit import AuditRecord
from graphs.errors import Conflict, Invalid
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.erasure import Erasure
from graphs.store.holds import LegalHolds
from graphs.store.people import Actor
from graphs.store.retention_tables import LegalHold

HOLD = "retention.hold"
SHORTEST = 3
"""A shorter text would be found everywhere."""


class OnLegalHold(Conflict):
    """A legal hold covers it."""

    code = "on_legal_hold"


class HoldScope(StrEnum):
    """What is held: one case; the cases that a user started or acted in; or those that mention a party's key."""

    CASE = "case"
    USER = "user"
    PARTY = "party"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDesk:
    """Places and lifts holds, each with its audit entry, in one transaction."""

    services: Services

    async def listed(self, actor: Actor, *, lifted: bool = False) -> Sequence[LegalHold]:
        """Holds in force, or all, newest first. Raises `PermissionMissing`."""
        require(actor, HOLD)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await LegalHolds(unit.session).listed(lifted=lifted)

    async def place(self, actor: Actor, scope: HoldScope, subject: str, *, why: str) -> LegalHold:
        """Hold a subject. Holding what is held changes nothing.

        Raises `PermissionMissing`, `Invalid` without a reason or for a key that is too short, or `NotFound` for a
        case or user that does not exist.
        """
        require(actor, HOLD)
        check_reason(why, name="why")
        hold = LegalHold(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            scope=scope.value,
            subject=subject,
            why=why,
            placed_by=actor.user_id,
            since=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await self._check(unit, actor.tenant, scope, subject)
            holds = LegalHolds(unit.session)
            if await holds.place(hold):
                unit.record(actor.tenant, recorded("hold.placed", actor, hold, why))
            return await holds.in_force(actor.tenant, scope.value, subject)

    async def lift(self, actor: Actor, hold_id: str, *, why: str) -> LegalHold:
        """Lift a hold. Raises `PermissionMissing`, `Invalid` without a reason, or `NotFound`."""
        require(actor, HOLD)
        check_reason(why, name="why")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            hold = await LegalHolds(unit.session).lift(hold_id, by=actor.user_id, why=why, now=self.services.clock())
            unit.record(actor.tenant, recorded("hold.lifted", actor, hold, why))
            return hold

    async def _check(self, unit: UnitOfWork, tenant: str, scope: HoldScope, subject: str) -> None:
        """A hold on a mistyped subject would keep nothing while somebody relies on it."""
        match scope:
            case HoldScope.CASE:
                await unit.cases.get(subject)
            case HoldScope.USER:
                await Erasure(unit.session, tenant).person(subject)
            case HoldScope.PARTY:
                if len(subject.strip()) < SHORTEST:
                    raise Invalid(f"subject: a key has at least {SHORTEST} characters")
            case _:
                assert_never(scope)


async def refuse_held(unit: UnitOfWork, tenant: str, case_ids: Sequence[str]) -> None:
    """Raises `OnLegalHold`, which names the cases, if a hold in force covers any of them."""
    held = await LegalHolds(unit.session).held(tenant, case_ids)
    if held:
        raise OnLegalHold(f"a legal hold covers {', '.join(sorted(held))}: see `interlock retention holds`")


async def refuse_held_user(unit: UnitOfWork, user_id: str) -> None:
    """Raises `OnLegalHold` if the user is held."""
    if any(
        hold.scope == HoldScope.USER and hold.subject == user_id
        for hold in await LegalHolds(unit.session).listed(lifted=False)
    ):
        raise OnLegalHold(f"a legal hold covers user {user_id}: see `interlock retention holds`")


def recorded(kind: str, actor: Actor, hold: LegalHold, why: str) -> AuditRecord:
    """The audit entry; a party's key stands in its values, which can be erased once the hold is lifted."""
    values = {"hold": hold.id, "scope": hold.scope, "subject": hold.subject, "why": why}
    case_id = hold.subject if hold.scope == HoldScope.CASE else None
    return AuditRecord(kind=kind, actor=actor.user_id, case_id=case_id, values=values)
