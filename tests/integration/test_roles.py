"""Built-in roles of existing installations: what nobody changed gets a release's new permissions, the rest is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text

from api.data_folder import DataFolder
from api.past_roles import PAST_ROLES
from api.people import BUILT_IN, FIRST_USERS, bootstrap_people, user_id
from api.permissions import ROLES
from graphs.roles import BuiltInRole, digest_of, follow_release
from graphs.store.database import Database
from graphs.store.databases import APP_ROLE, create_database, drop_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.people_tables import Role, Tenant, UserRole
from graphs.store.roles import Roles
from graphs.store.schema import migrate, upgrade_tables
from graphs.store.security import ROLES as DATABASE_ROLES
from tests.support.api import caller
from tests.support.engine import Engine
from tools.clock import utc_now

FIRST_RELEASE = {
    "ap_clerk": ["case.start", "case.read", "task.read", "task.answer"],
    "approver": ["case.read", "task.read", "task.answer"],
    "auditor": ["case.read", "task.read", "audit.read"],
}
"""As an installation of an earlier release has them: nothing in their rows says who gave what."""
NEW = BuiltInRole(name="clerk", title="Clerk", permissions=("case.read", "task.read", "new.right"))
OLD_ROLE = "INSERT INTO roles (tenant, name, title, permissions) VALUES ('acme', %s, %s, %s)"
EXTENDED = text("""
SELECT e.actor, v.content ->> 'role', v.content -> 'added'
FROM audit_entries e JOIN audit_values v USING (tenant, seq) WHERE e.kind = 'role.extended' ORDER BY e.seq
""")
OLD_USER = (
    "INSERT INTO users (id, tenant, login, name, kind, active, created_at) VALUES (%s, 'acme', %s, %s, %s, true, %s)"
)
BORN = datetime(2026, 1, 1, tzinfo=UTC)


async def add(database: Database, *roles: Role) -> None:
    async with database.unit_of_work("acme") as unit:
        await unit.people.add(Tenant(id="acme", name="Acme"))
        for role in roles:
            await Roles(unit.session, "acme").put(role)


async def permissions(database: Database) -> Mapping[str, set[str]]:
    async with database.unit_of_work("acme") as unit:
        return {role.name: set(role.permissions) for role in await Roles(unit.session, "acme").listed()}


async def extended(database: Database) -> list[tuple[str, str, list[str]]]:
    """(actor, role, what was added) of everything on record."""
    async with database.unit_of_work("acme") as unit:
        found = (await unit.session.execute(EXTENDED)).all()
    return [(actor, role, added) for actor, role, added in found]


def clerk(allows: Iterable[str], *, given: Iterable[str] | None = None) -> Role:
    stored = list(given) if given is not None else None
    return Role(tenant="acme", name="clerk", title="Clerk", permissions=list(allows), given=stored)


async def test_a_database_of_an_earlier_release_gets_what_is_new_and_a_changed_role_is_named(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    name = f"test_roles_{tmp_path.name[-8:]}".lower().replace("-", "_")
    create_database(server.url(), name)
    try:
        with psycopg.connect(server.url(name), autocommit=True) as owner:
            owner.execute(DATABASE_ROLES)
            upgrade_tables(server.url(name), to="0028")
            owner.execute("INSERT INTO tenants (id, name) VALUES ('acme', 'Acme')")
            for user in FIRST_USERS:
                owner.execute(OLD_USER, (user_id("acme", user.login), user.login, user.name, user.kind, BORN))
            for role, allows in FIRST_RELEASE.items():
                changed = [*allows, "case.cancel"] if role == "approver" else allows
                owner.execute(OLD_ROLE, (role, role.title(), Jsonb(changed)))
        migrate(server.url(name))
        database = Database(server.url(name, user=APP_ROLE), clock=utc_now)
        lacking = await follow_release(database, BUILT_IN)
        for _ in range(2):
            await bootstrap_people(database, DataFolder.prepared(tmp_path / "data"), tenant="acme", now=BORN)
        after, told = await permissions(database), await extended(database)
        await database.close()
    finally:
        drop_database(server.url(), name)
    assert after["ap_clerk"] == set(ROLES["ap_clerk"][1])
    assert after["auditor"] == set(ROLES["auditor"][1])
    assert after["approver"] == {*FIRST_RELEASE["approver"], "case.cancel"}
    assert told == [
        ("worker", "ap_clerk", ["escalation.acknowledge", "task.ask_outside"]),
        ("worker", "auditor", ["analytics.read", "evaluation.read"]),
    ]
    [approver] = lacking["acme"]
    assert (approver.name, approver.missing) == (
        "approver",
        ("escalation.acknowledge", "policies.activate", "task.ask_outside"),
    )


@pytest.mark.parametrize("role", sorted(FIRST_RELEASE))
def test_what_the_first_release_gave_is_known(role: str) -> None:
    assert digest_of(FIRST_RELEASE[role]) in PAST_ROLES[role]
    assert digest_of([*FIRST_RELEASE[role], "admin"]) not in PAST_ROLES[role]


@pytest.mark.parametrize(
    ("stored", "becomes"),
    [
        (clerk(["case.read"], given=["case.read"]), {"case.read", "task.read", "new.right"}),
        (clerk(["case.read", "old.right"], given=["old.right", "case.read"]), {*NEW.permissions, "old.right"}),
        (clerk(["case.read"], given=["case.read", "task.read"]), {"case.read"}),
        (clerk(["case.read", "mine"], given=["case.read"]), {"case.read", "mine"}),
        (clerk(["case.read"]), {"case.read"}),
        (clerk(NEW.permissions), set(NEW.permissions)),
    ],
    ids=["untouched", "nothing is taken away", "one was taken", "one was added", "never given", "as this release"],
)
async def test_only_a_role_that_nobody_changed_is_extended(database: Database, stored: Role, becomes: set[str]) -> None:
    before = set(stored.permissions)
    await add(database, stored)
    await asyncio.gather(*(follow_release(database, {"clerk": NEW}) for _ in range(3)))
    assert await permissions(database) == {"clerk": becomes}
    added = sorted(becomes - before)
    assert await extended(database) == ([("worker", "clerk", added)] if added else [])


async def test_a_role_of_ones_own_and_one_that_was_removed_stay_as_they_are(database: Database) -> None:
    await add(database, Role(tenant="acme", name="mine", title="Mine", permissions=["case.read"]))
    assert await follow_release(database, {"clerk": NEW}) == {"acme": []}
    assert await permissions(database) == {"mine": {"case.read"}}


async def test_a_role_that_was_left_alone_is_shown_and_completed_with_a_reason(engine: Engine) -> None:
    await add(
        engine.database,
        Role(tenant="acme", name="admin", title="Administrator", permissions=["admin", "people.read", "my.own"]),
    )
    async with engine.database.unit_of_work("acme") as unit:
        await unit.people.add(UserRole(tenant="acme", user_id="acme-sven", role="admin"))
    async with caller(engine, "sven") as sven, caller(engine, "clara") as clara:
        shown = {role["name"]: role for role in (await sven.get("/roles")).json()["roles"]}
        assert (shown["admin"]["state"], shown["admin"]["beyond"]) == ("changed", ["my.own"])
        assert "people.manage" in shown["admin"]["missing"]
        assert (shown["clerk"]["state"], shown["auditor"]["state"]) == ("own", "absent")
        why = {"reason": "as in the release notes"}
        assert (await clara.get("/roles")).status_code == 403
        assert (await clara.post("/roles/admin/complete", json=why)).status_code == 403
        assert (await sven.post("/roles/clerk/complete", json=why)).status_code == 404
        assert (await sven.post("/roles/admin/complete", json={"reason": " "})).status_code == 422
        for _ in range(2):
            completed = await sven.post("/roles/admin/complete", json=why)
            assert (completed.status_code, completed.json()["missing"], completed.json()["beyond"]) == (
                200,
                [],
                ["my.own"],
            )
        assert (await sven.post("/roles/auditor/complete", json=why)).json()["state"] == "as_released"
    told = await extended(engine.database)
    assert [(who, role) for who, role, _ in told] == [("acme-sven", "admin"), ("acme-sven", "auditor")]
    assert (await engine.verification()).sound
