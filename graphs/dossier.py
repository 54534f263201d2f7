"""Dossiers: all that an outsider needs to check a case or a period of the trail by himself.

The newest checkpoint is made for the occasion, so that it covers every entry of the dossier. What is read is read as
of one instant. The request itself stands in the trail before anything is handed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import PurePath
from typing import IO, Any

from graphs.audit import AuditRecord
from graphs.checkpoints import Checkpointer
from graphs.dossier_archive import DossierArchive
from graphs.dossier_event import approval_of, digests_in, instant, lines_of, verdicts_in
from graphs.dossier_packs import PackArchive
from graphs.dossier_page import DossierPage, Listed
from graphs.dossier_proofs import DossierProofs
from graphs.errors import Conflict, Invalid
from graphs.intake import require
from graphs.merkle import leaf_hash
from graphs.runtime.services import Services
from graphs.signed_note import Checkpoint, VerifierKey
from graphs.store.audit_checkpoints import AuditCheckpoints
from graphs.store.audit_export import AuditExport, ExportedEntry
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from policies.canonical import canonical_json

READ = "audit.read"
FORMAT = "interlock-dossier/1"
PAGE = 500
KNOWN_LIMIT = 100
SUFFIXES = frozenset({".pdf", ".xml", ".json", ".txt", ".csv", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
"""Of originals. Whatever else a file is called, it lies in the dossier as `.bin`: nothing in it opens as a page."""


class TrailNotSigned(Conflict):
    """This process has no key to sign checkpoints with."""

    code = "trail_not_signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRequest:
    """A case, or a period from `since` up to, but without, `until`.

    A `whole` case shows by all later entries of the trail, without their values, that none of its own is left out.
    `known` are sizes of checkpoints that the outsider has kept: the newest is proven to go on from each.
    """

    case_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    known: tuple[int, ...] = ()
    whole: bool = False

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        period = self.since is not None and self.until is not None
        if (self.case_id is not None) == period or (self.since is None) != (self.until is None):
            raise Invalid("say what the dossier is about: a case, or a period with both its ends")
        if self.whole and period:
            raise Invalid("whole: a period always is")
        if self.since is not None and self.until is not None:
            if self.since.tzinfo is None or self.until.tzinfo is None:
                raise Invalid("period: both ends need a time zone")
            if self.since >= self.until:
                raise Invalid("period: it ends before it begins")
        if len(self.known) > KNOWN_LIMIT or any(size < 1 for size in self.known):
            raise Invalid(f"known: up to {KNOWN_LIMIT} sizes of checkpoints, each at least 1")

    @property
    def subject(self) -> dict[str, Any]:
        """What the manifest and the trail say that the dossier is about."""
        if self.case_id is not None:
            return {"kind": "case", "case": self.case_id}
        since, until = self.since, self.until
        return {"kind": "period", "from": since and instant(since), "to": until and instant(until)}


@dataclass(slots=True, kw_only=True)
class _Contents:
    """What the entries of a dossier speak of, collected while they are written."""

    packs: dict[str, str] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)
    approvals: list[dict[str, Any]] = field(default_factory=list)

    def add(self, exported: ExportedEntry) -> None:
        values = {value.name: value.value for value in exported.values}
        for verdict in verdicts_in(values):
            self.packs[str(verdict["pack_digest"])] = f"{verdict['pack']} {verdict['pack_version']}"
        self.digests.update(digests_in(values))
        if exported.entry.kind == "task.answered":
            self.approvals.append(approval_of(exported))


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierDesk:
    """Makes dossiers for those who may read the trail."""

    services: Services
    packs: PackArchive

    async def key(self, actor: Actor) -> tuple[VerifierKey, str | None]:
        """The key of the tenant's log, and its newest checkpoint. Raises `PermissionMissing`, `TrailNotSigned`."""
        require(actor, READ)
        key = self._checkpointer.signer.verifier_key(actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            newest = await AuditCheckpoints(unit.session).newest(actor.tenant)
        return key, newest.note if newest else None

    @property
    def _checkpointer(self) -> Checkpointer:
        if self.services.checkpointer is None:
            raise TrailNotSigned("this process signs no checkpoints, so it can prove nothing")
        return self.services.checkpointer

    async def write(self, actor: Actor, request: DossierRequest, file: IO[bytes]) -> None:
        """Write the dossier into `file` as a zip.

        Raises `PermissionMissing`; `NotFound` for a case that is not the tenant's; `TrailNotSigned`.
        """
        require(actor, READ)
        checkpointer = self._checkpointer
        await self._record(actor, request)
        await checkpointer.cover(actor.tenant)
        at = self.services.clock()
        archive = DossierArchive(file, at=at)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            maker = _Maker(unit=unit, tenant=actor.tenant, request=request, archive=archive, packs=self.packs)
            manifest = await maker.make(checkpointer)
        manifest |= {"format": FORMAT, "made_at": instant(at), "made_by": actor.user_id}
        archive.close(manifest, sign=lambda text: checkpointer.signer.signed(actor.tenant, text))

    async def _record(self, actor: Actor, request: DossierRequest) -> None:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            if request.case_id is not None:
                await unit.cases.get(request.case_id)
            record = AuditRecord(kind="dossier.exported", actor=actor.user_id, values={"subject": request.subject})
            unit.record(actor.tenant, record)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes one dossier, within one snapshot."""

    unit: UnitOfWork
    tenant: str
    request: DossierRequest
    archive: DossierArchive
    packs: PackArchive

    @property
    def export(self) -> AuditExport:
        return AuditExport(self.unit.session)

    async def make(self, checkpointer: Checkpointer) -> dict[str, Any]:
        """Write every file but the manifest, and return the manifest so far."""
        key = checkpointer.signer.verifier_key(self.tenant)
        newest = await AuditCheckpoints(self.unit.session).newest(self.tenant)
        if newest is None:
            raise TrailNotSigned("the trail has no checkpoint yet")
        head = Checkpoint.read(key.opened(newest.note))
        numbers, bystanders = await self._numbers(head.size)
        order = sorted({*numbers, *bystanders})
        page, contents = self._page(numbers), _Contents()
        await self._events(order, numbers if isinstance(numbers, range) else frozenset(numbers), page, contents)
        await self._proofs(order, head)
        self.archive.add("key.txt", f"{key.text}\n".encode())
        self.archive.add("approvals.json", canonical_json(contents.approvals))
        documents = await self._documents(contents.digests)
        packs = await self._packs(contents.packs)
        html = await asyncio.to_thread(page.html, contents.approvals, documents, packs)
        self.archive.add("index.html", html.encode())
        self.archive.add("verify.py", (files("graphs") / "verifier.py").read_bytes())
        entries = (
            {"first": numbers.start, "count": len(numbers)} if isinstance(numbers, range) else {"numbers": numbers}
        )
        return {
            "subject": self.request.subject,
            "tenant": self.tenant,
            "origin": head.origin,
            "checkpoint": head.size,
            "entries": entries,
            "whole": self.request.whole,
            "people": page.people,
            "documents": {item.digest: item.name for item in documents},
        }

    async def _numbers(self, upto: int) -> tuple[Sequence[int], Sequence[int]]:
        """Which entries, and which others, without their values, show that none is left out."""
        request = self.request
        if request.case_id is not None:
            found = await self.export.numbers_of_case(self.tenant, request.case_id, upto=upto)
            return found, range(found[0], upto + 1) if request.whole and found else ()
        if request.since is None or request.until is None:
            raise TypeError("a period has two ends")
        period = await self.export.numbers_of_period(self.tenant, request.since, request.until, upto=upto)
        return period, [number for number in (period.start - 1, period.stop) if 1 <= number <= upto]

    def _page(self, numbers: Sequence[int]) -> DossierPage:
        subject = self.request.subject
        title = f"Case {subject['case']}" if self.request.case_id else f"From {subject['from']} to {subject['to']}"
        facts = {"tenant": self.tenant, "entries": str(len(numbers))}
        return DossierPage(title=title, facts=facts, detailed=self.request.case_id is not None)

    async def _events(
        self, order: Sequence[int], valued: Container[int], page: DossierPage, contents: _Contents
    ) -> None:
        with self.archive.writing("events.jsonl") as write:
            for chunk in chunks(order):
                found = await self.export.entries(self.tenant, chunk, valued=valued)
                write(await asyncio.to_thread(lines_of, found, valued=valued))
                told = [exported for exported in found if exported.entry.seq in valued]
                for exported in told:
                    contents.add(exported)
                unknown = {exported.entry.actor for exported in told} - page.people.keys()
                page.people |= await self.unit.people.names(sorted(unknown))
                await asyncio.to_thread(page.add, told)

    async def _proofs(self, numbers: Sequence[int], head: Checkpoint) -> None:
        rows = AuditCheckpoints(self.unit.session)
        chosen = await rows.chosen(self.tenant, head.size, known=self.request.known)
        sizes = {*(size for size, _ in chosen), *(size for size in self.request.known if size <= head.size)}
        proofs = DossierProofs(numbers, sizes, size=head.size)
        async for hashes in rows.hashes(self.tenant, after=0, upto=head.size):
            await asyncio.to_thread(proofs.subtrees.extend, map(leaf_hash, hashes))
        with self.archive.writing("proofs.json") as write:
            await asyncio.to_thread(proofs.write, write)
        for size, note in chosen:
            self.archive.add(f"checkpoints/{size:012}.checkpoint", note.encode())

    async def _documents(self, digests: Collection[str]) -> list[Listed]:
        found: list[Listed] = []
        for sha256 in await self.export.originals_among(self.tenant, digests):
            original = await self.unit.originals.get(self.tenant, sha256)
            suffix = PurePath(original.name).suffix.lower()
            path = f"documents/{sha256}{suffix if suffix in SUFFIXES else '.bin'}"
            await asyncio.to_thread(self.archive.add, path, original.content)
            found.append(Listed(path=path, digest=sha256, name=original.name))
            self.unit.session.expunge(original)
        return found

    async def _packs(self, named: Mapping[str, str]) -> list[Listed]:
        found: list[Listed] = []
        for digest, name in sorted(named.items()):
            content = await self.packs.pack_of(self.tenant, digest)
            source = await self.packs.source_of(self.tenant, digest)
            path = f"packs/{digest}.json" if content else None
            if path and content:
                self.archive.add(path, content)
            if source is not None:
                self.archive.add(f"packs/{digest}.yaml", source.encode())
            found.append(Listed(path=path, digest=digest, name=name))
        return found


def chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """The numbers, a page at a time."""
    for start in range(0, len(numbers), PAGE):
        yield numbers[start : start + PAGE]
