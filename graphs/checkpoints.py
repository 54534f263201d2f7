"""Checkpoints of the trail: signed tree heads, made beside the work, kept in the database and outside it.

Whoever appends entries does nothing for them. A checkpoint goes on from the full subtrees of the one before, so it
costs only the entries since. Its row is committed first and its file written then: a process that dies between leaves
a row without a file, which the next run of any process makes good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from graphs.checkpoint_folder import CheckpointFolder
from graphs.errors import Conflict, EngineError
from graphs.merkle import Frontier, leaf_hash
from graphs.signed_note import Checkpoint, NoteInvalid, Signer
from graphs.store.audit_checkpoints import AuditCheckpoints, Stand
from graphs.store.audit_tables import AuditCheckpoint
from graphs.store.database import Database

INTERVAL = timedelta(seconds=60)
ENTRIES = 1_000
COVER_SECONDS = 30
RETRY_SECONDS = 0.1

log = structlog.get_logger(__name__)


class TrailRolledBack(Conflict):
    """The folder holds a checkpoint of more entries than the trail's: a second history is not signed."""

    code = "trail_rolled_back"


class OtherSigningKey(Conflict):
    """The trail's checkpoints are signed with another key than this process has."""

    code = "other_signing_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointer:
    """Makes the checkpoints of all tenants. Safe to run in every worker at once: one of them makes each.

    A checkpoint is due `interval` after the one before, or when `entries` have come since, if anything has.
    """

    database: Database
    signer: Signer
    folder: CheckpointFolder
    clock: Callable[[], datetime]
    interval: timedelta = INTERVAL
    entries: int = ENTRIES
    _kept: dict[str, int] = field(default_factory=dict, init=False)
    """The size of each tenant's largest file, as far as this process knows."""

    async def run(self) -> int:
        """Make what is due, and the files that are missing; returns how many checkpoints were made."""
        async with self.database.unit_of_all_tenants() as unit:
            stands = await AuditCheckpoints(unit.session).stands()
        made = 0
        for stand in stands:
            try:
                new = self.is_due(stand) and await self.cut(stand.tenant)
                await self.keep(stand.tenant, upto=None if new else stand.covered)
                made += new
            except (EngineError, OSError) as error:  # the others' checkpoints do not wait for this tenant's
                log.error("checkpoint.failed", tenant=stand.tenant, error=type(error).__name__, message=str(error))
        return made

    def is_due(self, stand: Stand) -> bool:
        """Whether the next checkpoint should be made now."""
        new = stand.entries - stand.covered
        return new > 0 and (stand.at is None or new >= self.entries or self.clock() - stand.at >= self.interval)

    async def cut(self, tenant: str) -> bool:
        """Sign the trail as it stands, unless nothing is new or another process is at it.

        Raises `TrailRolledBack` or `OtherSigningKey`.
        """
        kept = await self._largest(tenant)
        async with self.database.unit_of_work(tenant) as unit:
            rows = AuditCheckpoints(unit.session)
            if not await rows.take(tenant):
                return False
            upto, before = await rows.entries(tenant), await rows.newest(tenant)
            self._refuse_second_history(tenant, before, kept)
            frontier = Frontier.of(before.size, before.peaks) if before else Frontier()
            if upto == frontier.size:
                return False
            async for page in rows.hashes(tenant, after=frontier.size, upto=upto):
                frontier = await asyncio.to_thread(_extended, frontier, page)
            await rows.add(self._row(tenant, frontier))
        log.info("checkpoint.made", tenant=tenant, size=upto)
        return True

    async def cover(self, tenant: str) -> None:
        """Make sure that a checkpoint covers every entry there is now, and that it is a file.

        Raises as `cut` and `keep` do, and `TimeoutError` when another process does not finish its own.
        """
        async with self.database.unit_of_work(tenant) as unit:
            wanted = await AuditCheckpoints(unit.session).entries(tenant)
        async with asyncio.timeout(COVER_SECONDS):
            while not await self.cut(tenant):
                async with self.database.unit_of_work(tenant) as unit:
                    newest = await AuditCheckpoints(unit.session).newest(tenant)
                if newest is not None and newest.size >= wanted:
                    break
                await asyncio.sleep(RETRY_SECONDS)
        await self.keep(tenant)

    async def keep(self, tenant: str, *, upto: int | None = None) -> int:
        """Write the files of the checkpoints that have none; returns how many. Raises `CheckpointDiffers`, `OSError`.

        With `upto`, nothing is looked for where files reach that size.
        """
        written, size = 0, await self._largest(tenant)
        while upto is None or size < upto:
            async with self.database.unit_of_work(tenant) as unit:
                rows = await AuditCheckpoints(unit.session).behind(tenant, size)
            if not rows:
                break
            for row in rows:
                await asyncio.to_thread(self.folder.keep, tenant, size=row.size, at=row.at, note=row.note)
                size = self._kept[tenant] = row.size
                written += 1
        return written

    async def _largest(self, tenant: str) -> int:
        if tenant not in self._kept:
            found = await asyncio.to_thread(self.folder.largest, tenant)
            size, note = found or (0, None)
            async with self.database.unit_of_work(tenant) as unit:
                row = await AuditCheckpoints(unit.session).note(tenant, size)
            if row != note:
                raise TrailRolledBack(_rolled_back(tenant, size))
            self._kept[tenant] = size
        return self._kept[tenant]

    def _refuse_second_history(self, tenant: str, before: AuditCheckpoint | None, kept: int) -> None:
        if kept > (before.size if before else 0):
            raise TrailRolledBack(_rolled_back(tenant, kept))
        if before is None:
            return
        try:
            self.signer.verifier_key(tenant).opened(before.note)
        except NoteInvalid as error:
            raise OtherSigningKey(
                f"the checkpoints of {tenant} are signed with another key: name its file in INTERLOCK_SIGNING_KEY_FILE"
            ) from error

    def _row(self, tenant: str, frontier: Frontier) -> AuditCheckpoint:
        at = self.clock()
        head = Checkpoint(origin=self.signer.origin(tenant), size=frontier.size, root=frontier.root, at=at)
        note = self.signer.signed(tenant, head.text)
        return AuditCheckpoint(tenant=tenant, size=frontier.size, at=at, peaks=frontier.packed, note=note)


def _extended(frontier: Frontier, hashes: list[bytes]) -> Frontier:
    return frontier.extended(map(leaf_hash, hashes))


def _rolled_back(tenant: str, size: int) -> str:
    return (
        f"the checkpoint folder of {tenant} holds a checkpoint of {size} entries that the database does not have: the "
        "trail was rolled back or rewritten, or INTERLOCK_CHECKPOINT_DIR belongs to another installation"
    )
