"""Built-in roles: a newer release's permissions come to those that nobody changed; the others are named, and left.

A role's row says what a release gave it. As long as that is what it allows, nobody has changed it. Rows from before
that was noted are known by what earlier releases had given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.errors import NotFound
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.database import Database, UnitOfWork
from graphs.store.people import Actor
from graphs.store.people_tables import Role
from graphs.store.roles import Roles

READ = "people.read"
ADMIN = "admin"
"""Who completes a role need not have what is new: it may be missing in their own."""
EXTENDED = "role.extended"
State = Literal["as_released", "changed", "own", "absent"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInRole:
    """A role as this release has it; `past` are the digests of what earlier ones gave it."""

    name: str
    title: str
    permissions: tuple[str, ...]
    past: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleState:
    """A role beside what the release has: what it lacks, and what it allows `beyond`. An own role has no counterpart.

    What nobody changed is `as_released`; it lacks something only until the next start of this release.
    """

    name: str
    title: str
    state: State
    permissions: tuple[str, ...]
    missing: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def digest_of(permissions: Iterable[str]) -> str:
    """The same for the same permissions in any order."""
    return hashlib.sha256("\n".join(sorted(set(permissions))).encode()).hexdigest()[:16]


def is_untouched(role: Role, built_in: BuiltInRole) -> bool:
    """Whether it allows exactly what a release gave it."""
    if role.given is not None:
        return set(role.permissions) == set(role.given)
    return digest_of(role.permissions) in built_in.past | {digest_of(built_in.permissions)}


def state_of(role: Role, built_in: BuiltInRole | None) -> RoleState:
    """The role beside what the release has of it."""
    permissions = tuple(sorted(role.permissions))
    if built_in is None:
        return RoleState(name=role.name, title=role.title, state="own", permissions=permissions)
    return RoleState(
        name=role.name,
        title=role.title,
        state="as_released" if is_untouched(role, built_in) else "changed",
        permissions=permissions,
        missing=tuple(sorted(set(built_in.permissions) - set(permissions))),
        beyond=tuple(sorted(set(permissions) - set(built_in.permissions))),
    )


async def follow_release(database: Database, built_in: Mapping[str, BuiltInRole]) -> Mapping[str, Sequence[RoleState]]:
    """Give every tenant's untouched built-in roles what is new; returns the changed ones that lack something.

    Nothing is taken away, and a role that somebody removed stays so. Safe to call at every start, by many at once.
    """
    async with database.unit_of_work() as unit:
        tenants = await unit.people.tenants()
    lacking: dict[str, Sequence[RoleState]] = {}
    for tenant in tenants:
        async with database.unit_of_work(tenant) as unit:
            lacking[tenant] = await _follow(unit, tenant, built_in)
        for state in lacking[tenant]:
            command = f"interlock roles complete {state.name}"
            log.warning("role.lacks", tenant=tenant, role=state.name, missing=list(state.missing), command=command)
    return lacking


async def _follow(unit: UnitOfWork, tenant: str, built_in: Mapping[str, BuiltInRole]) -> list[RoleState]:
    roles, lacking = Roles(unit.session, tenant), []
    for role in await roles.locked():
        release = built_in.get(role.name)
        if release is None:
            continue
        state = state_of(role, release)
        if state.state == "as_released" and (state.missing or role.given is None):
            permissions = sorted({*role.permissions, *release.permissions})
            await roles.put(_row(role, permissions, given=permissions))
            if state.missing:
                unit.record(
                    tenant, _extended(role.name, state.missing, actor=WORKER, reason="a newer release has them")
                )
        elif state.missing:
            lacking.append(state)
    return lacking


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDesk:
    """Shows what roles lack, and completes those that were left alone."""

    services: Services
    built_in: Mapping[str, BuiltInRole]

    async def listed(self, actor: Actor) -> Sequence[RoleState]:
        """Every role by name; built-in ones that are not there are `absent`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = {row.name: row for row in await Roles(unit.session, actor.tenant).listed()}
        states = [state_of(row, self.built_in.get(name)) for name, row in rows.items()]
        states += [absent(release) for name, release in self.built_in.items() if name not in rows]
        return sorted(states, key=lambda state: state.name)

    async def complete(self, actor: Actor, name: str, *, reason: str) -> RoleState:
        """Add to a built-in role whatever this release has and it lacks; what it has beyond that stays.

        Raises `PermissionMissing`, `Invalid` without a reason, or `NotFound` for what is no built-in role.
        """
        require(actor, ADMIN)
        check_reason(reason)
        release = self.built_in.get(name)
        if release is None:
            raise NotFound(f"there is no built-in role {name!r}; there are {', '.join(sorted(self.built_in))}")
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            roles = Roles(unit.session, actor.tenant)
            found = {row.name: row for row in await roles.locked()}.get(name)
            before = found or Role(tenant=actor.tenant, name=name, title=release.title, permissions=[])
            state = state_of(before, release)
            if found is None or state.missing:
                permissions = sorted({*before.permissions, *release.permissions})
                completed = _row(before, permissions, given=sorted(release.permissions))
                await roles.put(completed)
                unit.record(actor.tenant, _extended(name, state.missing, actor=actor.user_id, reason=reason))
                state = state_of(completed, release)
        return state


def absent(release: BuiltInRole) -> RoleState:
    """A built-in role that is not there."""
    missing = tuple(sorted(release.permissions))
    return RoleState(name=release.name, title=release.title, state="absent", permissions=(), missing=missing)


def _row(role: Role, permissions: Sequence[str], *, given: Sequence[str]) -> Role:
    return Role(tenant=role.tenant, name=role.name, title=role.title, permissions=list(permissions), given=list(given))


def _extended(name: str, added: Sequence[str], *, actor: str, reason: str) -> AuditRecord:
    values: dict[str, Any] = {"role": name, "added": list(added), "reason": reason}
    return AuditRecord(kind=EXTENDED, actor=actor, values=values)
