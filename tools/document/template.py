"""Templates: where a vendor prints a field, learned from a person's correction and applied to its next documents.

A template names a place and a form, never a value, but for the vendor's own name: what it finds is read from the page
it is applied to, and is a document's value like any other, untrusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from policies.protected import PAYEE, PROTECTED
from tools.document.anchored_fields import PrintedField
from tools.document.labels import CURRENCY_SIGNS
from tools.document.layout import Cell, Layout, lay_out
from tools.document.pdf_text import Word
from tools.document.reading import Box
from tools.document.template_form import Form, form_of, printed

STRIKES: Final = 2
"""A template proven wrong so often is retired."""
ALIKE: Final = 0.5
"""The share of common labels from which on two pages have one layout."""
_NEAR: Final = 24.0
_LONGEST_ANCHOR: Final = 60
_LONGEST_LABEL: Final = 32
_COLUMN: Final = 60.0
_KEY_LETTERS: Final = 5
_RATE = re.compile(r"\d+(?:[.,]\d+)?\s*%")

Relation = Literal["after", "right", "below", "place", "anywhere"]
"""Where the value stands: after its anchor in one cell, to its right, under it, at a place without an anchor, or
anywhere, for the vendor's own name.
"""


class TemplateRefused(ValueError):
    """The account that is paid comes from the vendor master or a bank-change case; no template is made for it."""


class Template(BaseModel):
    """Where one field of one vendor's layout stands.

    `fingerprint` are the labels of the page it was learned from, `anchor` the words beside the value, `box` where it
    stood on `page` (from 1), `wrong` how often a person has had to correct what it found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendor: Annotated[str, Field(min_length=_KEY_LETTERS)]
    field: Annotated[str, Field(min_length=1)]
    fingerprint: tuple[str, ...]
    anchor: str
    relation: Relation
    page: Annotated[int, Field(ge=1)]
    box: Box
    form: Form
    wrong: Annotated[int, Field(ge=0)] = 0

    @property
    def retired(self) -> bool:
        """Whether it was proven wrong too often to be applied."""
        return self.wrong >= STRIKES

    def proven_wrong(self) -> Template:
        """The template after a person corrected what it found."""
        return self.model_copy(update={"wrong": self.wrong + 1})


def vendor_key(value: str) -> str | None:
    """The key of a vendor by VAT id or name: letters and digits only; None where too little is left to tell it."""
    key = _letters(value)
    return key if len(key) >= _KEY_LETTERS else None


def learn(words: Iterable[Word] | Layout, *, vendor: str, field: str, value: str) -> Template | None:
    """What a person's correction teaches of a page: None where `value` is not printed on it, or the vendor is not.

    Raises `TemplateRefused` for an account or payee.
    """
    if PROTECTED.get(field.rpartition(".")[2].casefold()) is PAYEE:
        raise TemplateRefused(f"{field} comes from the vendor master or a bank-change case; no template is made for it")
    layout = _laid_out(words)
    key = vendor_key(vendor)
    if key is None or not _names(layout, key):
        return None
    places = [place for cell in layout.cells for place in _places(layout, cell, field, value)]
    if not places:
        return None
    relation, anchor, cell, start, end, form = min(places, key=lambda place: _RANK[place[0]])
    return Template(
        vendor=key,
        field=field,
        fingerprint=fingerprint(layout),
        anchor=anchor,
        relation=relation,
        page=cell.page,
        box=cell.box_of(start, end),
        form=form,
    )


def apply(template: Template, words: Iterable[Word] | Layout) -> PrintedField | None:
    """What stands where `template` says, None where the page is another vendor's or another layout, or shows nothing.

    The confidence is 0: a template does not know how sure it is, `confidence` does.
    """
    if template.retired:
        return None
    layout = _laid_out(words)
    if not _names(layout, template.vendor) or not alike(template.fingerprint, fingerprint(layout)):
        return None
    found = sorted(_found(template, layout), key=lambda one: _distance(template, one))
    return found[0] if found else None


def fingerprint(layout: Layout) -> tuple[str, ...]:
    """The labels of the first page with the column each stands in: what invoices of one layout have in common."""
    first = [cell for cell in layout.cells if cell.page == 1]
    labels = [cell for cell in first if cell.text.rstrip().endswith(":")]
    # A page without colons is known by all its short texts.
    named = labels or [cell for cell in first if len(cell.text) <= _LONGEST_LABEL]
    return tuple(sorted({f"{label}@{int(cell.x0 // _COLUMN)}" for cell in named if (label := _anchor(cell.text))}))


def alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two fingerprints are of one layout."""
    both, either = set(one) & set(other), set(one) | set(other)
    return not either or len(both) >= ALIKE * len(either)


_Place = tuple[Relation, str, Cell, int, int, Form]
_RANK: Final[dict[Relation, int]] = {"after": 0, "right": 1, "below": 2, "place": 3, "anywhere": 4}


def _places(layout: Layout, cell: Cell, field: str, value: str) -> Iterator[_Place]:
    """Every way in which a cell prints `value`, with the words that tell the place."""
    for start, end, form in printed(cell.text, field, value):
        if form.kind == "name":
            yield ("anywhere", "", cell, start, end, form)
            continue
        before = _anchor(cell.text[:start])
        left = layout.rows[cell.row][cell.index - 1] if cell.index else None
        beside = _anchor(left.text) if left is not None else ""
        above = _above(layout, cell, value)
        if before:
            yield ("after", before, cell, start, end, form)
        elif beside:
            yield ("right", beside, cell, start, end, form)
        elif above:
            yield ("below", above, cell, start, end, form)
        elif form.kind == "text":
            # A day or an amount without words beside it stands elsewhere on the next page.
            yield ("place", "", cell, start, end, form)


def _found(template: Template, layout: Layout) -> Iterator[PrintedField]:
    for cell in layout.cells:
        # Totals stand on the last page, however many pages the lines take.
        if cell.page != template.page and template.form.kind != "amount" and template.relation != "anywhere":
            continue
        if template.relation == "anywhere":
            yield from _values(template, cell, 0)
        elif template.relation == "place":
            if abs(cell.x0 - template.box[0]) <= _NEAR and abs(cell.y0 - template.box[1]) <= _NEAR:
                yield from _values(template, cell, 0)
        elif template.relation == "after":
            at = _end_of_anchor(cell.text, template.anchor)
            if at is not None:
                yield from _values(template, cell, at)
        elif _anchor(cell.text) == template.anchor:
            others = layout.right_of(cell)[:1] if template.relation == "right" else tuple(layout.below(cell))[:1]
            for other in others:
                yield from _values(template, other, 0)


def _values(template: Template, cell: Cell, start: int) -> Iterator[PrintedField]:
    for value, begin, end in form_of(template.form).values(cell.text[start:]):
        yield PrintedField(value=value, confidence=0.0, page=cell.page, box=cell.box_of(start + begin, start + end))
        return


def _distance(template: Template, found: PrintedField) -> tuple[int, float]:
    """How far from where it stood; of amounts those on the last page come first."""
    box = found.box or template.box
    page = -(found.page or 0) if template.form.kind == "amount" else 0
    return page, abs(box[0] - template.box[0]) + abs(box[1] - template.box[1])


def _above(layout: Layout, cell: Cell, value: str) -> str:
    """The words of the nearest cell over `cell`, at most two rows up, unless they are the value once more."""
    for row in reversed(layout.rows[max(0, cell.row - 2) : cell.row]):
        for other in row:
            if other.page == cell.page and other.x0 < cell.x1 and other.x1 > cell.x0:
                return "" if _letters(value) in _letters(other.text) else _anchor(other.text)
    return ""


def _end_of_anchor(text: str, anchor: str) -> int | None:
    """Where the words of `anchor` end at the start of `text`, None where they do not stand there."""
    for match in re.finditer(r"\S+\s*", text):
        if _anchor(text[: match.end()]) == anchor:
            return match.end()
    return None


def _anchor(text: str) -> str:
    """`text` as an anchor: small letters, one blank between words; empty where digits would make it a value."""
    for _, currency in CURRENCY_SIGNS:
        text = currency.sub(" ", text)
    text = _RATE.sub(" ", text)
    if re.search(r"\d", text) or len(text) > _LONGEST_ANCHOR or not re.search(r"[^\W\d_]{2}", text):
        return ""
    return " ".join(re.sub(r"[^\w\s]", " ", text).casefold().split())


def _laid_out(words: Iterable[Word] | Layout) -> Layout:
    return words if isinstance(words, Layout) else lay_out(words)


def _names(layout: Layout, key: str) -> bool:
    return key in _letters(layout.text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
