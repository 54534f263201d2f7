"""The documents of a task: those that its values were read from, and the one that its case came with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.compaction import kept_task
from graphs.errors import NotFound
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.tables import Case, Document
from graphs.tasks.notes import READ

SHA256 = re.compile(r"[0-9a-f]{64}")
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDocuments:
    """Finds documents for whoever may see the task, and no others."""

    services: Services

    async def of_task(self, actor: Actor, task_id: str) -> Sequence[tuple[Document, int]]:
        """Each document with how many values were read from it, the most telling first; at most `MOST`.

        Raises `PermissionMissing` or `NotFound`. What has been erased is left out.
        """
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await kept_task(unit, task_id)
            counted = counted_documents(task.evidence, await unit.cases.get(task.case_id))
            return await kept_documents(unit, actor.tenant, counted)

    async def document(self, actor: Actor, task_id: str, sha256: str) -> Document:
        """One of them. Raises `NotFound` also for a document that is there and not this task's."""
        for found, _ in await self.of_task(actor, task_id):
            if found.sha256 == sha256:
                return found
        raise NotFound(f"task {task_id} is about no document {sha256}")


def counted_documents(evidence: Mapping[str, Any], case: Case) -> dict[str, int]:
    """The digests of what the evidence was read from and the case came with, with how many values came from each."""
    counted: dict[str, int] = {}
    for sha256 in _sources(evidence):
        counted[sha256] = counted.get(sha256, 0) + 1
    for value in case.input.values():
        if isinstance(value, str) and SHA256.fullmatch(value):
            counted.setdefault(value, 0)
    return dict(sorted(counted.items(), key=lambda one: -one[1])[:MOST])


async def kept_documents(unit: UnitOfWork, tenant: str, counted: Mapping[str, int]) -> Sequence[tuple[Document, int]]:
    """The documents with these digests; what has been erased is left out."""
    found: list[tuple[Document, int]] = []
    for sha256, values in counted.items():
        try:
            found.append((await unit.originals.get(tenant, sha256), values))
        except NotFound:
            continue
    return found


def _sources(value: Any) -> Iterator[str]:
    """The documents that facts, however deep, name as their source."""
    if isinstance(value, Mapping):
        if value.get("kind") == "document" and SHA256.fullmatch(str(value.get("ref", ""))):
            yield str(value["ref"])
        for inner in value.values():
            yield from _sources(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sources(inner)
