"""How the child that reads a document asks its worker to recognise a page: over one pair of sockets.

The child decodes and renders, confined, and sends pixels; the worker hands them to the OCR process and sends
the words back. So no long-lived process ever opens a file from outside.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any

from tools.document.errors import DocumentRefused, ReaderDied, refusal
from tools.document.frames import HEAD, Frame, packed, read_frame, sizes, unpacked, write_frame
from tools.document.recognised import Picture, Recognise, RecognisedPage


class ChannelRecogniser:
    """The child's end: a `Recognise` that asks through the inherited descriptor `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._reading = os.fdopen(descriptor, "rb", closefd=False)
        self._writing = os.fdopen(descriptor, "wb", closefd=False)

    def __call__(self, picture: Picture) -> RecognisedPage:
        """The words of `picture`. Raises the refusal that the worker answers, or `ReaderDied`."""
        asked = {"page": picture.page, "width": picture.width, "height": picture.height}
        write_frame(self._writing, asked, picture.grey)
        answer = read_frame(self._reading)
        if answer is None:
            raise ReaderDied("the worker stopped listening while a page was recognised")
        message, _ = answer
        if "refused" in message:
            raise refusal(message["refused"]["code"], message["refused"]["message"])
        return RecognisedPage.model_validate(message["page"])


async def serve_pages(ours: socket.socket, recognise: Recognise, *, asked: Callable[[], None]) -> None:
    """The worker's end: answer every page the child sends until it closes; `asked` is called before each.

    What the child sends is checked: it has read a stranger's file.
    """
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        while (frame := await _next(reader)) is not None:
            asked()
            writer.write(packed(await _answer(frame, recognise)))
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


async def _next(reader: asyncio.StreamReader) -> Frame | None:
    try:
        json_bytes, payload_bytes = sizes(await reader.readexactly(HEAD.size))
        text = await reader.readexactly(json_bytes)
        return unpacked(text), await reader.readexactly(payload_bytes)
    except (asyncio.IncompleteReadError, ReaderDied):
        return None


async def _answer(frame: Frame, recognise: Recognise) -> dict[str, Any]:
    message, grey = frame
    try:
        size = {name: int(message[name]) for name in ("page", "width", "height")}
        page = await asyncio.to_thread(recognise, Picture(**size, grey=grey))
    except DocumentRefused as refused:
        return _refused(refused)
    except (KeyError, TypeError, ValueError):
        return _refused(ReaderDied("the process that reads the document sent a page that is none"))
    return {"page": page.model_dump(mode="json")}


def _refused(refused: DocumentRefused) -> dict[str, Any]:
    return {"refused": {"code": refused.code, "message": refused.message}}
