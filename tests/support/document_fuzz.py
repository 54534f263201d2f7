"""Mutants of honest documents, each read in a forked and confined process: `python -m tests.support.document_fuzz`.

Arguments: seed, mutants a document. It prints one JSON object: how often each outcome came, and the worst second and
MiB. Forking saves the start of an interpreter a mutant; the confinement and the limits are the product's.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date

from tests.support.raw_pdf import invoice_pdf, text_stream, updated
from tools.document.confinement import confine
from tools.document.errors import DocumentRefused, ReaderDied
from tools.document.limits import DEFAULT_LIMITS
from tools.document.reader import read_document
from tools.document.recognised import Picture, RecognisedPage
from tools.testing.invoices.collection import make_collection
from tools.testing.invoices.scans import CLEAN, pdf_of_pictures, scanned_jpeg, scanned_pages
from tools.testing.invoices.till import fictional_receipt, receipt_pdf

SECONDS = 20
TODAY = date(2026, 6, 15)
FORMS = ("xml_ubl", "xml_cii", "hybrid_pdf", "digital_pdf")


def originals() -> Iterator[bytes]:
    """One document of each form, PDFs by hand whose parts stand there unpacked, and a scan as a picture and a PDF."""
    collection = make_collection(71, today=TODAY, count=60)
    for form in FORMS:
        yield next(item.content for item in collection if item.form == form)
    yield invoice_pdf()
    yield updated(invoice_pdf(), 4, text_stream())
    receipt = receipt_pdf(fictional_receipt(5, today=TODAY))
    yield scanned_jpeg(receipt, CLEAN, seed=1)
    yield pdf_of_pictures(scanned_pages(receipt, CLEAN, seed=1), dpi=150)


def mutant(content: bytes, chance: random.Random) -> bytes:
    """`content` with bits flipped, a part cut off, cut out, doubled, or filled with one byte."""
    changed = bytearray(content)
    start = chance.randrange(len(changed))
    end = min(len(changed), start + chance.choice((1, 4, 64, 1024)))
    match chance.randrange(6):
        case 0:
            del changed[start:]
        case 1:
            del changed[start:end]
        case 2:
            changed[start:start] = changed[start:end] * chance.randrange(1, 9)
        case 3:
            changed[start:end] = bytes([chance.choice((0, 0xFF, 0x20, 0x39))]) * (end - start)
        case _:
            for _ in range(chance.choice((1, 1, 2, 8, 64))):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def outcome_of(content: bytes) -> tuple[str, float, int]:
    """How reading `content` ended, its seconds, and its MiB."""
    started = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _read(content, writing)
    os.close(writing)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        said = os.read(reading, 100).decode()
        _, status, used = os.wait4(child, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(reading)
    code = os.waitstatus_to_exitcode(status)
    ended = said if code == 0 else f"ended with {code}"
    return ended, time.monotonic() - started, used.ru_maxrss // 1024


def blank(picture: Picture) -> RecognisedPage:
    """Recognises nothing: the pixels of a mutant are any pixels."""
    return RecognisedPage(words=(), width=picture.width, height=picture.height)


def _read(content: bytes, answer: int) -> None:
    """In the child: read, answer, and leave without the parent's clean-up."""
    said = "read"
    try:
        confine(memory_bytes=DEFAULT_LIMITS.memory_bytes, processor_seconds=SECONDS)
        read_document(content, name="mutant", recognise=blank)
    except DocumentRefused as refused:
        said = "refused" if refused.code != DocumentRefused.code else "refused without a name"
    except (MemoryError, RecursionError):
        said = ReaderDied.code
    except BaseException as error:  # whatever else comes is what the test is after
        said = f"raised {type(error).__name__}: {error}"[:90]
    os.write(answer, said.encode())
    os._exit(0)


def main() -> None:
    """Read the mutants and print what came of them."""
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    seconds, mebibytes = 0.0, 0
    for content in originals():
        for _ in range(count):
            ended, took, held = outcome_of(mutant(content, chance))
            ends[ended] += 1
            seconds, mebibytes = max(seconds, took), max(mebibytes, held)
    sys.stdout.write(json.dumps({"ends": ends, "seconds": seconds, "mebibytes": mebibytes}))


if __name__ == "__main__":
    main()
