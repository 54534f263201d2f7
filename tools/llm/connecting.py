"""How a client comes to be: its library takes seconds to import, so that happens when a model is first asked."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from tools.llm.chat import ChatClient
from tools.llm.endpoint import Endpoint
from tools.secret import SecretRef, resolve

Connect = Callable[[Endpoint], Awaitable[ChatClient]]
"""A client for an endpoint, to be closed."""


def connecting(secret: Callable[[SecretRef], SecretStr] = resolve) -> Connect:
    """Clients over HTTP, imported beside the event loop."""

    def made(endpoint: Endpoint) -> ChatClient:
        client: ChatClient = importlib.import_module("tools.llm.client").OpenAiClient(endpoint, secret=secret)
        return client

    async def connect(endpoint: Endpoint) -> ChatClient:
        return await asyncio.to_thread(made, endpoint)

    return connect


class Connection:
    """One client for all models of an endpoint, made when it is first needed."""

    def __init__(self, endpoint: Endpoint, connect: Connect) -> None:
        """Nothing is connected yet."""
        self.endpoint = endpoint
        self._connect = connect
        self._lock = asyncio.Lock()
        self._client: ChatClient | None = None

    async def client(self) -> ChatClient:
        """The client."""
        async with self._lock:
            if self._client is None:
                self._client = await self._connect(self.endpoint)
            return self._client

    async def aclose(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            await self._client.aclose()
