"""Three people and a service, in as many tenants as a test wants."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from graphs.store.database import Database
from graphs.store.people import Actor, key_hash
from graphs.store.people_tables import ApiKey, AuthorityLimit, Role, Tenant, User, UserRole

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
    """Add the tenant with its people; who is there stays. A statement a table: most tests begin with this."""
    born = datetime(2026, 1, 1, tzinfo=UTC)
    held = {f"{tenant}-{login}": (roles, limit) for login, (_, roles, limit) in USERS.items()}
    rows: dict[type[SQLModel], list[SQLModel]] = {
        Tenant: [Tenant(id=tenant, name=tenant.title())],
        Role: [
            Role(tenant=tenant, name=role, title=role.title(), permissions=permissions)
            for role, permissions in ROLES.items()
        ],
        User: [
            User(id=f"{tenant}-{login}", tenant=tenant, login=login, name=login.title(), kind=kind, created_at=born)
            for login, (kind, _, _) in USERS.items()
        ],
        UserRole: [
            UserRole(tenant=tenant, user_id=user, role=role) for user, (roles, _) in held.items() for role in roles
        ],
        AuthorityLimit: [_limit(tenant, user, limit) for user, (_, limit) in held.items() if limit],
        ApiKey: [
            ApiKey(id=f"{user}-key", tenant=tenant, user_id=user, key_hash=key_hash(f"key-{user}"), created_at=born)
            for user in held
        ],
    }
    async with database.unit_of_work(tenant) as unit:
        for table, added in rows.items():
            await unit.session.execute(insert(table).on_conflict_do_nothing(), [row.model_dump() for row in added])


def _limit(tenant: str, user: str, max_minor: int) -> AuthorityLimit:
    return AuthorityLimit(
        id=f"{user}-limit",
        tenant=tenant,
        user_id=user,
        subject="approval",
        max_minor=max_minor,
        currency="EUR",
        effective_from=date(2026, 1, 1),
    )


async def actor(database: Database, login: str, tenant: str = "acme") -> Actor:
    """The actor behind a login."""
    async with database.unit_of_work(tenant) as unit:
        return await unit.people.actor(f"{tenant}-{login}")
