"""Notebooks that cannot be asked: one refuses a second call with the same key, one knows nothing."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tests.support.toy import Notebook
from tools.port import OutcomeLookup


class DedupingNotebook(Notebook):
    """Answers a second call with the same key by the line it wrote before."""

    outcome_lookup = OutcomeLookup.DEDUPES

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        for number, (written, _) in enumerate(self.written, start=1):
            if written == key:
                self.calls += 1
                return {"line": number}
        return await super().execute(arguments, key=key)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        raise AssertionError("a target that enforces keys is not asked")


class BlindNotebook(Notebook):
    """Writes whatever it is sent and can tell nothing about it."""

    outcome_lookup = OutcomeLookup.NEITHER

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        raise AssertionError("there is nothing to ask")
