"""The process that recognises text: one, watched, replaced; whatever it does, the caller gets an answer."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tools.document.errors import RecognitionUnavailable, TextNotRecognised
from tools.document.limits import MEBIBYTE
from tools.document.ocr import OcrLimits, OcrProcess, shared_ocr
from tools.document.recognised import Picture, RecognisedPage

PAGE = Picture(page=1, width=4, height=3, grey=b"\xff" * 12)
HANG, DIE, NONSENSE, GROW = (replace(PAGE, page=page) for page in (7, 8, 9, 10))
LIMITS = OcrLimits(threads=1, start_seconds=20, page_seconds=20, wait_seconds=20)
STAND_IN = """
import os, signal, sys
from tools.document.frames import read_frame, write_frame
write_frame(sys.stdout.buffer, {"ready": True})
while (frame := read_frame(sys.stdin.buffer)) is not None:
    page = frame[0]["page"]
    if page == 7:
        signal.pause()
    if page == 8:
        os._exit(1)
    if page == 9:
        write_frame(sys.stdout.buffer, {"page": {"words": "none"}, "resident": 0})
        continue
    kept = bytearray(300 * 1024 * 1024) if page == 10 else b""
    if page == 10:
        signal.pause()
    word = {"text": str(os.getpid()), "box": [0, 0, 1, 1], "score": 1.0}
    write_frame(sys.stdout.buffer, {"page": {"words": [word], "width": 4, "height": 3}, "resident": RESIDENT})
"""


@contextmanager
def process(script: str = STAND_IN, limits: OcrLimits = LIMITS, resident: int = 0) -> Iterator[OcrProcess]:
    made = OcrProcess(limits, command=(sys.executable, "-c", script.replace("RESIDENT", str(resident))))
    try:
        yield made
    finally:
        made.close()


def pid_of(page: RecognisedPage) -> int:
    return int(page.words[0].text)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_nothing_is_started_before_the_first_page() -> None:
    with process() as ocr:
        assert ocr.pid is None
        assert pid_of(ocr.recognise(PAGE)) == ocr.pid


def test_one_process_recognises_page_after_page_and_ends_when_closed() -> None:
    with process() as ocr:
        first, second = ocr.recognise(PAGE), ocr.recognise(PAGE)
        assert pid_of(first) == pid_of(second)
    assert not is_alive(pid_of(first))


def test_it_is_replaced_after_its_number_of_pages() -> None:
    with process(limits=replace(LIMITS, max_pages=2)) as ocr:
        pids = [pid_of(ocr.recognise(PAGE)) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_it_is_replaced_when_it_rests_above_its_memory_mark() -> None:
    with process(limits=replace(LIMITS, resident_mark=100), resident=101) as ocr:
        assert pid_of(ocr.recognise(PAGE)) != pid_of(ocr.recognise(PAGE))
    with process(limits=replace(LIMITS, resident_mark=100), resident=100) as ocr:
        assert pid_of(ocr.recognise(PAGE)) == pid_of(ocr.recognise(PAGE))


@pytest.mark.parametrize(
    ("picture", "limits", "why"),
    [
        (HANG, replace(LIMITS, page_seconds=0.3), "took too long"),
        (DIE, LIMITS, "died over a page"),
        (NONSENSE, LIMITS, "answered nonsense"),
        (GROW, replace(LIMITS, resident_limit=200 * MEBIBYTE), "more memory than allowed"),
    ],
)
def test_a_page_that_breaks_it_is_refused_and_the_next_is_read(picture: Picture, limits: OcrLimits, why: str) -> None:
    with process(limits=limits) as ocr:
        with pytest.raises(TextNotRecognised, match=why):
            ocr.recognise(picture)
        assert ocr.pid is None
        assert ocr.recognise(PAGE).words


def test_one_that_was_killed_between_pages_is_replaced() -> None:
    with process() as ocr:
        running = ocr.recognise(PAGE)

        os.kill(pid_of(running), signal.SIGKILL)
        assert pid_of(recognised_at_last(ocr)) != pid_of(running)


def recognised_at_last(ocr: OcrProcess) -> RecognisedPage:
    """The page, also where the death was noticed only when the page was sent."""
    try:
        return ocr.recognise(PAGE)
    except TextNotRecognised:
        return ocr.recognise(PAGE)


@pytest.mark.parametrize(
    "script", ["raise SystemExit(3)", "print('hello, this is no frame at all')", "import time; time.sleep(60)"]
)
def test_one_that_does_not_start_is_unavailable_and_says_so(script: str) -> None:
    with process(script, limits=replace(LIMITS, start_seconds=1.0)) as ocr:
        with pytest.raises(RecognitionUnavailable, match="does not start"):
            ocr.recognise(PAGE)
        assert ocr.pid is None


def test_a_page_that_waits_too_long_for_others_is_told_to_come_back() -> None:
    with process(limits=replace(LIMITS, wait_seconds=0.05, page_seconds=3.0)) as ocr:
        busy = threading.Thread(target=_refused, args=(ocr,))
        busy.start()
        while ocr.pid is None:
            pass
        with pytest.raises(RecognitionUnavailable, match="busy"):
            ocr.recognise(PAGE)
        busy.join()


def _refused(ocr: OcrProcess) -> None:
    with pytest.raises(TextNotRecognised):
        ocr.recognise(HANG)


def test_it_ends_with_its_standard_input() -> None:
    with process() as ocr:
        running = ocr._started()
        assert running.stdin is not None
        running.stdin.close()
        assert running.wait(timeout=20) == 0
        running.stdin = None


def test_there_is_one_for_the_whole_process() -> None:
    assert shared_ocr() is shared_ocr()


@pytest.mark.parametrize(("width", "height", "grey"), [(0, 1, b""), (2, 2, b"123"), (2, 2, b"12345")])
def test_pixels_must_fit_the_size_of_the_picture(width: int, height: int, grey: bytes) -> None:
    with pytest.raises(ValueError, match="no picture"):
        Picture(page=1, width=width, height=height, grey=grey)
