"""The trail's checkpoints in tests: a fixed key, a folder of the test's own, entries to be covered."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graphs.audit import AuditRecord
from graphs.checkpoint_folder import CheckpointFolder
from graphs.checkpoints import Checkpointer
from graphs.signed_note import Checkpoint, Signer
from graphs.store.audit_checkpoints import AuditCheckpoints
from graphs.store.database import Database
from tests.support.engine import Clock
from tools.clock import utc_now

SIGNER = Signer(key=Ed25519PrivateKey.from_private_bytes(b"the signing key of all the tests"))


def checkpointer(
    database: Database, folder: Path, *, signer: Signer = SIGNER, clock: Clock | None = None
) -> Checkpointer:
    """A checkpointer as the composition root makes it."""
    return Checkpointer(database=database, signer=signer, folder=CheckpointFolder(path=folder), clock=clock or utc_now)


async def write_entries(database: Database, count: int, *, tenant: str = "acme") -> None:
    """Append entries to the trail."""
    async with database.unit_of_work(tenant) as unit:
        for number in range(count):
            unit.record(tenant, AuditRecord(kind="test.written", actor="test", values={"number": number}))


async def checkpoints_of(database: Database, *, tenant: str = "acme") -> list[Checkpoint]:
    """The tenant's checkpoints as its verifier key opens them, the smallest first."""
    async with database.unit_of_work(tenant) as unit:
        rows = await AuditCheckpoints(unit.session).behind(tenant, 0)
    return [Checkpoint.read(SIGNER.verifier_key(tenant).opened(row.note)) for row in rows]


async def tree_of(database: Database, *, tenant: str = "acme") -> list[bytes]:
    """The hashes of all entries, in order."""
    found: list[bytes] = []
    async with database.unit_of_work(tenant) as unit:
        rows = AuditCheckpoints(unit.session)
        async for page in rows.hashes(tenant, after=0, upto=await rows.entries(tenant)):
            found += page
    return found
