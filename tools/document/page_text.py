"""The words of a document page by page, as a person sees them: what a model may be shown of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from tools.document.errors import TextNotRecognised
from tools.document.layout import lay_out
from tools.document.limits import Limits
from tools.document.media_type import PDF, XML, media_type_of
from tools.document.mixed import recognise_bare
from tools.document.pdf_text import Word, read_pdf, seen
from tools.document.pictures import picture_pages
from tools.document.reading import Reader
from tools.document.recognised import Recognise
from tools.document.scans import page_words, scanned_page
from tools.document.xml_tree import Element, local_name, parse_xml, text_of

MOST_CHARACTERS: Final = 40_000
"""So many characters of a page are given; a longer one is cut, and says so."""
MOST_PAGES: Final = 20


class PageText(BaseModel):
    """One page as lines of text, cells apart by two spaces. Whoever sent the document wrote it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: Annotated[int, Field(ge=1)]
    text: Annotated[str, Field(max_length=MOST_CHARACTERS)]
    reader: Reader
    cut: bool = False


class UnreadPage(BaseModel):
    """A page that was not read, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: int
    why: str


class PageTexts(BaseModel):
    """The first pages of a document, of `document_pages` that it has. What nobody sees on them is left out.

    `hidden_words` is how many words were. A page that has no text at all stands there empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: tuple[PageText, ...]
    document_pages: int
    unread: tuple[UnreadPage, ...] = ()
    hidden_words: int = 0


def page_texts(content: bytes, *, name: str, limits: Limits, recognise: Recognise, most: int = MOST_PAGES) -> PageTexts:
    """The words of the first `most` pages; those without text are recognised. Raises `DocumentRefused`.

    Of a structured document it is one page with a line for each value, `Name: value`.
    """
    media_type = media_type_of(content, name=name, limits=limits)
    if media_type == XML:
        text = "\n".join(_values(parse_xml(content, limits=limits)))
        return PageTexts(pages=(_page(1, text, Reader.XML),), document_pages=1)
    if media_type == PDF:
        return _of_pdf(content, limits, recognise, most)
    return _of_pictures(content, limits, recognise, most)


def _of_pdf(content: bytes, limits: Limits, recognise: Recognise, most: int) -> PageTexts:
    pdf = read_pdf(content, limits=limits)
    words, read = seen(pdf.words), min(pdf.pages, most)
    bare = recognise_bare(content, words, pages=read, limits=limits, recognise=recognise)
    pages = [
        _page(number, _text(page_words(number, bare.scanned[number])), Reader.OCR)
        if number in bare.scanned
        else _page(number, _text(word for word in words if word.page == number), Reader.PDF_TEXT)
        for number in range(1, read + 1)
        if number not in bare.unread
    ]
    return PageTexts(
        pages=tuple(pages),
        document_pages=pdf.pages,
        unread=tuple(UnreadPage(page=number, why=why) for number, why in bare.unread.items()),
        hidden_words=sum(word.hidden is not None and word.page <= read for word in pdf.words),
    )


def _of_pictures(content: bytes, limits: Limits, recognise: Recognise, most: int) -> PageTexts:
    pages: list[PageText] = []
    unread: list[UnreadPage] = []
    count = 0
    for count, shown in enumerate(picture_pages(content, limits=limits), start=1):
        if count > most:
            continue
        try:
            scanned = scanned_page(shown, recognise)
        except TextNotRecognised as refused:
            unread.append(UnreadPage(page=count, why=refused.message))
            continue
        pages.append(_page(count, _text(page_words(count, scanned)), Reader.OCR))
    return PageTexts(pages=tuple(pages), document_pages=count, unread=tuple(unread))


def _page(number: int, text: str, reader: Reader) -> PageText:
    return PageText(page=number, text=text[:MOST_CHARACTERS], reader=reader, cut=len(text) > MOST_CHARACTERS)


def _text(words: Iterator[Word]) -> str:
    return lay_out(words).text


def _values(root: Element) -> Iterator[str]:
    """Each element that has text of its own, in the document's order; attachments in it are no text."""
    for element in root.iter():
        text = " ".join(text_of(element).split())
        if text and local_name(element) != "EmbeddedDocumentBinaryObject":
            yield f"{local_name(element) or element.tag}: {text}"
