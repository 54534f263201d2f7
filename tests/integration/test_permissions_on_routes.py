"""Every route against the table of permissions: refused without what stands there, and not refused with it alone."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import text

from api.gate import OPEN_PATHS
from api.permissions import PERMISSIONS, ROLES
from api.permissions_file import matrix
from api.route_permissions import ROUTES
from graphs.store.people import key_hash
from graphs.store.people_tables import ApiKey, Role, User, UserRole
from tests.support.api import caller, key_of
from tests.support.engine import Engine
from tests.support.route_samples import UNKNOWN, Route, Samples, every_route

NOT_TRIED = {"/events", "/metrics"}
"""The one never ends, the other asks for a permission in one tenant only: each has tests of its own."""
LOOKED_UP_FIRST = {
    "POST /cases/operations",
    "POST /operations/{operation_id}/cancel",
    "POST /incidents/{incident_id}/apply",
    "POST /policies/proposals/{proposal_id}/withdraw",
    "POST /tasks/{task_id}/reassign",
    "POST /tasks/{task_id}/escalate",
}
"""What they need follows from the row, or from the order: where there is none, nobody is told more than that."""
SAMPLES = Samples.described(
    sha256="0" * 64,
    digest="0" * 64,
    fingerprint="0" * 16,
    suggestion_id="0" * 16,
    ids=[UNKNOWN],
    case=UNKNOWN,
    reason="why",
    subject="what",
    text="what",
    set={"a": "b"},
    values={"a": "b"},
)
SECOND = {
    "POST /policies/proposals": ("case.read",),
    "POST /tasks/{task_id}/information-requests": ("task.ask_outside",),
}
"""What some need beside it."""
SET = text("UPDATE roles SET permissions = CAST(:permissions AS jsonb) WHERE tenant = 'acme' AND name = 'tried'")


@dataclass(slots=True, kw_only=True)
class Tried:
    """Somebody with one role, which a test sets."""

    engine: Engine
    http: httpx.AsyncClient

    async def may(self, *permissions: str) -> None:
        async with self.engine.database.unit_of_work("acme") as unit:
            await unit.session.execute(SET, {"permissions": json.dumps(permissions)})

    async def lacks(self, route: Route) -> str | None:
        """The permission that the route refuses for; None where it does not refuse for one."""
        answer = await self.http.request(**SAMPLES.request(route))
        problem = answer.headers.get("content-type") == "application/problem+json"
        if not problem or answer.json()["code"] != "permission_missing":
            return None
        found = re.search(r"'([a-z._]+)'", answer.json()["detail"])
        return found[1] if found else "?"


@pytest.fixture
async def tried(engine: Engine) -> AsyncIterator[Tried]:
    born = datetime(2026, 1, 1, tzinfo=UTC)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.people.add(
            User(id="acme-tom", tenant="acme", login="tom", name="Tom", kind="person", created_at=born)
        )
        await unit.people.add(Role(tenant="acme", name="tried", title="Tried", permissions=[]))
        await unit.people.add(UserRole(tenant="acme", user_id="acme-tom", role="tried"))
        await unit.people.add(
            ApiKey(id="k", tenant="acme", user_id="acme-tom", key_hash=key_hash(key_of("tom")), created_at=born)
        )
    async with caller(engine, "tom") as http:
        yield Tried(engine=engine, http=http)


def asking() -> list[Route]:
    """The routes that ask for a permission, and can be tried."""
    return [
        route
        for route in every_route()
        if ROUTES.get(str(route)) in PERMISSIONS and route.path not in OPEN_PATHS | NOT_TRIED
    ]


async def test_a_route_refuses_who_lacks_its_permission(tried: Tried) -> None:
    wrong = {}
    for route in asking():
        found = await tried.lacks(route)
        if found != ROUTES[str(route)] and str(route) not in LOOKED_UP_FIRST:
            wrong[str(route)] = (found, ROUTES[str(route)])
    assert wrong == {}, wrong


async def test_a_route_takes_who_has_its_permission_alone(tried: Tried) -> None:
    routes = sorted(asking(), key=lambda route: ROUTES[str(route)])
    wrong, before = {}, ""
    for route in routes:
        needed = ROUTES[str(route)]
        if needed != before:
            await tried.may(needed)
            before = needed
        found = await tried.lacks(route)
        # Where two are needed, the second is named.
        if found is not None and found not in SECOND.get(str(route), ()):
            wrong[str(route)] = found
    assert wrong == {}, wrong


async def test_every_role_is_let_in_where_the_table_says_so_and_nowhere_else(tried: Tried) -> None:
    """Every route × role would be some two thousand calls: of each permission, one route stands for all."""
    table, wrong = matrix(), {}
    one_of = {ROUTES[str(route)]: route for route in reversed(asking()) if str(route) not in LOOKED_UP_FIRST}
    assert set(one_of) >= set(PERMISSIONS) - {"metrics.read", "task.ask_anyone", "task.ask_outside", "task.assign"}
    for role, (_, permissions) in ROLES.items():
        await tried.may(*permissions)
        for route in one_of.values():
            let_in = await tried.lacks(route) is None
            if let_in != table[str(route)][role]:
                wrong[f"{role}: {route}"] = let_in
    assert wrong == {}, wrong
