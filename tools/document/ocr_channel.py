"""How the child that reads a document asks its worker to recognise a page or a line: over one pair of sockets.

The child decodes and renders, confined, and sends pixels; the worker hands them to the OCR process, or a line to
Tesseract, and sends the words back. So no long-lived process ever opens a file from outside, and the child, which may
open no socket and start no program, needs neither: it reads and writes a descriptor that it was born with.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from tools.document.errors import DocumentRefused, ReaderDied, refusal
from tools.document.frames import HEAD, Frame, packed, read_frame, sizes, unpacked, write_frame
from tools.document.recognised import Picture, RecognisedPage, Recognition

_PAGE: Final = "page"
_LINE: Final = "line"


class RecognitionAsked(Exception):
    """The document has a page that must be recognised, and whoever has it read wanted to know."""


def ask_first(_: Picture) -> RecognisedPage:
    """Recognise nothing: whoever has the document read hears that it would have to be. Raises `RecognitionAsked`."""
    raise RecognitionAsked


class ChannelRecogniser:
    """The child's end: asks through the inherited descriptor `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._reading = os.fdopen(descriptor, "rb", closefd=False)
        self._writing = os.fdopen(descriptor, "wb", closefd=False)

    @property
    def recognition(self) -> Recognition:
        """Both questions."""
        return Recognition(page=self.page, line=self.line)

    def page(self, picture: Picture) -> RecognisedPage:
        """The words of `picture`. Raises the refusal that the worker answers, or `ReaderDied`."""
        return RecognisedPage.model_validate(self._asked(_PAGE, picture)[_PAGE])

    def line(self, picture: Picture) -> str | None:
        """What a second reader reads on `picture`. Raises what `page` raises."""
        text = self._asked(_LINE, picture)[_LINE]
        return None if text is None else str(text)

    def _asked(self, task: str, picture: Picture) -> dict[str, Any]:
        size = {"page": picture.page, "width": picture.width, "height": picture.height}
        write_frame(self._writing, {"task": task, **size}, picture.grey)
        answer = read_frame(self._reading)
        if answer is None:
            raise ReaderDied("the worker stopped listening while a page was recognised")
        message, _ = answer
        if "refused" in message:
            raise refusal(message["refused"]["code"], message["refused"]["message"])
        return message


async def serve_pages(
    ours: socket.socket, recognition: Recognition, *, meanwhile: Callable[[], AbstractContextManager[None]]
) -> None:
    """The worker's end: answer every picture the child sends until it closes; the child waits inside `meanwhile()`.

    What the child sends is checked: it has read a stranger's file. Raises `RecognitionAsked` where pages are recognised
    by `ask_first`.
    """
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        while (frame := await _next(reader)) is not None:
            with meanwhile():
                answer = packed(await _answer(frame, recognition))
            writer.write(answer)
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


async def _answer(frame: Frame, recognition: Recognition) -> dict[str, Any]:
    message, grey = frame
    try:
        size = {name: int(message[name]) for name in ("page", "width", "height")}
        picture = Picture(**size, grey=grey)
        match message["task"]:
            case "line":
                return {_LINE: await asyncio.to_thread(recognition.line, picture)}
            case "page":
                page = await asyncio.to_thread(recognition.page, picture)
                return {_PAGE: page.model_dump(mode="json")}
            case _:
                return _refused(ReaderDied("the process that reads the document asked for nothing that is known"))
    except DocumentRefused as refused:
        return _refused(refused)
    except (KeyError, TypeError, ValueError):
        return _refused(ReaderDied("the process that reads the document sent a page that is none"))


def _refused(refused: DocumentRefused) -> dict[str, Any]:
    return {"refused": {"code": refused.code, "message": refused.message}}
