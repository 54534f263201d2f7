"""A second reader: it agrees or it does not; without it everything works."""

from __future__ import annotations

import io
import shutil
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tools.document.limits import Limits
from tools.document.pictures import picture_pages
from tools.document.recognised import Picture, RecognisedPage, RecognisedWord
from tools.document.scans import Scan, read_scan
from tools.document.second_reader import agrees, second_look
from tools.document.tesseract import line_read_by

TESSERACT = shutil.which("tesseract")
LINE = Picture(page=1, width=40, height=20, grey=bytes(800))


def scan(quarters: int = 0) -> Scan:
    """A sheet with one line of text, perhaps lying sideways."""
    sheet = Image.new("L", (800, 1100), 255)
    ImageDraw.Draw(sheet).text((100, 200), "Total 1,190.00", fill=0, font=ImageFont.load_default(36))
    target = io.BytesIO()
    sheet.rotate(-90 * quarters, expand=True).save(target, "PNG")
    word = RecognisedWord(text="Total:1,190.00:and:some:more", box=(95, 200, 380, 240), score=0.5)
    way = (0.0, -1.0, 1100.0, 1.0, 0.0, 0.0) if quarters else (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    def recognise(_: Picture) -> RecognisedPage:
        return RecognisedPage(words=(word,), width=800, height=1100, quarters=quarters, to_picture=way)

    return read_scan(picture_pages(target.getvalue(), limits=Limits()), recognise)


@pytest.mark.skipif(TESSERACT is None, reason="tesseract is not installed")
@pytest.mark.parametrize("quarters", [0, 1])
def test_it_reads_the_place_of_a_value_however_the_page_lies(quarters: int) -> None:
    page = scan(quarters)
    text = second_look(page, 1, page.layout.rows[0][0].words[0].box, read_line=partial(line_read_by, TESSERACT))
    assert text is not None
    assert agrees("1190.00", text)
    assert not agrees("1196.00", text)


@pytest.mark.parametrize("body", ["exit 1", "exit 0", "echo '   '"])
def test_one_that_fails_or_says_nothing_has_no_opinion(tmp_path: Path, body: str) -> None:
    program = tmp_path / "reader"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{body}\n")
    program.chmod(0o755)
    assert line_read_by(str(program), LINE) is None


def test_without_it_there_is_no_opinion() -> None:
    assert line_read_by(None, LINE) is None
    assert line_read_by("/nowhere/tesseract", LINE) is None


@pytest.mark.parametrize(("width", "text"), [(2_000, "4711"), (2_001, None)])
def test_it_is_shown_pictures_of_a_line_and_none_larger(tmp_path: Path, width: int, text: str | None) -> None:
    program = tmp_path / "reader"
    program.write_text("#!/bin/sh\ncat >/dev/null\necho 4711\n")
    program.chmod(0o755)
    picture = Picture(page=1, width=width, height=1_000, grey=bytes(width * 1_000))
    assert line_read_by(str(program), picture) == text


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        ("2026-04-03", "Date: 03.04.2026", True),
        ("2026-04-03", "03/04/2026", True),
        ("2026-04-03", "04.04.2026", False),
        ("1190.00", "1.190,00 €", True),
        ("1190.00", "1.190,01", False),
        ("RE-2026/117", "RE 2026 117", True),
        ("Müller GmbH", "MÜLLER GMBH", True),
        ("Müller GmbH", "Muller GmbH", False),
    ],
)
def test_readers_agree_on_what_a_text_means_not_on_how_it_is_set(value: str, text: str, same: bool) -> None:
    assert agrees(value, text) is same
