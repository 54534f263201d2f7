"""Packs as they are stored: the text, and the canonical form that its digest covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from graphs.audit import AuditRecord
from graphs.store.database import Database, UnitOfWork
from graphs.store.pack_tables import PackActivation, StoredPack
from policies.pack import RulePack

PACKAGE = "package"
"""Who proposed and approved the first activation: whoever installed the release."""


def stored_pack(tenant: str, yaml: str, pack: RulePack, *, stored_by: str, note: str, now: datetime) -> StoredPack:
    """The row of a pack."""
    return StoredPack(
        digest=pack.digest,
        tenant=tenant,
        pack=pack.pack,
        version=pack.version,
        yaml=yaml,
        canonical=pack.canonical.decode(),
        note=note,
        stored_by=stored_by,
        stored_at=now,
    )


async def stock(database: Database, packs: Iterable[tuple[str, RulePack]], tenant: str, *, now: datetime) -> None:
    """Store the release's packs, each with its text, for a tenant; activate one only where none of that name ever was.

    A newer release's pack is stored and waits for somebody to propose it. Safe to call at every start.
    """
    async with database.unit_of_work(tenant) as unit:
        for yaml, pack in packs:
            await unit.packs.keep(
                stored_pack(tenant, yaml, pack, stored_by=PACKAGE, note="came with the release", now=now)
            )
            if await unit.packs.newest(tenant, pack.pack) is None:
                await activate_first(unit, tenant, pack, now=now)


async def activate_first(unit: UnitOfWork, tenant: str, pack: RulePack, *, now: datetime) -> None:
    """The first activation of a pack, unless another process was faster."""
    first = PackActivation(
        tenant=tenant,
        pack=pack.pack,
        number=1,
        digest=pack.digest,
        parameters={},
        proposed_by=PACKAGE,
        approved_by=PACKAGE,
        activated_at=now,
        from_at=now,
    )
    if await unit.packs.activate(first):
        values = {"pack": pack.pack, "digest": pack.digest, "version": pack.version, "number": 1}
        unit.record(tenant, AuditRecord(kind="pack.activated", actor=PACKAGE, values=values))
