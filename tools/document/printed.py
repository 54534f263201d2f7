"""A printed document, digital or scanned: its fields, lines, findings, and what speaks for each field."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tools.document.anchored_fields import PrintedFields, read_fields
from tools.document.layout import Layout
from tools.document.reading import DocumentFinding, Line
from tools.document.tables import read_lines, sum_of_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What is printed on the pages of a document."""

    fields: PrintedFields
    lines: tuple[Line, ...]
    findings: tuple[DocumentFinding, ...]

    @property
    def signals(self) -> dict[str, dict[str, float]]:
        """What speaks for each field, as a `Reading` carries it."""
        return {name: dict(field.signals) for name, field in self.fields.fields.items() if field.signals}


def read_printed(layout: Layout) -> Printed:
    """Everything the anchors and the columns find in `layout`. Raises `NotAnInvoiceOrOrder`."""
    fields = read_fields(layout)
    net = fields.fields.get("net_total")
    lines = read_lines(layout, net.value if net else None)
    return Printed(fields=fields, lines=lines, findings=(*fields.findings, *_line_findings(lines, fields)))


def _line_findings(lines: tuple[Line, ...], page: PrintedFields) -> tuple[DocumentFinding, ...]:
    """A finding where the lines sum up to neither the net total nor the total."""
    summed = sum_of_lines(lines) if lines else None
    stated = {name: page.fields[name].value for name in ("net_total", "total") if name in page.fields}
    if summed is None or not stated or summed in {Decimal(value) for value in stated.values()}:
        return ()
    message = f"the lines sum up to {summed}, which is neither the net total nor the total"
    return (DocumentFinding(code="lines_do_not_add_up", message=message, values=stated | {"lines": str(summed)}),)
