"""Fields of a structured document, collected with their forms checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from policies.fact import Fact
from tools.document.amounts import CENT, decimal_of, two_places
from tools.document.dates import iso_of
from tools.document.reading import DocumentFinding, DocumentKind, Line, Reader, document_fact
from tools.document.xml_tree import Element, text_of

XML_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlReading:
    """What an XML reader found, before it is tied to the bytes it came from."""

    kind: DocumentKind
    values: dict[str, str]
    lines: tuple[Line, ...]
    findings: tuple[DocumentFinding, ...]

    def facts(self, sha256: str) -> dict[str, Fact]:
        """The values as facts from the document `sha256`."""
        return {
            name: document_fact(value=value, confidence=XML_CONFIDENCE, sha256=sha256, reader=Reader.XML)
            for name, value in self.values.items()
        }


@dataclass(slots=True, kw_only=True)
class XmlFields:
    """Collects values under their field names; empty texts leave no field."""

    values: dict[str, str] = field(default_factory=dict)
    findings: list[DocumentFinding] = field(default_factory=list)

    def put(self, name: str, text: str | None) -> None:
        if text:
            self.values[name] = text

    def put_date(self, name: str, text: str | None) -> None:
        """Raises `DateNotADate`."""
        if text:
            self.values[name] = iso_of(text, field=name)

    def put_amount(self, name: str, text: str | None) -> None:
        """Raises `AmountNotANumber`."""
        if text:
            self.values[name] = self.money(name, text)

    def number(self, name: str, text: str) -> Decimal:
        """`text` as a number. Raises `AmountNotANumber`."""
        return decimal_of(text, field=name)

    def note_several(self, name: str, count: int) -> None:
        """Leave a finding where the document says `count` times what it should say once; the first was read."""
        if count > 1:
            message = f"{name}: the document names {count}; the first was read"
            self.findings.append(
                DocumentFinding(code="several_values", message=message, field=name, values={"count": str(count)})
            )

    def money(self, name: str, text: str) -> str:
        """`text` with two places; a value finer than a cent leaves a finding. Raises `AmountNotANumber`."""
        value = decimal_of(text, field=name)
        if value != value.quantize(CENT):
            message = f"{name} is {text.strip()}, finer than a cent; it was rounded"
            self.findings.append(
                DocumentFinding(code="amount_rounded", message=message, field=name, values={"encoded": text.strip()})
            )
        return two_places(value)

    def put_tax_total(self, elements: list[Element]) -> None:
        """The first tax amount in the document's own currency (a second one is in the accounting currency)."""
        own = self.values.get("currency")
        amounts = [e for e in elements if text_of(e) and e.get("currencyID") in (own, None)]
        self.put_amount("tax_total", text_of(amounts[0]) if amounts else None)

    def line(
        self, *, description: str | None, quantity: str | None, unit_price: str | None, amount: str | None
    ) -> Line:
        """A line with its numbers checked. Raises `AmountNotANumber`."""
        for name, text in (("line quantity", quantity), ("line unit_price", unit_price)):
            if text:
                decimal_of(text, field=name)
        return Line(
            description=description or "",
            quantity=quantity,
            unit_price=unit_price,
            amount=self.money("line amount", amount) if amount else None,
            confidence=XML_CONFIDENCE,
        )

    def check_arithmetic(self) -> None:
        """Leave a finding where net plus tax is not the total."""
        net, tax, total = (self.values.get(name) for name in ("net_total", "tax_total", "total"))
        if net and tax and total and Decimal(net) + Decimal(tax) != Decimal(total):
            message = f"net {net} plus tax {tax} is not the total {total}"
            values = {"net_total": net, "tax_total": tax, "total": total}
            self.findings.append(
                DocumentFinding(code="totals_do_not_add_up", message=message, field="total", values=values)
            )
