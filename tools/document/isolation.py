"""Reading in a process of its own, so that whatever a document does, the worker lives on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tools.document.errors import DocumentTooLarge, EmptyDocument, ReaderDied, TimeLimitExceeded, refusal
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.ocr import shared_ocr
from tools.document.ocr_channel import serve_pages
from tools.document.reading import Reading
from tools.document.recognised import Recognise

_ROOT: Final = Path(__file__).resolve().parents[2]
# The child sees no credentials: only what the interpreter itself may need.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


async def read_document_isolated(
    content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS, recognise: Recognise | None = None
) -> Reading:
    """What `read_document` returns, read in a child process with time, processor and memory limits.

    A scan gets `limits.scan_seconds` on top. Its pages are recognised by `recognise`, by default the OCR
    process of this process.

    Raises `DocumentRefused`: the reader's own refusal, `TimeLimitExceeded`, or `ReaderDied` where the child
    crashed or ran out of memory. The child is gone when this returns, also when it is cancelled.
    """
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = await _started(theirs.fileno())
            header = {"name": name, "limits": limits_data(limits), "ocr": theirs.fileno()}
        try:
            sent = json.dumps(header).encode() + b"\n" + content
            answer = await _answer(process, sent, ours, recognise or shared_ocr().recognise, limits)
        except TimeoutError:
            seconds = limits.time_limit.total_seconds()
            raise TimeLimitExceeded(f"reading {name!r} took longer than {seconds:g} s and was stopped") from None
        finally:
            await _end(process)
    return _reading(answer, process.returncode, name)


async def _started(pages: int) -> asyncio.subprocess.Process:
    """The child, which asks for the words of pages over the descriptor `pages`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tools.document.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
        pass_fds=(pages,),
        start_new_session=True,  # Ctrl-C is for the worker, which drains: it must not look like a crash of the reader
    )


async def _answer(
    process: asyncio.subprocess.Process, sent: bytes, ours: socket.socket, recognise: Recognise, limits: Limits
) -> bytes:
    """What the child answers, while its pages are recognised. Raises `TimeoutError`."""
    seconds = limits.time_limit.total_seconds()
    async with asyncio.timeout(seconds) as patience:
        until = asyncio.get_running_loop().time() + seconds + limits.scan_seconds
        pages = asyncio.create_task(serve_pages(ours, recognise, asked=lambda: patience.reschedule(until)))
        try:
            answer, _ = await process.communicate(sent)
        finally:
            pages.cancel()
            await asyncio.gather(pages, return_exceptions=True)
    return answer


def limits_data(limits: Limits) -> dict[str, Any]:
    """`limits` as JSON data, the time limit in seconds."""
    return {**asdict(limits), "time_limit": limits.time_limit.total_seconds()}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _reading(answer: bytes, code: int | None, name: str) -> Reading:
    if code == -signal.SIGXCPU:
        raise TimeLimitExceeded(f"reading {name!r} used up its processor time")
    if code != 0:
        raise ReaderDied(f"the process that read {name!r} ended with code {code}: a crash or the memory limit")
    data = json.loads(answer)
    if "refused" in data:
        raise refusal(data["refused"]["code"], data["refused"]["message"])
    return Reading.model_validate(data["reading"])
