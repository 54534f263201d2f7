"""The process that reads one document: `python -m tools.document.child`, fed on stdin.

First line: JSON with `name`, `limits` and `ocr` (the descriptor over which pages are recognised); then the
document's bytes. It answers one line of JSON on stdout: `{"reading": …}` or `{"refused": {"code", "message"}}`.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import timedelta
from math import ceil
from typing import Any, Final

from tools.document.errors import DocumentRefused, ReaderDied
from tools.document.limits import Limits
from tools.document.ocr_channel import ChannelRecogniser
from tools.document.reader import read_document
from tools.document.recognised import Recognise

_OPEN_FILES: Final = 64


def main() -> None:
    """Read the document on stdin within the limits it names."""
    header = json.loads(sys.stdin.buffer.readline())
    limits = limits_of(header["limits"])
    _confine(limits)
    answer = _answer(sys.stdin.buffer.read(), header["name"], limits, ChannelRecogniser(header["ocr"]))
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def limits_of(data: dict[str, Any]) -> Limits:
    """The limits that `limits_data` wrote."""
    seconds = data.pop("time_limit")
    return Limits(**data, time_limit=timedelta(seconds=seconds))


def _confine(limits: Limits) -> None:
    """Cap memory and processor time; no core dump, no file written, few files open."""
    seconds = ceil(limits.time_limit.total_seconds()) + 1
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(what, (most, most))


def _answer(content: bytes, name: str, limits: Limits, recognise: Recognise) -> dict[str, Any]:
    try:
        reading = read_document(content, name=name, limits=limits, recognise=recognise)
        return {"reading": reading.model_dump(mode="json")}
    except DocumentRefused as refused:
        return _refused(refused)
    except MemoryError:
        return _refused(ReaderDied("reading the document took more memory than allowed"))
    except RecursionError:
        return _refused(ReaderDied("the document is nested too deeply to be read"))


def _refused(refused: DocumentRefused) -> dict[str, Any]:
    return {"refused": {"code": refused.code, "message": refused.message}}


if __name__ == "__main__":
    main()
