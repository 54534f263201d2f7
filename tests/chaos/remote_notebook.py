"""The tool that writes into the notebook of the other process."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel

from policies.action import EffectKind
from tests.support.toy import Note
from tools.errors import Ambiguous, Transient
from tools.port import OutcomeLookup


class RemoteNotebook:
    """Asked by key where it ignores keys, trusted with them where it enforces them."""

    name = "toy.write"
    effect_kind = EffectKind.WRITE
    arguments = Note

    def __init__(self, port: int, *, ignores_keys: bool, time_limit: timedelta) -> None:
        self.outcome_lookup = OutcomeLookup.ASKABLE if ignores_keys else OutcomeLookup.DEDUPES
        self.time_limit = time_limit
        self._address = f"http://127.0.0.1:{port}"

    def _client(self, *, seconds: float) -> httpx.AsyncClient:
        # No TLS here: loading certificates would cost more than the call.
        return httpx.AsyncClient(base_url=self._address, timeout=seconds, trust_env=False, verify=False)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        note = Note.model_validate(arguments)
        try:
            async with self._client(seconds=30) as client:
                answer = await client.post("/write", json={"key": key, "amount": note.amount})
        except httpx.ConnectError as error:
            raise Transient(str(error), tool=self.name) from error
        except httpx.HTTPError as error:
            raise Ambiguous(str(error), tool=self.name) from error
        return dict(answer.json())

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        try:
            async with self._client(seconds=5) as client:
                answer = await client.get("/find", params={"key": key})
        except httpx.HTTPError as error:
            raise Transient(str(error), tool=self.name) from error
        line = answer.json()["line"]
        return {"line": line} if line is not None else None
