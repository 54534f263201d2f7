"""The reading steps: the document, the vendor master, earlier invoices, the order, the posting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.duplicates import LOOK_BACK_DAYS, find_duplicate
from graphs.state import CaseView
from graphs.steps import Reader
from policies.fact import Fact, Integrity, Source, SourceKind
from tools.errors import Permanent

MAX_LINES = 500
POSTED = ("posted", "paid")
LINE_FIELDS = ("description", "quantity", "unit_price", "amount", "tax_rate", "page", "box")

Data = Mapping[str, Any]


def record_fact(value: str | int | bool | None, ref: str) -> Fact:
    """A fact from the ERP, the system of record."""
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref=ref, reader="erp")
    return Fact(value=value, confidence=1.0, source=source, integrity=Integrity.TRUSTED)


async def read_document(case: CaseView, reader: Reader) -> Data:
    """The document's fields as facts; its lines and findings."""
    reading = await reader.read("document.read", {"document_sha256": case.input["document"]})
    lines = [{name: line.get(name) for name in LINE_FIELDS} for line in reading["lines"]]
    if len(lines) > MAX_LINES:
        raise Permanent(f"the document has {len(lines)} lines; at most {MAX_LINES} are handled", code="too_many_lines")
    return {
        "facts": reading["fields"],
        "reading": {
            "kind": reading["kind"],
            "sha256": reading["sha256"],
            "lines": lines,
            "adjustment": reading.get("adjustment"),
            "findings": [finding["code"] for finding in reading["findings"]],
        },
    }


async def read_supplier(case: CaseView, reader: Reader) -> Data:
    """The supplier from the vendor master, by VAT id or by name."""
    vat_id = values.compact(values.text(case, "vendor_vat_id"))
    name = values.text(case, "vendor_name")
    found: Mapping[str, Any] | None = None
    if vat_id:
        found = (await reader.read("erp.supplier.find", {"vat_id": vat_id}))["supplier"]
    if found is None and name:
        found = (await reader.read("erp.supplier.find", {"name": name}))["supplier"]
    supplier_id = record_fact(found["supplier_id"], f"supplier {found['supplier_id']}") if found else None
    return {"master": {"supplier": found}, "facts": {"supplier_id": supplier_id}}


async def find_duplicates(case: CaseView, reader: Reader) -> Data:
    """Compare with the supplier's invoices of the last twelve months."""
    supplier = values.supplier(case)
    number = values.text(case, "invoice_number")
    if supplier is None or number is None:
        return {"duplicate": {"exact": False, "fuzzy": False, "of": None}}
    since = date.fromisoformat(case.input["received_on"]) - timedelta(days=LOOK_BACK_DAYS)
    arguments = {"supplier_id": supplier["supplier_id"], "since": since.isoformat()}
    earlier = (await reader.read("erp.invoice.similar", arguments))["invoices"]
    issued = values.text(case, "issue_date")
    found = find_duplicate(
        number=number,
        total=values.decimal(case.value("total")),
        issued_on=date.fromisoformat(issued) if issued else None,
        earlier=earlier,
    )
    return {"duplicate": {"exact": found.exact, "fuzzy": found.fuzzy, "of": found.of}}


async def read_order(case: CaseView, reader: Reader) -> Data:
    """The purchase order with its receipts, read anew each time."""
    number = values.text(case, "po_number")
    if number is None:
        return {"purchasing": {"order": None}}
    return {"purchasing": {"order": (await reader.read("erp.order.read", {"number": number}))["order"]}}


async def confirm_posting(case: CaseView, reader: Reader) -> Data:
    """Read the posted invoice back. Raises `Permanent` if the ERP does not hold it as posted."""
    posted = case.section("results")["post_invoice"]["invoice"]
    invoice = (await reader.read("erp.invoice.read", {"invoice_id": posted["invoice_id"]}))["invoice"]
    if invoice is None or invoice["state"] not in POSTED:
        state = invoice["state"] if invoice else "absent"
        raise Permanent(f"the ERP holds invoice {posted['invoice_id']} as {state}, not as posted", code="not_posted")
    return {"posting": {"number": invoice["number"], "state": invoice["state"], "total": invoice["total"]}}


async def read_receipts(case: CaseView, reader: Reader) -> Data:
    """The order read anew after a wait for its goods, and how often the case has waited."""
    waited = int(case.section("waited").get("receipts", 0))
    return {**await read_order(case, reader), "waited": {"receipts": waited + 1}}
