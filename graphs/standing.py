"""As whom somebody answers a task: for themselves, or in the place of whoever let them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graphs.errors import PermissionMissing
from graphs.store.asked_tasks import AskedTask
from graphs.store.database import Database
from graphs.store.delegations import Delegations
from graphs.store.people import Actor
from policies.authority import chain_between, limit_along


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`through` are the people in whose place the actor answers: with their role, and with the lowest limit of all."""

    actor: Actor
    roles: tuple[str, ...]
    limit_minor: int | None
    through: tuple[str, ...] = ()

    @property
    def people(self) -> frozenset[str]:
        """Everybody the answer counts for."""
        return frozenset({self.actor.user_id, *self.through})


async def standing_of(
    database: Database, actor: Actor, asked: AskedTask, *, in_place_of: str | None, on: date
) -> Standing:
    """How the actor may answer this task. Raises `NotFound` or `PermissionMissing` without a delegation in force."""
    if in_place_of is None:
        return Standing(actor=actor, roles=actor.roles, limit_minor=asked.limit_minor)
    async with database.unit_of_work(actor.tenant) as unit:
        giver = await unit.people.named(actor.tenant, in_place_of)
        known = await Delegations(unit.session, actor.tenant).in_force(on)
        chain = chain_between(known, giver=giver.user_id, receiver=actor.user_id, on=on)
        if chain is None:
            raise PermissionMissing(f"{giver.name} has not let {actor.name} answer in their place today")
        for link in chain[1:]:
            await unit.people.actor(link.giver)
    limits = {actor.user_id: asked.limit_minor}
    for link in chain:
        own = await database.asked.get(actor.tenant, asked.task.id, user_id=link.giver, on=on)
        limits[link.giver] = own.limit_minor if own else None
    limit = limit_along(chain, limits=limits, currency=asked.task.currency or "", on=on)
    return Standing(
        actor=actor, roles=giver.roles, limit_minor=limit, through=tuple(sorted({link.giver for link in chain}))
    )
