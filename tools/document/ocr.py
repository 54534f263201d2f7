"""The one process that recognises text for this process: started on first use, watched, and replaced."""

from __future__ import annotations

import atexit
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final

from pydantic import ValidationError

from tools.document.errors import ReaderDied, RecognitionUnavailable, TextNotRecognised
from tools.document.frames import HEAD, READY, packed, sizes, unpacked
from tools.document.limits import MEBIBYTE
from tools.document.recognised import Picture, RecognisedPage

_ROOT: Final = Path(__file__).resolve().parents[2]
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_WATCH_SECONDS: Final = 0.25
_COMMAND: Final = (sys.executable, "-m", "tools.document.ocr_process")


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrLimits:
    """What the process may use. It is replaced after `max_pages` pages or when it rests above `resident_mark`;
    above `resident_limit`, or after `page_seconds` on one page, it is killed.
    """

    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    max_pages: int = 500
    resident_mark: int = 850 * MEBIBYTE
    resident_limit: int = 1100 * MEBIBYTE
    start_seconds: float = 60.0
    page_seconds: float = 120.0
    wait_seconds: float = 180.0


class OcrProcess:
    """Recognises pages one at a time in a process of its own. Safe to call from several threads."""

    def __init__(self, limits: OcrLimits | None = None, *, command: Sequence[str] = _COMMAND) -> None:
        """Nothing is started yet. `command` is what is run, with the number of threads after it."""
        self._limits = limits or OcrLimits()
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._pages = 0

    @property
    def pid(self) -> int | None:
        """The process there is, None before the first page and after `close`."""
        return None if self._running is None else self._running.pid

    def recognise(self, picture: Picture) -> RecognisedPage:
        """The words of `picture`.

        Raises `TextNotRecognised` where the process dies, hangs or outgrows its memory over this page (the next
        page gets a new one), and `RecognitionUnavailable` where it is busy too long or does not start.
        """
        if not self._lock.acquire(timeout=self._limits.wait_seconds):
            raise RecognitionUnavailable("other scans keep the text recognition busy; try again later")
        try:
            running = self._started()
            try:
                return self._answer(running, picture)
            except BaseException:
                self._end()
                raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process; the next page starts a new one."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is not None and self._running.poll() is None:
            return self._running
        self._end()
        self._running = subprocess.Popen(  # noqa: S603 (our own module, no argument from outside)
            [*self._command, str(self._limits.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={key: os.environ[key] for key in _PASSED_ON if key in os.environ},
            start_new_session=True,  # Ctrl-C is for the worker, which drains: it must not look like a crash here
        )
        self._pages = 0
        try:
            ready = self._frame(self._running, self._limits.start_seconds)
        except (TextNotRecognised, ReaderDied) as error:
            self._end()
            raise RecognitionUnavailable(f"the text recognition does not start: {error}") from None
        if READY not in ready:
            self._end()
            raise RecognitionUnavailable("the text recognition started with an answer it was not asked for")
        return self._running

    def _answer(self, running: subprocess.Popen[bytes], picture: Picture) -> RecognisedPage:
        asked = {"page": picture.page, "width": picture.width, "height": picture.height}
        _send(running, packed(asked, picture.grey))
        answer = self._frame(running, self._limits.page_seconds)
        self._pages += 1
        try:
            page = RecognisedPage.model_validate(answer["page"])
            resident = int(answer["resident"])
        except (KeyError, TypeError, ValueError, ValidationError):
            raise TextNotRecognised(f"page {picture.page}: the text recognition answered nonsense") from None
        if self._pages >= self._limits.max_pages or resident > self._limits.resident_mark:
            self._end()
        return page

    def _frame(self, running: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
        """The next answer. Raises `TextNotRecognised` where none comes in time or the process grows too large."""
        until = monotonic() + seconds
        head = self._exactly(running, HEAD.size, until)
        json_bytes, payload_bytes = sizes(head)
        return unpacked(self._exactly(running, json_bytes + payload_bytes, until)[:json_bytes])

    def _exactly(self, running: subprocess.Popen[bytes], length: int, until: float) -> bytes:
        output, read = _pipe(running.stdout).fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while len(read) < length:
                if monotonic() >= until:
                    raise TextNotRecognised("the text recognition took too long over a page and was stopped")
                if _resident(running.pid) > self._limits.resident_limit:
                    raise TextNotRecognised("the text recognition took more memory than allowed and was stopped")
                if not selector.select(_WATCH_SECONDS):
                    continue
                piece = os.read(output, length - len(read))
                if not piece:
                    raise TextNotRecognised("the text recognition died over a page")
                read += piece
        return read

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.kill()
            running.communicate()


def _send(running: subprocess.Popen[bytes], frame: bytes) -> None:
    pipe = _pipe(running.stdin)
    try:
        pipe.write(frame)
        pipe.flush()
    except BrokenPipeError:
        raise TextNotRecognised("the text recognition died before a page") from None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RecognitionUnavailable("the text recognition was started without pipes")
    return pipe


def _resident(pid: int) -> int:
    """The memory the process holds; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


@cache
def shared_ocr() -> OcrProcess:
    """The one OCR process of this process. It ends with it."""
    made = OcrProcess()
    atexit.register(made.close)
    return made
