"""The words of a PDF with their boxes, and the files attached to it."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from tools.document.errors import (
    DamagedPdf,
    DocumentTooLarge,
    EncryptedPdf,
    TooManyPages,
    TruncatedPdf,
)
from tools.document.limits import Limits
from tools.document.reading import Box
from tools.document.visibility import Hidden, PageVisibility

END_MARKER_WINDOW = 2048
MIN_LETTERS_OF_A_TEXT_LAYER = 20
# A gap wider than this share of the letter height starts a new word; kerned letters stay together.
_WORD_GAP = 0.18
_PASSWORD_ERROR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A run of letters without a gap, on page `page` (from 1). `score` is how sure its reader was of the letters."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    score: float = 1.0
    hidden: Hidden | None = None
    """Why a person does not see it; None where one does."""

    @property
    def box(self) -> Box:
        return (self.x0, self.y0, self.x1, self.y1)

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfContent:
    """What a PDF holds: words page by page, and attached XML files by name."""

    words: tuple[Word, ...]
    pages: int
    attachments: tuple[tuple[str, bytes], ...]


def open_pdf(content: bytes, *, limits: Limits) -> pypdfium2.PdfDocument:
    """The opened document; close it. Raises `TruncatedPdf`, `EncryptedPdf`, `DamagedPdf` or `TooManyPages`.

    A PDF that opens with an empty password (owner restrictions only) is read like any other.
    """
    if b"%%EOF" not in content[-END_MARKER_WINDOW:]:
        raise TruncatedPdf("the PDF has no end marker; it was cut off on the way, send it again")
    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise EncryptedPdf("the PDF opens only with a password; send it without one") from None
        raise DamagedPdf(f"the PDF cannot be opened: {error}") from None
    if pages > limits.max_pages:
        document.close()
        raise TooManyPages(f"the PDF has {pages} pages; at most {limits.max_pages} are read")
    return document


def read_pdf(content: bytes, *, limits: Limits) -> PdfContent:
    """Words and XML attachments of the PDF `content`. Raises what `open_pdf` raises and `DocumentTooLarge`."""
    document = open_pdf(content, limits=limits)
    try:
        words: list[Word] = []
        for number in range(len(document)):
            words.extend(_page_words(document, number, limits))
        return PdfContent(words=tuple(words), pages=len(document), attachments=_attachments(document, limits))
    except pypdfium2.PdfiumError as error:
        raise DamagedPdf(f"the PDF cannot be read: {error}") from None
    finally:
        document.close()


def letters_of(word: Word) -> int:
    """How many letters and digits the word has."""
    return sum(1 for letter in word.text if letter.isalnum())


def has_text_layer(words: tuple[Word, ...]) -> bool:
    """Whether there are enough words to read."""
    return sum(map(letters_of, words)) >= MIN_LETTERS_OF_A_TEXT_LAYER


def seen(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words that a person sees on the page."""
    return tuple(word for word in words if word.hidden is None)


def _attachments(document: pypdfium2.PdfDocument, limits: Limits) -> tuple[tuple[str, bytes], ...]:
    found: list[tuple[str, bytes]] = []
    left = min(limits.max_bytes, limits.max_unpacked_bytes)
    for index in range(min(document.count_attachments(), limits.max_members)):
        attachment = document.get_attachment(index)
        try:
            name = attachment.get_name()
        except UnicodeDecodeError:
            name = "an attachment whose name is no text.xml"
        if not name.casefold().endswith(".xml"):
            continue
        data = bytes(attachment.get_data())
        if len(data) > left:
            raise DocumentTooLarge(f"the attachments up to {name!r} have more than {limits.max_bytes} bytes")
        left -= len(data)
        found.append((name, data))
    return tuple(found)


def _page_words(document: pypdfium2.PdfDocument, number: int, limits: Limits) -> Iterator[Word]:
    page = document[number]
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        if count > limits.max_characters_per_page:
            raise DocumentTooLarge(
                f"page {number + 1} has {count} characters; at most {limits.max_characters_per_page} are read"
            )
        visibility = PageVisibility(page, text_page, limits=limits) if count else None
        letters = list(_letters(text_page, count, page.get_size(), visibility))
        yield from _words(_upright(letters), number + 1)
    finally:
        text_page.close()
        page.close()


@dataclass(slots=True)
class _Letter:
    text: str
    quarter: int
    x0: float
    y0: float
    x1: float
    y1: float
    hidden: Hidden | None


def _letters(
    text_page: pypdfium2.PdfTextPage, count: int, size: tuple[float, float], visibility: PageVisibility | None
) -> Iterator[_Letter | None]:
    """Each letter with its loose box (the same height for all letters of a font), None for a space."""
    box = pdfium.FS_RECTF()
    hidden: Hidden | None = None
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        # U+FFFE and U+0002 are how PDFium reports a hyphen at the end of a line.
        letter = "-" if code in (0xFFFE, 0x02) else chr(code) if 0 < code < 0x110000 else " "
        if not letter.isprintable() or letter.isspace():
            generated = pdfium.FPDFText_IsGenerated(text_page, index) == 1
            if not generated or letter in "\r\n":
                yield None
            continue
        if pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
            quarter = round(pdfium.FPDFText_GetCharAngle(text_page, index) / (math.pi / 2)) % 4
            # A dash or a dot leaves too little ink to be judged; it is as visible as what stands beside it.
            if visibility is not None and letter.isalnum():
                hidden = visibility.why_hidden(index, box, quarter)
            yield _Letter(letter, quarter, *_turned(box, quarter, size), hidden)


def _turned(box: pdfium.FS_RECTF, quarter: int, size: tuple[float, float]) -> Box:
    """The box with the origin at the top left, as seen when the text stands upright.

    `quarter` counts quarter turns clockwise, as PDFium does.
    """
    width, height = size
    match quarter:
        case 3:
            return (box.bottom, box.left, box.top, box.right)
        case 2:
            return (width - box.right, box.bottom, width - box.left, box.top)
        case 1:
            return (height - box.top, width - box.right, height - box.bottom, width - box.left)
        case _:
            return (box.left, height - box.top, box.right, height - box.bottom)


def _upright(letters: list[_Letter | None]) -> Iterator[_Letter | None]:
    """The letters that run the way most of the page does; stamps along the margin are left out."""
    ways = Counter(letter.quarter for letter in letters if letter is not None)
    usual = ways.most_common(1)[0][0] if ways else 0
    yield from (letter if letter is None or letter.quarter == usual else None for letter in letters)


def _words(letters: Iterator[_Letter | None], page: int) -> Iterator[Word]:
    run: list[_Letter] = []
    for letter in letters:
        if letter is None or (run and not _continues(run[-1], letter)):
            if run:
                yield _word(run, page)
            run = []
        if letter is not None:
            run.append(letter)
    if run:
        yield _word(run, page)


def _continues(before: _Letter, letter: _Letter) -> bool:
    height = max(before.y1 - before.y0, letter.y1 - letter.y0, 1.0)
    if before.hidden != letter.hidden:
        return False
    same_row = abs(before.y0 + before.y1 - letter.y0 - letter.y1) < height
    return same_row and -height <= letter.x0 - before.x1 <= _WORD_GAP * height


def _word(run: list[_Letter], page: int) -> Word:
    return Word(
        text=re.sub(r"[\u200b\ufeff\u00ad]", "", "".join(letter.text for letter in run)),
        page=page,
        x0=min(letter.x0 for letter in run),
        y0=min(letter.y0 for letter in run),
        x1=max(letter.x1 for letter in run),
        y1=max(letter.y1 for letter in run),
        hidden=run[0].hidden,
    )
