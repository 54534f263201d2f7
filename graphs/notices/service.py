"""The service in whose name people are told things: one user a tenant, without a key and without a right."""

from __future__ import annotations

from datetime import datetime

from graphs.store.database import UnitOfWork
from graphs.store.people_tables import User

LOGIN = "notifier"


async def notifier_of(unit: UnitOfWork, tenant: str, *, now: datetime) -> str:
    """The id of the tenant's service, which is made where it is absent."""
    user = f"{tenant}-{LOGIN}"
    if not await unit.people.is_known(user):
        row = User(id=user, tenant=tenant, login=LOGIN, name="Notices", kind="service", created_at=now)
        await unit.people.add(row)
    return user
