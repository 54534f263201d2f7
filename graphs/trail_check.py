"""Checking a tenant's whole trail: every link of the chain, and the newest signed checkpoint against it.

The chain shows that no entry was changed, added or taken away by somebody who did not compute it anew; the checkpoint's
signature, that the entries it covers are those that this installation's key has signed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from graphs.audit import Verification
from graphs.intake import require
from graphs.merkle import Frontier, leaf_hash
from graphs.runtime.services import Services
from graphs.signed_note import Checkpoint, NoteInvalid, VerifierKey
from graphs.store.audit_checkpoints import AuditCheckpoints
from graphs.store.audit_log import Checked
from graphs.store.people import Actor

READ = "audit.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHead:
    """The newest signed head of the trail beside the entries that it covers; `problem` says what does not fit."""

    key: str
    origin: str
    size: int
    at: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailProgress:
    """How far the check is: entry `entry` of `of`."""

    entry: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailResult:
    """What the check found. `head` is None where this process signs nothing, or nothing was signed yet."""

    chain: Verification
    head: CheckedHead | None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.chain.sound and not (self.head and self.head.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailCheck:
    """Checks trails for those who may read them."""

    services: Services

    async def run(self, actor: Actor) -> AsyncGenerator[TrailProgress | TrailResult]:
        """How far it is after each page, and last the result; all as of one instant. Raises `PermissionMissing`."""
        require(actor, READ)
        tenant, signer = actor.tenant, self.services.checkpointer and self.services.checkpointer.signer
        async with self.services.database.unit_of_work(tenant, snapshot=True) as unit:
            newest = await AuditCheckpoints(unit.session).newest(tenant) if signer else None
            end, frontier, covered = await unit.audit_log.head(tenant), Frontier(), newest.size if newest else 0
            yield TrailProgress(entry=0, of=end)
            async with aclosing(unit.audit_log.checking(tenant)) as steps:
                async for found in steps:
                    if isinstance(found, Checked):
                        frontier = await asyncio.to_thread(_grown, frontier, found.hashes, covered)
                        yield TrailProgress(entry=found.seq, of=end)
                        continue
                    key = signer.verifier_key(tenant) if signer else None
                    head = checked_head(key, newest.note, frontier) if key and newest else None
                    yield TrailResult(chain=found, head=head)


def checked_head(key: VerifierKey, note: str, tree: Frontier) -> CheckedHead:
    """The signed head in `note` beside the tree of the entries that are there."""
    try:
        head = Checkpoint.read(key.opened(note))
    except NoteInvalid as error:
        return CheckedHead(key=key.text, origin=key.name, size=0, at=None, problem=str(error))
    problem = ""
    if tree.size < head.size:
        problem = f"{head.size} entries were signed, and {tree.size} are there"
    elif tree.root != head.root:
        problem = f"the first {head.size} entries are not those that were signed"
    return CheckedHead(key=key.text, origin=key.name, size=head.size, at=head.at, problem=problem)


def _grown(tree: Frontier, hashes: Sequence[bytes], covered: int) -> Frontier:
    """The tree with these entries behind, up to the last that the checkpoint covers."""
    return tree.extended(map(leaf_hash, hashes[: max(0, covered - tree.size)]))
