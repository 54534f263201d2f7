"""A TCP proxy that holds one kind of request back for a while, and delivers it even if its sender has died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65_536


@dataclass(slots=True, kw_only=True)
class SlowProxy:
    """Forwards to `port`; a request that contains `marker` arrives `delay_seconds` later. `held` tells it came."""

    port: int
    marker: bytes
    delay_seconds: float
    held: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[str]:
        """The proxy's address, until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        target, forward = await asyncio.open_connection("127.0.0.1", self.port)
        back = asyncio.create_task(self._copy(target, answer))
        with suppress(ConnectionError):
            while data := await client.read(CHUNK):
                if self.marker in data:
                    self.held.set()
                    await asyncio.sleep(self.delay_seconds)
                forward.write(data)
                await forward.drain()
        # The sender is gone: let the target answer what it was sent before closing.
        await asyncio.sleep(self.delay_seconds)
        forward.close()
        back.cancel()
        await asyncio.gather(back, return_exceptions=True)
        answer.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(CHUNK):
                sink.write(data)
                await sink.drain()
