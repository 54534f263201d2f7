"""The HTTP application on the toy engine, called as one of its people."""

from __future__ import annotations

import json
from typing import Any

import httpx

from api.app import create_app
from api.gate import MAX_BODY_BYTES
from graphs.store.database import Database
from graphs.store.people_tables import Role, UserRole
from tests.support.engine import Engine
from tools.document.isolation import NO_SAFEGUARDS, Safeguards

BASE_URL = "http://interlock.test"


def key_of(login: str, tenant: str = "acme") -> str:
    """The API key that `populate` gave the login."""
    return f"key-{tenant}-{login}"


def caller(
    engine: Engine,
    login: str | None = "clara",
    *,
    tenant: str = "acme",
    max_body_bytes: int = MAX_BODY_BYTES,
    safeguards: Safeguards = NO_SAFEGUARDS,
) -> httpx.AsyncClient:
    """A client of the API as `login`; without one, nobody."""
    app = create_app(engine.services, max_body_bytes=max_body_bytes, safeguards=safeguards)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {key_of(login, tenant)}"} if login else {}
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)


async def grant(database: Database, login: str, *permissions: str, tenant: str = "acme") -> None:
    """Give a user more permissions, by a role of their own."""
    async with database.unit_of_work(tenant) as unit:
        role = f"extra-{login}"
        await unit.people.add(Role(tenant=tenant, name=role, title=role, permissions=list(permissions)))
        await unit.people.add(UserRole(tenant=tenant, user_id=f"{tenant}-{login}", role=role))


def events_of(stream: str) -> list[dict[str, Any]]:
    """The events of a server-sent stream: id, event, data."""
    found = []
    for block in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "data" in fields:
            found.append({"id": fields["id"], "event": fields["event"], "data": json.loads(fields["data"])})
    return found
