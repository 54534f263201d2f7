"""The people of a fresh installation: a tenant, roles, three named persons, two services, a first key each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import structlog

from api.data_folder import DataFolder
from api.past_roles import PAST_ROLES
from api.permissions import ROLES
from graphs.roles import BuiltInRole, follow_release
from graphs.store.asked_tasks import APPROVAL
from graphs.store.database import Database, UnitOfWork
from graphs.store.people import key_hash
from graphs.store.people_tables import ApiKey, AuthorityLimit, Role, Tenant, User, UserRole

log = structlog.get_logger(__name__)

BUILT_IN: dict[str, BuiltInRole] = {
    name: BuiltInRole(name=name, title=title, permissions=permissions, past=frozenset(PAST_ROLES.get(name, ())))
    for name, (title, permissions) in ROLES.items()
}
CURRENCY = "EUR"
VALID_FROM = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUser:
    """A user made at the first start; `limit_minor` is what they may approve, in cents."""

    login: str
    name: str
    kind: str
    roles: tuple[str, ...]
    limit_minor: int = 0


FIRST_USERS = (
    FirstUser(login="clara", name="Clara Clerk", kind="person", roles=("ap_clerk",)),
    FirstUser(login="mara", name="Mara Manager", kind="person", roles=("approver",), limit_minor=10_000_00),
    FirstUser(
        login="dario",
        name="Dario Director",
        kind="person",
        roles=("approver", "auditor", "supervisor"),
        limit_minor=100_000_00,
    ),
    FirstUser(login="intake", name="Document intake", kind="service", roles=("integration",)),
    FirstUser(login="admin", name="Administrator", kind="service", roles=("admin",)),
)


def user_id(tenant: str, login: str) -> str:
    """The id of a user made at the first start."""
    return f"{tenant}-{login}"


async def bootstrap_people(database: Database, folder: DataFolder, *, tenant: str, now: datetime) -> None:
    """Make tenant, roles, users, limits and first keys where they are absent; what is there stays as it is.

    Only built-in roles that nobody has changed, of any tenant, get what this release has and they lack. Keys stand in
    `folder` only, and the database holds their hashes only. Safe to call at every start.
    """
    async with database.unit_of_work(tenant) as unit:
        if tenant not in await unit.people.tenants():
            await _add_people(unit, tenant, now)
    await follow_release(database, BUILT_IN)
    for user in FIRST_USERS:
        async with database.unit_of_work(tenant) as unit:
            await _add_key(unit, folder, tenant, user, now)


async def _add_people(unit: UnitOfWork, tenant: str, now: datetime) -> None:
    await unit.people.add(Tenant(id=tenant, name=tenant.title()))
    for role, (title, permissions) in ROLES.items():
        row = Role(tenant=tenant, name=role, title=title, permissions=list(permissions), given=list(permissions))
        await unit.people.add(row)
    for user in FIRST_USERS:
        await _add_user(unit, tenant, user, now)
    log.info("people.made", tenant=tenant, users=len(FIRST_USERS))


async def _add_user(unit: UnitOfWork, tenant: str, user: FirstUser, now: datetime) -> None:
    key = user_id(tenant, user.login)
    await unit.people.add(User(id=key, tenant=tenant, login=user.login, name=user.name, kind=user.kind, created_at=now))
    for role in user.roles:
        await unit.people.add(UserRole(tenant=tenant, user_id=key, role=role))
    if user.limit_minor:
        limit = AuthorityLimit(
            id=f"{key}-{APPROVAL}-{CURRENCY}",
            tenant=tenant,
            user_id=key,
            subject=APPROVAL,
            max_minor=user.limit_minor,
            currency=CURRENCY,
            effective_from=VALID_FROM,
        )
        await unit.people.add(limit)


async def _add_key(unit: UnitOfWork, folder: DataFolder, tenant: str, user: FirstUser, now: datetime) -> None:
    """The file comes first: a crash in between leaves a file whose key the next start takes over."""
    owner = user_id(tenant, user.login)
    known = await unit.people.key_hashes(owner)
    if known:
        return
    key = folder.read_or_make_key(user.login)
    row = ApiKey(id=f"{owner}-first-key", tenant=tenant, user_id=owner, key_hash=key_hash(key), created_at=now)
    await unit.people.add(row)
    log.info("key.made", user=owner, file=str(folder.key_file(user.login)))
