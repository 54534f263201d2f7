"""A web server on a loopback socket that takes notes and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Webhook:
    """What was posted. Each request takes the next of `answers`: a status, or None to say nothing and hang up."""

    posted: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    asked: int = 0
    stalls: bool = False
    stalled: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0

    def hang_up(self) -> None:
        """On whoever it has let wait."""
        for writer in self.stalled:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked += 1
        if self.stalls:
            self.stalled.append(writer)
            await reader.read()
            writer.close()
            return
        answer = self.answers.pop(0) if self.answers else 200
        if answer in (200, None):
            self.posted.append(json.loads(body))
            self.headers.append(headers)
        if answer is None:
            writer.transport.abort()
            return
        location = "Location: /elsewhere\r\n" if answer == 302 else ""
        writer.write(f"HTTP/1.1 {answer} So\r\nContent-Length: 2\r\n{location}Connection: close\r\n\r\nok".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    """The server, until the block ends."""
    hook = Webhook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    hook.port = server.sockets[0].getsockname()[1]
    try:
        yield hook
    finally:
        server.close()
