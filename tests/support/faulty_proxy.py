"""A TCP proxy that misbehaves on command: resets, swallows, delays, cuts."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

CHUNK = 65_536
LINGER_ZERO = struct.pack("ii", 1, 0)
"""SO_LINGER with a time of 0: closing sends RST instead of FIN."""

Fault = Literal["none", "reset", "black_hole", "delay", "cut"]


@dataclass(slots=True, kw_only=True, eq=False)
class Pair:
    """A client's connection and the one to the target that stands behind it."""

    client: asyncio.StreamWriter
    target: asyncio.StreamWriter
    left: int | None = None

    def reset(self) -> None:
        """End both sides at once, with RST."""
        for side in (self.client, self.target):
            raw: socket.socket | None = side.get_extra_info("socket")
            if raw is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            side.transport.abort()


@dataclass(slots=True, kw_only=True)
class FaultyProxy:
    """Forwards to a loopback port. A fault holds for all connections, also those that are open.

    `reset` answers every byte with RST; `black_hole` takes bytes and never passes them on, in either direction;
    `delay` holds each chunk back; `cut` ends a connection once `after_bytes` more bytes of answers have passed.
    """

    port: int
    fault: Fault = "none"
    delay_seconds: float = 0.0
    after_bytes: int = 0
    pairs: set[Pair] = field(default_factory=set)
    faulted: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[int]:
        """The port to connect to, until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for pair in list(self.pairs):
                pair.reset()

    def begin(self, fault: Fault, *, delay_seconds: float = 0.0, after_bytes: int = 0) -> None:
        """Misbehave from now on; `reset` hits open connections at once. `faulted` is set once a byte was hit."""
        self.fault, self.delay_seconds, self.after_bytes = fault, delay_seconds, after_bytes
        self.faulted.clear()
        for pair in list(self.pairs):
            pair.left = after_bytes
            if fault == "reset":
                self.faulted.set()
                pair.reset()

    def heal(self) -> None:
        """Behave again; connections whose bytes were swallowed are reset: they could never make sense again."""
        swallowed = self.fault == "black_hole"
        self.fault = "none"
        for pair in list(self.pairs):
            if swallowed:
                pair.reset()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            target, to_target = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            to_client.transport.abort()
            return
        pair = Pair(client=to_client, target=to_target, left=self.after_bytes)
        self.pairs.add(pair)
        if self.fault == "reset":
            self.faulted.set()
            pair.reset()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._copy(client, to_target, pair, answers=False))
                group.create_task(self._copy(target, to_client, pair, answers=True))
        finally:
            self.pairs.discard(pair)

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, pair: Pair, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._pass(data, sink, pair, answers=answers)
            sink.close()

    async def _pass(self, data: bytes, sink: asyncio.StreamWriter, pair: Pair, *, answers: bool) -> None:
        if self.fault != "none":
            self.faulted.set()
        match self.fault:
            case "reset":
                pair.reset()
                return
            case "black_hole":
                return
            case "delay":
                await asyncio.sleep(self.delay_seconds)
            case "cut" if answers:
                allowed = data[: pair.left or 0]
                pair.left = (pair.left or 0) - len(allowed)
                sink.write(allowed)
                await sink.drain()
                if len(allowed) < len(data):
                    pair.reset()
                return
            case _:
                pass
        sink.write(data)
        await sink.drain()
