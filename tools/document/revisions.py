"""Earlier revisions of a PDF: what it said before somebody appended to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tools.document.errors import DocumentRefused
from tools.document.limits import Limits
from tools.document.reading import DocumentFinding, Reading, capped

SHADOW_CAP: Final = 0.5
_WATCHED: Final = (
    "total",
    "amount_due",
    "net_total",
    "tax_total",
    "currency",
    "iban",
    "invoice_number",
    "order_number",
    "vendor_name",
    "vendor_vat_id",
)
_END: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF(?:\r\n|\r|\n)?")
_TABLE: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b(?:(?!endobj|stream).){0,2000}?/XRef\b)", re.DOTALL)


def earlier_revisions(content: bytes) -> tuple[bytes, ...]:
    """The PDF as it was before each update appended to it, oldest first.

    An end marker counts where its table of objects stands at the place it names: one inside an attached PDF does not.
    The first marker of a linearized file names a table that follows it, so it does not count either.
    """
    ends = [
        match.end()
        for match in _END.finditer(content)
        if int(match[1]) < match.start() and _TABLE.match(content, int(match[1]))
    ]
    return tuple(content[:end] for end in ends[:-1])


def compare_revisions(reading: Reading, content: bytes, *, limits: Limits, read: Callable[[bytes], Reading]) -> Reading:
    """`reading` with a finding for each value that an earlier revision of `content` said differently.

    Such a value's confidence is capped at 0.5. `read` reads a revision and may raise `DocumentRefused`.
    """
    revisions = earlier_revisions(content)
    findings: list[DocumentFinding] = []
    if len(revisions) > limits.max_revisions:
        message = f"the PDF was changed {len(revisions)} times; only the last {limits.max_revisions} were compared"
        findings.append(DocumentFinding(code="revisions_not_compared", message=message))
    shadowed: dict[str, str] = {}
    for revision in revisions[max(len(revisions) - limits.max_revisions, 0) :]:
        try:
            earlier = read(revision)
        except DocumentRefused as refused:
            message = f"an earlier revision of the PDF cannot be read: {refused.message}"
            findings.append(DocumentFinding(code="revision_unreadable", message=message))
            continue
        for name in _WATCHED:
            now, before = reading.value(name), earlier.value(name)
            if now and before and now != before:
                shadowed[name] = before
    findings.extend(_shadow(name, before, str(reading.value(name))) for name, before in shadowed.items())
    fields = {name: capped(fact, SHADOW_CAP) if name in shadowed else fact for name, fact in reading.fields.items()}
    return reading.model_copy(update={"fields": fields, "findings": (*reading.findings, *findings)})


def _shadow(name: str, before: str, now: str) -> DocumentFinding:
    return DocumentFinding(
        code="shadow_value",
        message=f"{name}: the PDF said {before!r} before it was changed, and now says {now!r}",
        field=name,
        values={"before": before, "now": now},
    )
