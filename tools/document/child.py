"""The process that reads one document: `python -m tools.document.child`, fed on stdin.

First line: JSON with `task`, `name`, `limits`, `ocr` (the descriptor over which pages are recognised), `templates`,
for the task `lesson` what a person corrected, for the task `text` how many `pages`, and for the task `picture` which
`page` (0: how large each is); then the document's bytes. It
answers one line of JSON on stdout: `{"reading": …, "xml": size}`, `{"members": [[name, size], …]}`, `{"learned": …}`,
`{"texts": …}`, `{"pages": […]}`, `{"picture": size}` or `{"refused": {"code", "message"}}`, then the bytes of the
structured document in it, of the archive's members or of the picture.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from math import ceil
from typing import Any

from tools.document.archive import unpack
from tools.document.confinement import confine
from tools.document.errors import DocumentRefused, ReaderDied
from tools.document.limits import Limits, limits_of
from tools.document.ocr_channel import ChannelRecogniser
from tools.document.page_picture import page_picture, page_sizes
from tools.document.page_text import page_texts
from tools.document.pdf_text import read_pdf, seen
from tools.document.reader import read_structured_too
from tools.document.recognised import Recognition
from tools.document.template import Template
from tools.document.template_reading import Lesson, take_lesson

UNPACK = "unpack"
LESSON = "lesson"
TEXT = "text"
PICTURE = "picture"


def main() -> None:
    """Do the task on stdin within the limits it names."""
    header = json.loads(sys.stdin.buffer.readline())
    limits = limits_of(header["limits"])
    confine(memory_bytes=limits.memory_bytes, processor_seconds=ceil(limits.time_limit.total_seconds()) + 1)
    answer, parts = _answer(header, sys.stdin.buffer.read(), limits, ChannelRecogniser(header["ocr"]).recognition)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _answer(
    header: dict[str, Any], content: bytes, limits: Limits, recognition: Recognition
) -> tuple[dict[str, Any], Iterable[bytes]]:
    name = header["name"]
    templates = [Template.model_validate(one) for one in header["templates"]]
    try:
        if header["task"] == UNPACK:
            members = unpack(content, name=name, limits=limits)
            return {"members": [[one.name, len(one.content)] for one in members]}, [one.content for one in members]
        if header["task"] == LESSON:
            words = seen(read_pdf(content, limits=limits).words)
            learned = take_lesson(words, Lesson.model_validate(header["lesson"]), templates)
            return {"learned": learned.model_dump(mode="json")}, []
        if header["task"] == TEXT:
            texts = page_texts(content, name=name, limits=limits, recognise=recognition.page, most=int(header["pages"]))
            return {"texts": texts.model_dump(mode="json")}, []
        if header["task"] == PICTURE:
            return _looked_at(content, int(header["page"]), name, limits)
        read = read_structured_too(content, name=name, limits=limits, recognition=recognition, templates=templates)
        return {"reading": read.reading.model_dump(mode="json"), "xml": len(read.xml)}, [read.xml]
    except DocumentRefused as refused:
        return _refused(refused), []
    except MemoryError:
        return _refused(ReaderDied("reading the document took more memory than allowed")), []
    except RecursionError:
        return _refused(ReaderDied("the document is nested too deeply to be read")), []


def _looked_at(content: bytes, page: int, name: str, limits: Limits) -> tuple[dict[str, Any], Iterable[bytes]]:
    if page == 0:
        return {"pages": [one.model_dump() for one in page_sizes(content, name=name, limits=limits)]}, []
    png = page_picture(content, page, name=name, limits=limits).png
    return {"picture": len(png)}, [png]


def _refused(refused: DocumentRefused) -> dict[str, Any]:
    return {"refused": {"code": refused.code, "message": refused.message}}


if __name__ == "__main__":
    main()
