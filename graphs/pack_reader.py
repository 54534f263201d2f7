"""Reading rule packs: what their rules say in plain words, and what may be done with a proposal of one.

Nothing is changed here. What may be done is found by the checks of the pack desk itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import orjson

from graphs.activation_gate import counting_replay, limits_of
from graphs.errors import DutiesConflict, EngineError
from graphs.intake import require
from graphs.pack_desk import ACTIVATE, PROPOSE, READ, check_open, require_person
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.pack_tables import PackProposal, StoredPack
from graphs.store.people import Actor
from graphs.trial import PackRefused
from policies.errors import PackInvalid
from policies.fact import FactValue
from policies.pack_reading import PackReading, reading_of

READINGS = 16
"""Packs a process keeps as people read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackContents:
    """A stored pack as people read it, with the parameters of the newest activation that names it."""

    stored: StoredPack
    reading: PackReading
    parameters: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody may do now, or the code and the words of why not."""

    code: str = ""
    why: str = ""

    @property
    def offered(self) -> bool:
        """Whether nothing stands against it."""
        return not self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDeeds:
    """What somebody may do with a proposal."""

    replay: Deed
    approve: Deed
    withdraw: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReader:
    """Reads packs for those who may see cases."""

    services: Services

    async def contents(self, actor: Actor, pack_digest: str) -> PackContents:
        """The stored pack, read. Raises `PermissionMissing`, `NotFound`, `PackRefused`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            stored = await unit.packs.get(pack_digest)
            history = await unit.packs.history(actor.tenant, stored.pack)
        parameters = next((row.parameters for row in history if row.digest == pack_digest), {})
        reading = await asyncio.to_thread(_reading, stored.yaml, stored.pack, orjson.dumps(parameters))
        return PackContents(stored=stored, reading=reading, parameters=parameters)

    async def names(self, actor: Actor, ids: Iterable[str | None]) -> dict[str, str]:
        """Names of people by their ids, as far as they are known. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await unit.people.names(sorted({one for one in ids if one}))

    async def deeds(self, actor: Actor, proposal_id: str) -> ProposalDeeds:
        """What the actor may do with the proposal now. Raises `PermissionMissing`, `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            proposal = await unit.packs.proposal(proposal_id)
            return ProposalDeeds(
                replay=await _replay(actor, unit, proposal),
                approve=await _approve(actor, unit, proposal),
                withdraw=_withdraw(actor, proposal),
            )


@lru_cache(maxsize=READINGS)
def _reading(text: str, name: str, parameters: bytes) -> PackReading:
    try:
        return reading_of(text, name=name, parameters=orjson.loads(parameters))
    except PackInvalid as error:
        raise PackRefused(str(error)) from error


async def _replay(actor: Actor, unit: UnitOfWork, proposal: PackProposal) -> Deed:
    try:
        require(actor, PROPOSE)
        check_open(proposal)
        await limits_of(unit, proposal)
    except EngineError as error:
        return _refused(error)
    return Deed()


async def _approve(actor: Actor, unit: UnitOfWork, proposal: PackProposal) -> Deed:
    try:
        require(actor, ACTIVATE)
        require_person(actor)
        check_open(proposal)
        if actor.user_id == proposal.proposed_by:
            raise DutiesConflict("you proposed it: a second person must approve it")
        await counting_replay(unit, proposal)
    except EngineError as error:
        return _refused(error)
    return Deed()


def _withdraw(actor: Actor, proposal: PackProposal) -> Deed:
    try:
        require(actor, PROPOSE if actor.user_id == proposal.proposed_by else ACTIVATE)
        check_open(proposal)
    except EngineError as error:
        return _refused(error)
    return Deed()


def _refused(error: EngineError) -> Deed:
    return Deed(code=error.code, why=str(error))
