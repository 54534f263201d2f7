"""The ERP twin in a process of its own: one call of it over HTTP, and what its failure means."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from tools.errors import Ambiguous, NeedsPerson, Permanent, TargetWarning, ToolError, Transient
from tools.limits import UNLIMITED

Found = TypeVar("Found", bound=BaseModel)
CONNECT_SECONDS = 5.0
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
REMOTE = "erp_twin"
ERRORS: dict[str, type[ToolError]] = {
    "Transient": Transient,
    "Permanent": Permanent,
    "Ambiguous": Ambiguous,
    "NeedsPerson": NeedsPerson,
}


class TwinClient:
    """Calls of a twin served at `url`; its errors are sorted as the Tryton connector sorts them."""

    def __init__(self, url: str, *, call_timeout_seconds: float = 20.0) -> None:
        timeout = httpx.Timeout(call_timeout_seconds, connect=min(CONNECT_SECONDS, call_timeout_seconds))
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False)
        self.call_timeout_seconds = call_timeout_seconds
        self.limits = UNLIMITED
        self.posting_limits = UNLIMITED

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _find(self, model: type[Found], operation: str, **arguments: Any) -> Found | None:
        """A read that answers with one value, or none."""
        found = await self._read(operation, **arguments)
        return model.model_validate(found) if found else None

    async def _make(self, model: type[Found], operation: str, **arguments: Any) -> Found:
        """A write that answers with what it made."""
        return model.model_validate(await self._write(operation, **arguments))

    async def _read(self, operation: str, **arguments: Any) -> Any:
        return await self._call(operation, arguments, no_answer=Transient)

    async def _write(self, operation: str, **arguments: Any) -> Any:
        return await self._call(operation, arguments, no_answer=Ambiguous)

    async def _call(self, operation: str, arguments: dict[str, Any], *, no_answer: type[ToolError]) -> Any:
        try:
            async with asyncio.timeout(self.call_timeout_seconds):
                response = await self._http.post(f"/{operation}", json=arguments)
        except NOTHING_SENT as error:
            raise Transient(f"cannot reach the ERP: {error}", tool=REMOTE, code="unreachable") from error
        except (httpx.TransportError, TimeoutError) as error:
            name = type(error).__name__
            raise no_answer(f"{operation}: {name} after sending", tool=REMOTE, code="no_answer") from error
        if response.status_code == HTTPStatus.OK:
            return response.json()["result"]
        if response.status_code == HTTPStatus.CONFLICT:
            refusal = response.json()
            if refusal["warning"]:
                raise TargetWarning(refusal["message"], warning=refusal["warning"], tool=REMOTE, code=refusal["reason"])
            raise ERRORS[refusal["kind"]](refusal["message"], tool=REMOTE, code=refusal["reason"])
        raise no_answer(f"{operation}: HTTP {response.status_code}", tool=REMOTE, code="server_error")
