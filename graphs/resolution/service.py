"""The service in whose name fixes are carried out that nobody approved: one user a tenant, without a key."""

from __future__ import annotations

from datetime import datetime

from graphs.store.database import Database, UnitOfWork
from graphs.store.people import Actor
from graphs.store.people_tables import Role, User, UserRole

LOGIN = "resolver"
ROLE = "resolver"
PERMISSIONS = ("case.read", "case.steer", "incident.retry")


async def service_of(unit: UnitOfWork, tenant: str) -> Actor:
    """The service. Raises `NotFound` where it was made inactive: then no agent is asked."""
    return await unit.people.named(tenant, LOGIN)


async def ensure_service(database: Database, *, now: datetime) -> None:
    """Give every tenant the service and its role where they are absent; what is there stays as it is."""
    async with database.unit_of_work() as unit:
        tenants = await unit.people.tenants()
    for tenant in tenants:
        async with database.unit_of_work(tenant) as unit:
            user = f"{tenant}-{LOGIN}"
            if await unit.people.is_known(user):
                continue
            row = User(id=user, tenant=tenant, login=LOGIN, name="Incident resolution", kind="service", created_at=now)
            role = Role(tenant=tenant, name=ROLE, title="Incident resolution", permissions=list(PERMISSIONS))
            await unit.people.add(role)
            await unit.people.add(row)
            await unit.people.add(UserRole(tenant=tenant, user_id=user, role=ROLE))
