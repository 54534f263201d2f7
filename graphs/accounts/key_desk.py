"""The key desk: API keys are made, listed and revoked; a key is shown once, and whoever has it acts as its owner."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.accounts.desk import check_confirmed, check_grant, check_manager
from graphs.accounts.terms import AccountTerms
from graphs.api_key import new_key
from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound
from graphs.intake import check_reason
from graphs.runtime.services import Services
from graphs.store.accounts import Accounts
from graphs.store.api_keys import ApiKeys, KnownKey
from graphs.store.people import Actor, key_hash
from graphs.store.people_tables import ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key is to be: whose, what for, and until when it is good."""

    owner: str
    name: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key that was made just now. `secret` is shown once: only its hash is stored."""

    known: KnownKey
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDesk:
    """Manages API keys, each change with its audit entry in one transaction.

    Every method raises `PermissionMissing`, and changes `ConfirmationNeeded` in a session that was confirmed long ago.
    """

    services: Services
    terms: AccountTerms

    async def listed(
        self, actor: Actor, *, limit: int, after: tuple[datetime, str] | None = None, revoked: bool = False
    ) -> Sequence[KnownKey]:
        """The tenant's keys, the newest first; `revoked` has those that are of no use any more, too."""
        check_manager(actor)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await ApiKeys(unit.session, actor.tenant).page(limit=limit, after=after, revoked=revoked, now=now)

    async def make(self, actor: Actor, new: NewKey) -> MadeKey:
        """Make a key of somebody who may do no more than the actor.

        Raises `NotFound`, `GrantExceeded`, `Invalid` for an owner who is kept out, a name of nothing or a past end.
        """
        check_confirmed(actor, self.terms, now=self.services.clock())
        check_reason(new.name, name="name")
        now = self.services.clock()
        if new.expires_at is not None and new.expires_at <= now:
            raise Invalid("expires_at: the key would be of no use from the start")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            owner = await accounts.user(new.owner)
            if owner is None:
                raise NotFound(f"there is no user {new.owner!r}")
            if not owner.active:
                raise Invalid(f"{owner.name} is kept out: a key would be refused")
            await check_grant(accounts, actor, await accounts.roles_of(owner.id))
            secret = new_key()
            row = ApiKey(
                id=str(uuid.uuid4()),
                tenant=actor.tenant,
                user_id=owner.id,
                key_hash=key_hash(secret),
                created_at=now,
                name=new.name.strip(),
                created_by=actor.user_id,
                expires_at=new.expires_at,
            )
            await ApiKeys(unit.session, actor.tenant).add(row)
            until = new.expires_at.isoformat() if new.expires_at else None
            values = {"key": row.id, "user": owner.id, "name": row.name, "expires_at": until}
            unit.record(actor.tenant, AuditRecord(kind="key.made", actor=actor.user_id, values=values))
        return MadeKey(known=KnownKey(key=row, owner=owner), secret=secret)

    async def revoke(self, actor: Actor, key_id: str, *, reason: str) -> KnownKey:
        """Refuse the key from now on; done again, it changes nothing.

        Raises `NotFound`, `GrantExceeded`, `Invalid` without a reason.
        """
        check_confirmed(actor, self.terms, now=self.services.clock())
        check_reason(reason)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            keys, accounts = ApiKeys(unit.session, actor.tenant), Accounts(unit.session, actor.tenant)
            found = await keys.one(key_id)
            if found is None:
                raise NotFound(f"there is no API key {key_id}")
            await check_grant(accounts, actor, await accounts.roles_of(found.owner.id))
            if found.key.revoked_at is not None:
                return found
            await keys.revoke(found.key, now=now)
            values = {"key": key_id, "user": found.owner.id, "name": found.key.name, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="key.revoked", actor=actor.user_id, values=values))
        return found
