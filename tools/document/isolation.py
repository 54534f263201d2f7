"""Reading in a process of its own, so that whatever a document does, the worker lives on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tools.document.errors import DocumentTooLarge, EmptyDocument, ReaderDied, TimeLimitExceeded, refusal
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.reading import Reading
from tools.document.template import Template
from tools.document.template_reading import Learned, Lesson

_ROOT: Final = Path(__file__).resolve().parents[2]
# The child sees no credentials: only what the interpreter itself may need.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


async def read_document_isolated(
    content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS, templates: Sequence[Template] = ()
) -> Reading:
    """What `read_document` returns, read in a child process with time, processor and memory limits.

    Raises `DocumentRefused`: the reader's own refusal, `TimeLimitExceeded`, or `ReaderDied` where the child
    crashed or ran out of memory. The child is gone when this returns, also when it is cancelled.
    """
    data = await _asked(content, {"templates": _data(templates)}, name=name, limits=limits)
    return Reading.model_validate(data["reading"])


async def take_lesson_isolated(
    content: bytes, lesson: Lesson, known: Sequence[Template], *, name: str, limits: Limits = DEFAULT_LIMITS
) -> Learned:
    """What `take_lesson` makes of the PDF `content`, in a child process. Raises what `read_document_isolated` does."""
    header = {"templates": _data(known), "lesson": lesson.model_dump(mode="json")}
    data = await _asked(content, header, name=name, limits=limits)
    return Learned.model_validate(data["learned"])


def _data(templates: Sequence[Template]) -> list[dict[str, Any]]:
    return [template.model_dump(mode="json") for template in templates]


async def _asked(content: bytes, extra: dict[str, Any], *, name: str, limits: Limits) -> dict[str, Any]:
    """The child's answer. Raises `DocumentRefused`."""
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    header = json.dumps({"name": name, "limits": limits_data(limits), **extra}).encode() + b"\n"
    seconds = limits.time_limit.total_seconds()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tools.document.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
        start_new_session=True,  # Ctrl-C is for the worker, which drains: it must not look like a crash of the reader
    )
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(header + content)
    except TimeoutError:
        raise TimeLimitExceeded(f"reading {name!r} took longer than {seconds:g} s and was stopped") from None
    finally:
        await _end(process)
    return _checked(answer, process.returncode, name)


def limits_data(limits: Limits) -> dict[str, Any]:
    """`limits` as JSON data, the time limit in seconds."""
    return {**asdict(limits), "time_limit": limits.time_limit.total_seconds()}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _checked(answer: bytes, code: int | None, name: str) -> dict[str, Any]:
    if code == -signal.SIGXCPU:
        raise TimeLimitExceeded(f"reading {name!r} used up its processor time")
    if code != 0:
        raise ReaderDied(f"the process that read {name!r} ended with code {code}: a crash or the memory limit")
    data: dict[str, Any] = json.loads(answer)
    if "refused" in data:
        raise refusal(data["refused"]["code"], data["refused"]["message"])
    return data
