"""Tesseract, where it is installed, reads a picture of one line: a program of its own, started by the worker.

The child that reads a document may start no program: it sends the pixels (`tools.document.ocr_channel`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import Final

from tools.document.recognised import MOST_LINE_PIXELS, Picture

_SECONDS: Final = 10.0
_COMMAND: Final = ("stdin", "stdout", "--psm", "7")
"""`--psm 7`: the picture is one line of text."""


@cache
def tesseract() -> str | None:
    """The program, None where it is not installed."""
    return shutil.which("tesseract")


def read_line(picture: Picture) -> str | None:
    """What Tesseract reads on `picture`; None where it is not installed, fails, takes too long or reads nothing."""
    return line_read_by(tesseract(), picture)


def line_read_by(program: str | None, picture: Picture) -> str | None:
    """What `program` reads on `picture`, which holds at most `MOST_LINE_PIXELS`; None without it or its answer."""
    if program is None or picture.width * picture.height > MOST_LINE_PIXELS:
        return None
    grey_map = f"P5 {picture.width} {picture.height} 255\n".encode() + picture.grey
    environment = {"PATH": os.environ.get("PATH", ""), "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command; the picture goes to its standard input)
            [program, *_COMMAND], input=grey_map, capture_output=True, timeout=_SECONDS, env=environment, check=True
        )
    except (subprocess.SubprocessError, OSError):
        # The second opinion is a signal, nothing hangs on it.
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None
