"""The process that reads one document: `python -m tools.document.child`, fed on stdin.

First line: JSON with `name`, `limits` and `templates`; then the document's bytes. It answers one line of JSON on
stdout: `{"reading": …}` or `{"refused": {"code", "message"}}`. With a `lesson` in the first line it answers
`{"learned": …}` instead: what a person's correction teaches of that document.
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
from tools.document.pdf_text import read_pdf
from tools.document.reader import read_document
from tools.document.template import Template
from tools.document.template_reading import Lesson, take_lesson

_OPEN_FILES: Final = 64


def main() -> None:
    """Read the document on stdin within the limits it names."""
    header = json.loads(sys.stdin.buffer.readline())
    limits = limits_of(header["limits"])
    _confine(limits)
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), header, limits)))
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


def _answer(content: bytes, header: dict[str, Any], limits: Limits) -> dict[str, Any]:
    templates = [Template.model_validate(one) for one in header.get("templates", ())]
    try:
        if header.get("lesson") is not None:
            lesson = Lesson.model_validate(header["lesson"])
            learned = take_lesson(read_pdf(content, limits=limits).words, lesson, templates)
            return {"learned": learned.model_dump(mode="json")}
        reading = read_document(content, name=header["name"], limits=limits, templates=templates)
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
