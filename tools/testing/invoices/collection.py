"""A collection of fictional documents in every form, layout and language, with their truth, for evals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.document import BusinessDocument, DocumentKind
from tools.testing.invoices.fiction import fictional_document
from tools.testing.invoices.hybrid import hybrid_pdf
from tools.testing.invoices.language import LANGUAGES
from tools.testing.invoices.layouts import LAYOUTS
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.seed import pick
from tools.testing.invoices.truth import Expected, expected_fields, visible_fields
from tools.testing.invoices.ubl import ubl_xml

DEFAULT_DAY = date(2026, 6, 15)
SEED_STRIDE = 1_000_003
"""Seeds of one collection do not meet those of the next: it is larger than any collection."""
FORMS = ("xml_ubl", "xml_cii", "hybrid_pdf", "digital_pdf", "digital_pdf")
KINDS = (
    *(DocumentKind.INVOICE,) * 6,
    DocumentKind.CREDIT_NOTE,
    DocumentKind.PURCHASE_ORDER,
)
_ENDINGS = {"xml_ubl": "xml", "xml_cii": "xml", "hybrid_pdf": "pdf", "digital_pdf": "pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A document of a collection, with its kind in the words of the evals as `form`.

    `layout` and `visible` are empty for XML.
    """

    file_name: str
    form: str
    layout: str
    language: str
    content: bytes
    truth: Expected
    visible: Mapping[str, bool]

    def record(self) -> dict[str, object]:
        """The item as a record of an index of the document evals."""
        record: dict[str, object] = {
            "file": self.file_name,
            "kind": self.form,
            "group": self.layout or self.form,
            "language": self.language,
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "bytes": len(self.content),
            "expected": self.truth,
        }
        return record | {"visible_in_text_layer": self.visible} if self.visible else record


def make_collection(seed: int, *, today: date, count: int) -> Iterator[Item]:
    """`count` documents: forms, layouts and languages take turns, everything else is fixed by `seed`."""
    for index in range(count):
        yield _item(seed * SEED_STRIDE + index, index, today)


def _item(seed: int, index: int, today: date) -> Item:
    form = FORMS[index % len(FORMS)]
    kind = pick(seed, "kind", KINDS)
    if kind is DocumentKind.PURCHASE_ORDER and form == "hybrid_pdf":
        form = "digital_pdf"
    # 5 forms and 7 languages have no common divisor, nor have 7 and 9 layouts: all pairs come up in turn.
    language = LANGUAGES[index % len(LANGUAGES)]
    layout = "" if form.startswith("xml") else tuple(LAYOUTS)[index % len(LAYOUTS)]
    document = fictional_document(seed, today=today, kind=kind, language=language)
    return Item(
        file_name=f"{form}-{index:04}.{_ENDINGS[form]}",
        form=form,
        layout=layout,
        language=language,
        content=_content(document, form, seed=seed, layout=layout),
        truth=expected_fields(document),
        visible=visible_fields(document) if layout else {},
    )


def _content(document: BusinessDocument, form: str, *, seed: int, layout: str) -> bytes:
    match form:
        case "xml_ubl":
            return ubl_xml(document)
        case "xml_cii":
            return cii_xml(document)
        case "hybrid_pdf":
            return hybrid_pdf(document, seed=seed, layout=layout)
        case _:
            return digital_pdf(document, seed=seed, layout=layout)
