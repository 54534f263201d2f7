"""What the rules are told at each decision point of Procure-to-Pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from stdnum import get_cc_module

from graphs.contacts import Contact, on_record, who_wrote
from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.advice import entered_pairs
from graphs.processes.procure_to_pay.amounts import draft_arguments, payable_amount
from graphs.processes.procure_to_pay.matching import Match, match_order
from graphs.state import CaseView
from policies.fact import FactValue
from policies.money import minor_units

Facts = Mapping[str, FactValue]

XML_PAGE_MISMATCH = "xml_page_mismatch"
BROKEN_RULES = frozenset({"schema_invalid", "rule_failed"})
"""What the validator says of an e-invoice that breaks its schema or the rules of EN 16931."""
SHADOW = frozenset({"shadow_value", "several_values", "revision_unreadable", "revisions_not_compared"})
"""What the reader says of a PDF whose earlier revisions said something else, or cannot be compared."""


def amounts(case: CaseView) -> dict[str, FactValue]:
    """Currency and totals."""
    return {
        "invoice.currency": values.currency(case),
        "invoice.total": values.money(case, "total"),
        "invoice.net": values.money(case, "net_total"),
        "invoice.tax": values.money(case, "tax_total"),
    }


def confidences(case: CaseView) -> dict[str, FactValue]:
    """How sure the reader was of each field that money depends on."""
    fields = {
        "number": "invoice_number",
        "issue_date": "issue_date",
        "total": "total",
        "currency": "currency",
        "vendor": "vendor_name",
        "net": "net_total",
        "tax": "tax_total",
    }
    return {f"invoice.conf_{name}_bps": values.confidence_bps(case, field) for name, field in fields.items()}


def validate(case: CaseView) -> Facts:
    """Is the invoice complete, consistent, legible and from whom it says?"""
    vat_id = values.compact(values.text(case, "vendor_vat_id"))
    return {
        **amounts(case),
        **confidences(case),
        "document.hybrid_mismatch": XML_PAGE_MISMATCH in case.section("reading").get("findings", []),
        "sender.verified": sender_verified(case),
        "invoice.kind": values.text(case, "doc_type"),
        "invoice.number": values.text(case, "invoice_number"),
        "invoice.preceding_number": values.text(case, "preceding_number"),
        "invoice.vendor": values.text(case, "vendor_name"),
        "invoice.vendor_vat_id": vat_id,
        "invoice.vendor_vat_id_valid": vat_id_valid(vat_id),
        "invoice.issue_date": values.text(case, "issue_date"),
        "invoice.received_on": str(case.input["received_on"]),
        "invoice.due_date": values.text(case, "due_date"),
        "invoice.lines_sum": values.lines_sum(case),
    }


def validate_document(case: CaseView) -> Facts:
    """Since version 2 also: is the document what its kind demands, and does it show everybody the same?"""
    found = frozenset(case.section("reading").get("findings", ()))
    return {
        **validate(case),
        "sender.verified": sender_verified(case) and mail_verified(case),
        "document.breaks_rules": not found.isdisjoint(BROKEN_RULES),
        "document.not_validated": "not_validated" in found,
        "document.shadow_values": not found.isdisjoint(SHADOW),
        "document.hidden_text": "hidden_text" in found,
    }


def contacts(case: CaseView) -> Sequence[Contact]:
    """The supplier in the vendor master, and who wrote the case's mail unless that is not known for this supplier."""
    supplier = values.supplier(case)
    wrote = who_wrote(case) if supplier is None or sender_verified(case) else []
    return [*on_record(supplier, of="vendor master"), *wrote]


def mail_verified(case: CaseView) -> bool:
    """Whether the domain in From has vouched for the mail that the document came with; true where none was fetched."""
    verification = case.input.get("mail", {}).get("verification")
    return verification is None or verification.get("sender_verified", {}).get("value") == "pass"


def vat_id_valid(vat_id: str | None) -> bool | None:
    """Whether form and check digits are right; None without an id or for a country whose rules are not known."""
    if not vat_id:
        return None
    rules = get_cc_module(vat_id[:2].lower(), "vat")
    return bool(rules.is_valid(vat_id)) if rules is not None else None


def sender_verified(case: CaseView) -> bool:
    """Whether the sender is known for this supplier.

    Mail and portal: the address is one of the vendor master's, or of the same domain. Peppol: the network has
    authenticated the participant, whose VAT id must be the supplier's.
    """
    supplier = values.supplier(case)
    if supplier is None:
        return False
    sender = str(case.input["sender"]).casefold()
    if case.input["channel"] == "peppol":
        return sender.rpartition(":")[2] == str(supplier["vat_id"]).casefold()
    known = [str(address).casefold() for address in supplier.get("emails", ())]
    domains = {address.rpartition("@")[2] for address in known}
    return sender in known or ("@" in sender and sender.rpartition("@")[2] in domains)


def duplicate(case: CaseView) -> Facts:
    """Was it here before?"""
    found = case.section("duplicate")
    return {
        "duplicate.exact": found.get("exact"),
        "duplicate.fuzzy": found.get("fuzzy"),
        "duplicate.of": found.get("of"),
    }


def matched(case: CaseView, *, added: Mapping[int, int] | None = None) -> Match:
    """The invoice compared with its order; `added` are the pairs that count beside it, else those a person entered."""
    return match_order(
        values.lines(case),
        values.order(case),
        net=values.decimal(case.value("net_total")),
        currency=values.currency(case) or "",
        added=entered_pairs(case) if added is None else added,
    )


def match(case: CaseView) -> Facts:
    """Supplier, bank account, order, price, quantity: is it what was agreed and received?"""
    return compared(case, matched(case), account=values.text(case, "gl_account"))


def compared(case: CaseView, found: Match, *, account: str | None) -> Facts:
    """The facts of the match, by this comparison and with this account for lines without an order."""
    return {
        **supplier_facts(case),
        **bank_facts(case),
        **order_facts(case),
        **amounts(case),
        **match_facts(found, account=account),
    }


def supplier_facts(case: CaseView) -> dict[str, FactValue]:
    """The vendor master's word on the supplier."""
    supplier = values.supplier(case) or {}
    return {
        "supplier.found": values.supplier(case) is not None,
        "supplier.id": supplier.get("supplier_id"),
        "supplier.blocked": supplier.get("blocked"),
        "supplier.country": supplier.get("country"),
        "supplier.vat_id": values.compact(supplier.get("vat_id")),
        "invoice.vendor_vat_id": values.compact(values.text(case, "vendor_vat_id")),
        "invoice.issue_date": values.text(case, "issue_date"),
    }


def bank_facts(case: CaseView) -> dict[str, FactValue]:
    """Is the account on the document the one we know, and for how long?"""
    supplier = values.supplier(case)
    iban = values.compact(values.text(case, "iban"))
    known = {values.compact(str(account)) for account in supplier["ibans"]} if supplier else set()
    changed = supplier.get("bank_changed_on") if supplier else None
    received = date.fromisoformat(str(case.input["received_on"]))
    return {
        "payee.iban_matches": iban in known if iban and supplier else None,
        "payee.iban_country": iban[:2] if iban else None,
        "supplier.bank_changed_days": (received - date.fromisoformat(str(changed))).days if changed else None,
    }


def order_facts(case: CaseView) -> dict[str, FactValue]:
    """The order's own data."""
    order = values.order(case)
    if order is None:
        return {"order.found": False}
    return {
        "order.found": True,
        "order.number": order["number"],
        "order.state": order["state"],
        "order.supplier_id": order["supplier_id"],
        "order.currency": order["currency"],
        "order.date": order.get("ordered_on"),
        "order.open_total": matched(case).open_total_minor,
    }


def match_facts(found: Match, *, account: str | None) -> dict[str, FactValue]:
    """The comparison line by line, reduced to its largest deviations."""
    return {
        "coding.complete": bool(found.pairs) and (found.matched or account is not None),
        "match.category": found.category,
        "match.matched": found.matched,
        "match.price_excess_bps": found.price_excess_bps,
        "match.price_excess_minor": found.price_excess_minor,
        "match.qty_over_receipt_milli": found.over_receipt_milli,
        "match.qty_over_order_milli": found.over_order_milli,
        "match.total_over_minor": found.total_over_minor,
        "match.total_under_minor": found.total_under_minor,
    }


def draft(case: CaseView) -> Facts:
    """May it be entered: who is paid, how much, by whose authority?"""
    payee = case.fact("supplier_id")
    amount = payable_amount(case)
    return {
        "supplier.found": values.supplier(case) is not None,
        "supplier.blocked": (values.supplier(case) or {}).get("blocked"),
        "invoice.total": values.money(case, "total"),
        "invoice.currency": values.currency(case),
        "invoice.kind": values.text(case, "doc_type"),
        "amount.source": "matched_to_order" if amount is not None else "document",
        "payee.source": payee.source.kind.value if payee else None,
    }


def attach(case: CaseView) -> Facts:
    """Is it the document that arrived?"""
    return {
        "document.sha256": case.section("reading").get("sha256"),
        "document.intake_sha256": str(case.input["document"]),
    }


def post(case: CaseView) -> Facts:
    """Does the ERP hold exactly what was approved?"""
    invoice = case.section("results").get("draft_invoice", {}).get("invoice") or {}
    total = values.decimal(invoice.get("total"))
    return {
        "invoice.currency": values.currency(case),
        "erp.total": minor_units(total, invoice.get("currency")) if total is not None else None,
        "erp.currency": invoice.get("currency"),
        "erp.state": invoice.get("state"),
        "erp.supplier_id": invoice.get("supplier_id"),
        "erp.warnings": 0,
        "approved.total": values.money(case, "total"),
        "approved.supplier_id": draft_arguments(case).get("supplier_id"),
    }


def cancel(case: CaseView) -> Facts:
    """Is there a draft of ours to take back?"""
    return {"erp.state": (case.section("results").get("draft_invoice", {}).get("invoice") or {}).get("state")}
