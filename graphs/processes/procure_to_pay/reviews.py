"""What reviewers of an invoice see, and what they may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.forms import entered_value
from graphs.lessons import Correction
from graphs.processes.procure_to_pay import advice, values
from graphs.processes.procure_to_pay.facts import matched
from graphs.processes.procure_to_pay.line_pairs import parsed_pairs
from graphs.state import CaseView
from graphs.steps import Authority, EditableField, TextFunction
from policies.fact import Fact, Integrity, Source, SourceKind
from tools.document.template_reading import Lesson

HEADER_FIELDS = (
    EditableField(name="invoice_number", title="Invoice number"),
    EditableField(name="issue_date", title="Invoice date", kind="date"),
    EditableField(name="due_date", title="Due date", kind="date"),
    EditableField(name="vendor_name", title="Supplier"),
    EditableField(name="vendor_vat_id", title="Supplier's VAT id"),
    EditableField(name="po_number", title="Purchase order"),
    EditableField(name="currency", title="Currency"),
    EditableField(name="net_total", title="Net amount", kind="amount"),
    EditableField(name="tax_total", title="Tax", kind="amount"),
    EditableField(name="total", title="Total", kind="amount"),
)
"""The bank account is not among them: it comes from the vendor master or from a bank-change case."""

ACCOUNT = EditableField(name="gl_account", title="Expense account of lines without an order")

CODING_FIELDS = (*HEADER_FIELDS, ACCOUNT)

LINE_FIELDS = (*HEADER_FIELDS, EditableField(name="line_pairs", title="Order line of each line, as 1:2,2:1,3:-"))

KINDS = {field.name: field.kind for field in (*CODING_FIELDS, *LINE_FIELDS)}


def titled(question: str) -> TextFunction:
    """`question`, with number and supplier."""

    def title(case: CaseView) -> str:
        number = values.text(case, "invoice_number") or "without number"
        vendor = values.text(case, "vendor_name") or "unknown supplier"
        return f"{question}: {number}, {vendor}"

    return title


def correction(_case: CaseView, entered: Mapping[str, str], by: str) -> Mapping[str, Any]:
    """The corrected fields as facts whose source is the person. Raises `Invalid`."""
    return {"facts": {name: person_fact(name, value, by) for name, value in entered.items()}}


def pairs_correction(case: CaseView, entered: Mapping[str, str], by: str) -> Mapping[str, Any]:
    """The same; line pairs that cannot be read say nothing, and are asked for again."""
    pairs = entered.get("line_pairs")
    readable = pairs is None or parsed_pairs(pairs) is not None
    kept = entered if readable else {name: value for name, value in entered.items() if name != "line_pairs"}
    return correction(case, kept, by)


def lesson(evidence: Mapping[str, Any], entered: Mapping[str, str]) -> Correction | None:
    """Where the supplier prints what the reviewer corrected. None without a supplier the document names."""
    facts = evidence.get("facts") or {}
    vendors = [entered.get(name) or (facts.get(name) or {}).get("value") for name in ("vendor_vat_id", "vendor_name")]
    printed = {field.name for field in HEADER_FIELDS}
    values = {name: entered_value(name, KINDS[name], value) for name, value in entered.items() if name in printed}
    if not values or not any(vendors) or "document" not in evidence:
        return None
    named = Lesson(vendors=tuple(str(vendor) for vendor in vendors if vendor), values=values)
    return Correction(document=str(evidence["document"]), lesson=named)


def person_fact(name: str, value: str, by: str) -> Fact:
    """A value a person entered, in the form the field has. Raises `Invalid`."""
    source = Source(kind=SourceKind.PERSON, ref=by)
    kept = entered_value(name, KINDS[name], value)
    return Fact(value=kept, confidence=1.0, source=source, integrity=Integrity.TRUSTED)


def evidence(case: CaseView) -> Mapping[str, Any]:
    """The document and what was read from it, with pages and boxes."""
    return {
        "document": case.input["document"],
        "received": {name: case.input.get(name) for name in ("name", "channel", "sender", "received_on")},
        "facts": case.section("facts"),
        "findings": case.section("reading").get("findings", []),
        "duplicate": case.section("duplicate"),
        "supplier": values.supplier(case),
    }


def match_evidence(case: CaseView) -> Mapping[str, Any]:
    """The same, with the order and how each line compares."""
    compared = [
        {
            "description": pair.description,
            "invoiced": {"quantity": pair.quantity, "unit_price": pair.unit_price},
            "ordered": pair.ordered,
            "over_order": pair.over_order,
            "over_receipt": pair.over_receipt,
            "price_excess": pair.price_excess,
        }
        for pair in matched(case, added=advice.line_pairs(case)).pairs
    ]
    return {**evidence(case), "order": values.order(case), "lines": compared}


def posting_evidence(case: CaseView) -> Mapping[str, Any]:
    """The same, with what the ERP holds."""
    return {**evidence(case), "draft": case.section("results").get("draft_invoice")}


def vendor(case: CaseView) -> str | None:
    """The supplier in the vendor master, as duties are recorded; None where there is none."""
    supplier = values.supplier(case)
    return f"vendor:{supplier['supplier_id']}" if supplier else None


def authority(case: CaseView) -> Authority | None:
    """Whoever approves needs a limit of at least the invoice's total."""
    total = values.money(case, "total")
    if total is None:
        return None
    return Authority(subject="approval", amount_minor=abs(total), currency=values.currency(case) or "")
