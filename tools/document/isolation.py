"""Reading in a process of its own, so that whatever a document does, the worker lives on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tools.document.archive import Member
from tools.document.errors import (
    DocumentTooLarge,
    EmptyDocument,
    ReaderDied,
    TextNotRecognised,
    TimeLimitExceeded,
    refusal,
)
from tools.document.limits import DEFAULT_LIMITS, Limits, limits_data
from tools.document.ocr import shared_ocr
from tools.document.ocr_channel import serve_pages
from tools.document.page_picture import PageSize
from tools.document.page_text import MOST_PAGES, PageTexts
from tools.document.reading import Reading
from tools.document.recognised import Picture, Recognise, RecognisedPage, Recognition
from tools.document.template import Template
from tools.document.template_reading import Learned, Lesson
from tools.document.tesseract import read_line
from tools.document.validation.validator import Validator
from tools.document.virus_scan import Scanner

_ROOT: Final = Path(__file__).resolve().parents[2]
# The child sees no credentials: only what the interpreter itself may need.
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
READ: Final = "read"
UNPACK: Final = "unpack"
LESSON: Final = "lesson"
TEXT: Final = "text"
PICTURE: Final = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguards:
    """What a document passes besides the child process: a virus scanner before, and a validator after it was read.

    Without a scanner nothing is scanned; without a validator nothing is validated, and the reading says so
    (`validated_against` is None).
    """

    limits: Limits = DEFAULT_LIMITS
    scanner: Scanner | None = None
    validator: Validator | None = None

    @property
    def time_limit(self) -> timedelta:
        """The longest a document can take on its way through all of them, the recognition of its pages included."""
        scan = self.scanner.time_limit if self.scanner is not None else timedelta()
        validation = timedelta(seconds=self.validator.longest_wait) if self.validator is not None else timedelta()
        return scan + self.limits.time_limit + timedelta(seconds=self.limits.scan_seconds) + validation


NO_SAFEGUARDS: Final = Safeguards()


async def read_document_isolated(
    content: bytes,
    *,
    name: str,
    limits: Limits | None = None,
    safeguards: Safeguards = NO_SAFEGUARDS,
    recognise: Recognise | None = None,
    templates: Sequence[Template] = (),
) -> Reading:
    """What `read_document` returns, read in a child process with time, processor and memory limits and no network.

    The pages of a scan are recognised by `recognise`, by default the OCR process of this process; the clock of the
    child stands still meanwhile, for at most `limits.scan_seconds`. By `ask_first` the child is ended as soon as it
    wants a page recognised, and `RecognitionAsked` is raised.

    Raises `DocumentRefused`: the reader's own refusal, `TimeLimitExceeded`, `ReaderDied` where the child crashed or
    ran out of memory, or the scanner's `Infected` or `NotScanned`. The child is gone when this returns, also when it
    is cancelled. A structured document is validated; that it could not be is a finding, never a silence.
    """
    within = limits or safeguards.limits
    question = _Question(
        task=READ,
        content=content,
        name=name,
        limits=within,
        scanner=safeguards.scanner,
        recognition=Recognition(page=recognise or shared_ocr().recognise, line=read_line),
        header={"templates": _data(templates)},
    )
    answer, rest = await _ask(question)
    reading = Reading.model_validate(answer["reading"])
    if safeguards.validator is None or not rest:
        return reading
    outcome = await safeguards.validator.validate(rest, limits=within)
    findings = (*reading.findings, *outcome.findings)
    return reading.model_copy(update={"findings": findings, "validated_against": outcome.against})


async def unpack_isolated(content: bytes, *, name: str, safeguards: Safeguards = NO_SAFEGUARDS) -> tuple[Member, ...]:
    """What `unpack` returns, unpacked in a child process. Raises what `read_document_isolated` raises."""
    question = _Question(task=UNPACK, content=content, name=name, limits=safeguards.limits, scanner=safeguards.scanner)
    answer, rest = await _ask(question)
    members: list[Member] = []
    for member, size in answer["members"]:
        members.append(Member(name=member, content=rest[:size]))
        rest = rest[size:]
    return tuple(members)


async def take_lesson_isolated(
    content: bytes, lesson: Lesson, known: Sequence[Template], *, name: str, limits: Limits = DEFAULT_LIMITS
) -> Learned:
    """What `take_lesson` makes of the PDF `content`, in a child process. Raises what `read_document_isolated` does."""
    header = {"templates": _data(known), "lesson": lesson.model_dump(mode="json")}
    answer, _ = await _ask(_Question(task=LESSON, content=content, name=name, limits=limits, header=header))
    return Learned.model_validate(answer["learned"])


async def page_texts_isolated(
    content: bytes,
    *,
    name: str,
    most: int = MOST_PAGES,
    safeguards: Safeguards = NO_SAFEGUARDS,
    recognise: Recognise | None = None,
) -> PageTexts:
    """What `page_texts` returns, from a child process. Raises what `read_document_isolated` raises."""
    question = _Question(
        task=TEXT,
        content=content,
        name=name,
        limits=safeguards.limits,
        scanner=safeguards.scanner,
        recognition=Recognition(page=recognise or shared_ocr().recognise, line=read_line),
        header={"templates": [], "pages": most},
    )
    answer, _ = await _ask(question)
    return PageTexts.model_validate(answer["texts"])


async def page_sizes_isolated(
    content: bytes, *, name: str, safeguards: Safeguards = NO_SAFEGUARDS
) -> tuple[PageSize, ...]:
    """What `page_sizes` returns, from a child process. Raises what `read_document_isolated` raises."""
    answer, _ = await _ask(_picture_question(content, 0, name, safeguards))
    return tuple(PageSize.model_validate(one) for one in answer["pages"])


async def page_png_isolated(content: bytes, page: int, *, name: str, safeguards: Safeguards = NO_SAFEGUARDS) -> bytes:
    """The picture of page `page`, from 1, as a PNG that a child process has drawn.

    Raises `NoSuchPage`, and what `read_document_isolated` raises.
    """
    answer, rest = await _ask(_picture_question(content, page, name, safeguards))
    return rest[: answer["picture"]]


def _picture_question(content: bytes, page: int, name: str, safeguards: Safeguards) -> _Question:
    return _Question(
        task=PICTURE,
        content=content,
        name=name,
        limits=safeguards.limits,
        scanner=safeguards.scanner,
        header={"templates": [], "page": page},
    )


def _data(templates: Sequence[Template]) -> list[dict[str, Any]]:
    return [template.model_dump(mode="json") for template in templates]


def _no_pages(_: Picture) -> RecognisedPage:
    raise TextNotRecognised("this task recognises no pages")


_BLIND: Final = Recognition(page=_no_pages, line=lambda _: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What a child is asked about a document, and who helps it meanwhile."""

    task: str
    content: bytes
    name: str
    limits: Limits
    scanner: Scanner | None = None
    recognition: Recognition = _BLIND
    header: Mapping[str, Any] = field(default_factory=lambda: {"templates": []})


async def _ask(question: _Question) -> tuple[dict[str, Any], bytes]:
    """The child's answer and the bytes that follow it."""
    content, name, limits = question.content, question.name, question.limits
    if not content:
        raise EmptyDocument(f"{name!r} is empty")
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    if question.scanner is not None:
        await question.scanner.scan(content, name=name)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = await _started(theirs.fileno())
            own = {"task": question.task, "name": name, "limits": limits_data(limits), "ocr": theirs.fileno()}
        try:
            sent = json.dumps({**own, **question.header}).encode() + b"\n" + content
            answer = await _exchange(process, sent, ours, question.recognition, limits)
        except TimeoutError:
            seconds = limits.time_limit.total_seconds()
            raise TimeLimitExceeded(f"reading {name!r} took longer than {seconds:g} s and was stopped") from None
        finally:
            await _end(process)
    return _checked(answer, process.returncode, name)


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


async def _exchange(
    process: asyncio.subprocess.Process, sent: bytes, ours: socket.socket, recognition: Recognition, limits: Limits
) -> bytes:
    """What the child answers, while its pages are recognised. Raises `TimeoutError` and what `serve_pages` raises."""
    seconds = limits.time_limit.total_seconds()
    async with asyncio.timeout(seconds) as patience:
        at_the_latest = asyncio.get_running_loop().time() + seconds + limits.scan_seconds
        pages = asyncio.create_task(
            serve_pages(ours, recognition, meanwhile=lambda: clock_stopped(patience, at_the_latest))
        )
        answering = asyncio.create_task(process.communicate(sent))
        try:
            await asyncio.wait((answering, pages), return_when=asyncio.FIRST_COMPLETED)
            if pages.done():
                pages.result()
            answer, _ = await answering
        finally:
            answering.cancel()
            pages.cancel()
            await asyncio.gather(answering, pages, return_exceptions=True)
    return answer


@contextmanager
def clock_stopped(patience: asyncio.Timeout, at_the_latest: float) -> Generator[None]:
    """The child has as much time left afterwards as before, but none after `at_the_latest`."""
    clock = asyncio.get_running_loop().time
    left = (patience.when() or at_the_latest) - clock()
    patience.reschedule(at_the_latest)
    try:
        yield
    finally:
        if not patience.expired():
            patience.reschedule(min(clock() + left, at_the_latest))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _checked(answer: bytes, code: int | None, name: str) -> tuple[dict[str, Any], bytes]:
    if code == -signal.SIGXCPU:
        raise TimeLimitExceeded(f"reading {name!r} used up its processor time")
    if code != 0:
        raise ReaderDied(f"the process that read {name!r} ended with code {code}: a crash or the memory limit")
    line, _, rest = answer.partition(b"\n")
    data = json.loads(line)
    if "refused" in data:
        raise refusal(data["refused"]["code"], data["refused"]["message"])
    return data, rest
