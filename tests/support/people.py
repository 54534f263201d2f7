"""Three people and a service, in as many tenants as a test wants."""

from __future__ import annotations

from datetime import UTC, date, datetime

from graphs.store.database import Database
from graphs.store.people import Actor, key_hash
from graphs.store.tables import ApiKey, AuthorityLimit, Role, Tenant, User, UserRole

ROLES = {
    "ap_clerk": ["case.start", "case.read", "task.read", "task.answer"],
    "clerk": ["case.start", "case.read", "task.read", "task.answer"],
    "approver": ["case.read", "task.read", "task.answer"],
    "supervisor": ["case.read", "task.read", "task.answer", "audit.read"],
    "integration": ["case.start", "case.read"],
}
USERS = {
    "intake": ("service", ["integration"], 0),
    "clara": ("person", ["clerk", "ap_clerk"], 0),
    "anton": ("person", ["approver"], 50_000),
    "berta": ("person", ["approver"], 200_000),
    "dora": ("person", ["approver", "ap_clerk"], 100_000_000),
    "emil": ("person", ["approver"], 100_000_000),
    "sven": ("person", ["supervisor"], 0),
}


async def populate(database: Database, tenant: str = "acme") -> None:
    """Add the tenant with its people."""
    born = datetime(2026, 1, 1, tzinfo=UTC)
    async with database.unit_of_work(tenant) as unit:
        await unit.people.add(Tenant(id=tenant, name=tenant.title()))
        for role, permissions in ROLES.items():
            await unit.people.add(Role(tenant=tenant, name=role, title=role.title(), permissions=permissions))
        for login, (kind, roles, limit) in USERS.items():
            user = f"{tenant}-{login}"
            await unit.people.add(
                User(id=user, tenant=tenant, login=login, name=login.title(), kind=kind, created_at=born)
            )
            for role in roles:
                await unit.people.add(UserRole(tenant=tenant, user_id=user, role=role))
            if limit:
                row = AuthorityLimit(
                    id=f"{user}-limit",
                    tenant=tenant,
                    user_id=user,
                    subject="approval",
                    max_minor=limit,
                    currency="EUR",
                    effective_from=date(2026, 1, 1),
                )
                await unit.people.add(row)
            await unit.people.add(
                ApiKey(id=f"{user}-key", tenant=tenant, user_id=user, key_hash=key_hash(f"key-{user}"), created_at=born)
            )


async def actor(database: Database, login: str, tenant: str = "acme") -> Actor:
    """The actor behind a login."""
    async with database.unit_of_work(tenant) as unit:
        return await unit.people.actor(f"{tenant}-{login}")
