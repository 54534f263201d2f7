"""The key desk: API keys are made, listed, replaced and revoked.

A key is shown once, and whoever has it acts as its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.accounts.desk import check_confirmed, check_grant, check_manager
from graphs.accounts.terms import AccountTerms
from graphs.api_key import NewSecret, new_secret
from graphs.audit import AuditRecord
from graphs.errors import Conflict, Invalid, NotFound
from graphs.intake import check_reason
from graphs.runtime.services import Services
from graphs.store.accounts import Accounts
from graphs.store.api_keys import ApiKeys, KnownKey
from graphs.store.people import Actor, key_hash
from graphs.store.people_tables import ApiKey, User

LONGEST_OVERLAP = timedelta(days=30)
"""How long a replaced key may go on being good, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key is to be: whose, what for, until when it is good, and why it is made, where somebody said so."""

    owner: str
    name: str
    expires_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """How a key is replaced: why, until when the new one is good, and how long the old one goes on being good."""

    reason: str
    expires_at: datetime | None = None
    overlap: timedelta = timedelta(0)


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
        now = self._checked(actor, new.expires_at)
        check_reason(new.name, name="name")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            accounts = Accounts(unit.session, actor.tenant)
            owner = await accounts.user(new.owner)
            if owner is None:
                raise NotFound(f"there is no user {new.owner!r}")
            await _check_owner(accounts, actor, owner)
            made = new_secret()
            row = _row(made, owner, name=new.name.strip(), by=actor, expires_at=new.expires_at, now=now)
            await ApiKeys(unit.session, actor.tenant).add(row)
            values = {**_told(row), **({"reason": new.reason} if new.reason else {})}
            unit.record(actor.tenant, AuditRecord(kind="key.made", actor=actor.user_id, values=values))
        return MadeKey(known=KnownKey(key=row, owner=owner), secret=made.secret)

    async def rotate(self, actor: Actor, key_id: str, how: Replacement) -> MadeKey:
        """Make a key in the place of one, of the same owner and for the same; the old one ends after the overlap.

        Raises `NotFound`, `GrantExceeded`, `Conflict` for a key of no use any more, `Invalid` without a reason, for a
        past end or an overlap that is too long.
        """
        now = self._checked(actor, how.expires_at)
        check_reason(how.reason)
        if not timedelta(0) <= how.overlap <= LONGEST_OVERLAP:
            raise Invalid(f"overlap: 0 to {LONGEST_OVERLAP.days} days")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            keys, accounts = ApiKeys(unit.session, actor.tenant), Accounts(unit.session, actor.tenant)
            old = await _existing(keys, key_id)
            await _check_owner(accounts, actor, old.owner)
            if not old.is_good(now):
                raise Conflict(f"API key {key_id} is of no use any more: make a new one")
            made = new_secret()
            row = _row(made, old.owner, name=old.key.name, by=actor, expires_at=how.expires_at, now=now)
            await keys.add(row)
            ends = await keys.end(old.key, at=now + how.overlap, now=now)
            values = {**_told(row), "replaces": key_id, "old_until": ends.isoformat(), "reason": how.reason}
            unit.record(actor.tenant, AuditRecord(kind="key.rotated", actor=actor.user_id, values=values))
        return MadeKey(known=KnownKey(key=row, owner=old.owner), secret=made.secret)

    async def revoke(self, actor: Actor, key_id: str, *, reason: str) -> KnownKey:
        """Refuse the key from now on; done again, it changes nothing.

        Raises `NotFound`, `GrantExceeded`, `Invalid` without a reason.
        """
        now = self._checked(actor)
        check_reason(reason)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            keys, accounts = ApiKeys(unit.session, actor.tenant), Accounts(unit.session, actor.tenant)
            found = await _existing(keys, key_id)
            await check_grant(accounts, actor, await accounts.roles_of(found.owner.id))
            if found.key.revoked_at is not None:
                return found
            await keys.revoke(found.key, now=now)
            values = {"key": key_id, "user": found.owner.id, "name": found.key.name, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="key.revoked", actor=actor.user_id, values=values))
        return found

    def _checked(self, actor: Actor, expires_at: datetime | None = None) -> datetime:
        """The present instant, for somebody who may manage keys now. Raises `Invalid` for an end that has come."""
        now = self.services.clock()
        check_confirmed(actor, self.terms, now=now)
        if expires_at is not None and expires_at <= now:
            raise Invalid("expires_at: the key would be of no use from the start")
        return now


async def _existing(keys: ApiKeys, key_id: str) -> KnownKey:
    found = await keys.one(key_id)
    if found is None:
        raise NotFound(f"there is no API key {key_id}")
    return found


async def _check_owner(accounts: Accounts, actor: Actor, owner: User) -> None:
    if not owner.active:
        raise Invalid(f"{owner.name} is kept out: a key would be refused")
    await check_grant(accounts, actor, await accounts.roles_of(owner.id))


def _row(made: NewSecret, owner: User, *, name: str, by: Actor, expires_at: datetime | None, now: datetime) -> ApiKey:
    return ApiKey(
        id=made.id,
        tenant=owner.tenant,
        user_id=owner.id,
        key_hash=key_hash(made.secret),
        created_at=now,
        name=name,
        created_by=by.user_id,
        expires_at=expires_at,
    )


def _told(row: ApiKey) -> dict[str, object]:
    until = row.expires_at.isoformat() if row.expires_at else None
    return {"key": row.id, "user": row.user_id, "name": row.name, "expires_at": until}
