"""Templates at work: a reading with what its vendor's templates find, and what a correction says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from tools.document.anchored_fields import PrintedField
from tools.document.layout import Layout, lay_out
from tools.document.pdf_text import Word
from tools.document.reading import DocumentFinding, Reader, Reading, document_fact
from tools.document.template import Template, TemplateRefused, apply, learn

OVERRULED: Final = "template_overruled"
_MOST_FIELDS: Final = 40


class Lesson(BaseModel):
    """What a person corrected on a document: values by field, and by what its vendor may be known, best first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendors: tuple[str, ...]
    values: Mapping[str, str]


class Learned(BaseModel):
    """What a lesson changes: templates that are new, and those of `known` (by their place) proven wrong once more.

    `untaught` are the fields that taught nothing: their value is not printed on the page, or protected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    new: tuple[Template, ...] = ()
    wrong: tuple[int, ...] = ()
    untaught: tuple[str, ...] = ()


def with_templates(reading: Reading, words: Sequence[Word], templates: Sequence[Template]) -> Reading:
    """The reading with each printed field that a template of its vendor finds; XML is never overruled.

    A template that finds what the reader found changes nothing but the signal `agreement`; one that contradicts it
    leaves a finding with both values. Of two templates of one field that contradict each other, none counts.
    """
    fields, signals, findings = dict(reading.fields), dict(reading.signals), list(reading.findings)
    for name, found in _found(lay_out(words), templates).items():
        known = fields.get(name)
        if known is not None and known.source.reader == Reader.XML:
            continue
        if known is not None and known.value == found.value:
            signals[name] = {**signals.get(name, {}), "agreement": 1.0}
            continue
        if known is not None:
            values = {"template": found.value, "page": str(known.value)}
            message = f"{name}: what reviewers taught of this vendor says {found.value!r}, not {known.value!r}"
            findings.append(DocumentFinding(code=OVERRULED, message=message, field=name, values=values))
        fields[name] = document_fact(
            value=found.value,
            confidence=0.0,
            sha256=reading.sha256,
            reader=Reader.TEMPLATE,
            page=found.page,
            box=found.box,
        )
    return reading.model_copy(update={"fields": fields, "signals": signals, "findings": tuple(findings)})


def take_lesson(words: Sequence[Word], lesson: Lesson, known: Sequence[Template]) -> Learned:
    """What the lesson teaches of a page with these words, beside the templates that are `known`."""
    layout = lay_out(words)
    new: list[Template] = []
    wrong: list[int] = []
    untaught: list[str] = []
    for field, value in list(lesson.values.items())[:_MOST_FIELDS]:
        told = [(place, apply(one, layout)) for place, one in enumerate(known) if one.field == field]
        taught = _taught(layout, lesson.vendors, field, value)
        if taught is None:
            untaught.append(field)
            continue
        found = apply(taught, layout)
        wrong += [place for place, seen in told if seen is not None and found is not None and seen.value != found.value]
        # What its own page contradicts would be wrong again; what a template already finds needs no second one.
        if found is not None and found.value == value and not any(seen == found for _, seen in told):
            new.append(taught)
    return Learned(new=tuple(new), wrong=tuple(wrong), untaught=tuple(untaught))


def _taught(layout: Layout, vendors: Sequence[str], field: str, value: str) -> Template | None:
    """The template by the first of `vendors` that the page names; None where the field is protected."""
    try:
        taught = (learn(layout, vendor=vendor, field=field, value=value) for vendor in vendors)
        return next((template for template in taught if template is not None), None)
    except TemplateRefused:
        return None


def _found(layout: Layout, templates: Sequence[Template]) -> dict[str, PrintedField]:
    found: dict[str, PrintedField] = {}
    contradicted: set[str] = set()
    for template in templates:
        seen = apply(template, layout)
        if seen is None:
            continue
        if template.field in found and found[template.field].value != seen.value:
            contradicted.add(template.field)
        found.setdefault(template.field, seen)
    return {name: seen for name, seen in found.items() if name not in contradicted}
