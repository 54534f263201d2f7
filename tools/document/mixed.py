"""PDFs of which some pages hold no text to read: those pages are recognised, and read together with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PIL import Image

from policies.fact import Fact
from tools.document.anchored_fields import PrintedField
from tools.document.errors import TextNotRecognised
from tools.document.hybrid import page_fact
from tools.document.layout import lay_out
from tools.document.limits import Limits
from tools.document.pdf_text import MIN_LETTERS_OF_A_TEXT_LAYER, Word, letters_of
from tools.document.pictures import pdf_pages
from tools.document.printed import read_printed
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reading
from tools.document.recognised import Picture, Recognise, Recognition
from tools.document.scan_reading import doubted, scan_fact, shown_line
from tools.document.scans import Scan, ScannedPage, page_words, scanned_page

RECOGNISED_PAGES: Final = "recognised_pages"
PAGE_NOT_READ: Final = "page_not_read"
_INK: Final = 64
"""So many of 255 grey levels a point differs from the paper where something is on it."""
_LEAST_INK: Final = 0.0002
"""Less than this share of a page is no writing: three letters of usual print on a sheet are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarePages:
    """The pages of a PDF without text to read: what was recognised on them, and which could not be read, and why."""

    scanned: Mapping[int, ScannedPage]
    unread: Mapping[int, str]

    @property
    def words(self) -> tuple[Word, ...]:
        """The recognised words, in points of the upright sheet."""
        return tuple(word for number, page in self.scanned.items() for word in page_words(number, page))

    @property
    def findings(self) -> tuple[DocumentFinding, ...]:
        """Which pages were recognised, and which were not read."""
        found: list[DocumentFinding] = []
        if self.scanned:
            pages = ", ".join(map(str, self.scanned))
            message = f"these pages hold no text and were recognised: {pages}"
            found.append(DocumentFinding(code=RECOGNISED_PAGES, message=message, values={"pages": pages}))
        for number, why in self.unread.items():
            message = f"page {number} was not read: {why}"
            found.append(DocumentFinding(code=PAGE_NOT_READ, message=message, values={"page": str(number)}))
        return tuple(found)


def recognise_bare(
    content: bytes, words: tuple[Word, ...], *, pages: int, limits: Limits, recognise: Recognise
) -> BarePages:
    """Recognise every page of the PDF `content` on which `words`, those that a person sees, are too few to be its text.

    Blank pages are passed over; a page on which nothing is recognised adds nothing. Raises `RecognitionUnavailable`,
    and what rendering a page raises; a page over which recognition fails, or beyond the limit, is `unread`.
    """
    letters = Counter[int]()
    for word in words:
        letters[word.page] += letters_of(word)
    bare = [number for number in range(1, pages + 1) if letters[number] < MIN_LETTERS_OF_A_TEXT_LAYER]
    scanned: dict[int, ScannedPage] = {}
    unread = dict.fromkeys(bare[limits.max_scanned_pages :], "there are too many pages without text")
    for shown in pdf_pages(content, limits=limits, only=bare[: limits.max_scanned_pages]):
        if is_blank(shown.picture):
            continue
        try:
            page = scanned_page(shown, recognise)
        except TextNotRecognised as refused:
            unread[shown.picture.page] = refused.message
            continue
        if page.recognised.words:
            scanned[shown.picture.page] = page
    return BarePages(scanned=scanned, unread=dict(sorted(unread.items())))


def is_blank(picture: Picture) -> bool:
    """Whether there is nothing on the page but paper."""
    counts = Image.frombytes("L", (picture.width, picture.height), picture.grey).histogram()
    paper = max(range(len(counts)), key=counts.__getitem__)
    ink = sum(count for grey, count in enumerate(counts) if abs(grey - paper) > _INK)
    return ink < _LEAST_INK * picture.width * picture.height


def mixed_reading(
    words: tuple[Word, ...],
    bare: BarePages,
    recognition: Recognition,
    *,
    sha256: str,
    media_type: str,
    findings: tuple[DocumentFinding, ...],
) -> Reading:
    """What is printed on all pages together. Raises `NotAnInvoiceOrOrder`.

    A value of a recognised page is one of OCR: no surer than its letters, and read a second time where in doubt.
    """
    typed = tuple(word for word in words if word.page not in bare.scanned)
    scan = Scan(pages=bare.scanned, layout=lay_out((*typed, *bare.words)))
    printed = read_printed(scan.layout)
    pairs = {name: _fact(scan, name, field, recognition, sha256) for name, field in printed.fields.fields.items()}
    return Reading(
        kind=DocumentKind.DIGITAL_PDF,
        sha256=sha256,
        media_type=media_type,
        fields={name: fact for name, (fact, _) in pairs.items()},
        lines=tuple(_line(scan, line) for line in printed.lines),
        findings=(*findings, *bare.findings, *printed.findings),
        signals={name: signals for name, (_, signals) in pairs.items() if signals},
    )


def _fact(
    scan: Scan, name: str, field: PrintedField, recognition: Recognition, sha256: str
) -> tuple[Fact, dict[str, float]]:
    """The field as a fact of the page it stands on, and what speaks for it."""
    if field.page not in scan.pages:
        return page_fact(field, sha256), dict(field.signals)
    looked = doubted(scan, name, field, recognition.line)
    return scan_fact(scan, looked, sha256), dict(looked.signals)


def _line(scan: Scan, line: Line) -> Line:
    return shown_line(scan, line) if line.page in scan.pages else line
