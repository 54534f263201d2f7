"""The documents of a case: what it came with, and what its facts were read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphs.errors import NotFound
from graphs.intake import require
from graphs.orders import state_of
from graphs.runtime.services import Services
from graphs.steering import StateErased
from graphs.store.people import Actor
from graphs.store.tables import Document
from graphs.tasks.documents import counted_documents, kept_documents

READ = "case.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocuments:
    """Finds documents for whoever may see the case, and no others."""

    services: Services

    async def of_case(self, actor: Actor, case_id: str) -> Sequence[tuple[Document, int]]:
        """Each document with how many facts were read from it, the most telling first.

        Raises `PermissionMissing` or `NotFound`. What has been erased is left out.
        """
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            case = await unit.cases.get(case_id)
            try:
                data = (await state_of(unit, case))["data"]
            except StateErased:
                data = {}
            return await kept_documents(unit, actor.tenant, counted_documents(data, case))

    async def document(self, actor: Actor, case_id: str, sha256: str) -> Document:
        """One of them. Raises `NotFound` also for a document that is there and not this case's."""
        for found, _ in await self.of_case(actor, case_id):
            if found.sha256 == sha256:
                return found
        raise NotFound(f"case {case_id} is about no document {sha256}")
