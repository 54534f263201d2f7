"""The process that recognises text: `python -m tools.document.ocr_process THREADS`, fed on stdin.

One frame a page: `{"page", "width", "height"}` and the grey pixels; the answer is `{"page": …, "resident": …}`
with a `RecognisedPage` and the bytes of memory in use. It sees pixels only, never a file, opens no network
connection, and ends with its standard input: whatever ends the worker ends it too.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from tools.document.frames import READY, read_frame, write_frame
from tools.document.ocr_engine import OcrEngine
from tools.document.recognised import Picture

_STATM: Final = Path("/proc/self/statm")


class NetworkRefused(PermissionError):
    """Recognising text needs no network: a library tried to use it."""


def main() -> None:
    """Answer every page on stdin until it ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse_network)
    answers = _own_stdout()
    engine = OcrEngine(threads=int(sys.argv[1]))
    write_frame(answers, {READY: True})
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        message, grey = frame
        picture = Picture(page=message["page"], width=message["width"], height=message["height"], grey=grey)
        page = engine.recognise(picture)
        write_frame(answers, {"page": page.model_dump(mode="json"), "resident": resident_bytes()})


def resident_bytes() -> int:
    """The memory this process holds now; where the system does not say, the most it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _own_stdout() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _refuse_network(event: str, _: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise NetworkRefused(f"{event} is refused: the models are part of the installation")


if __name__ == "__main__":
    main()
