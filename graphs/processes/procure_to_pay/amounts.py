"""Who is paid, and how much: protected arguments, which accept only named sources."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from graphs.processes.procure_to_pay import advice, values
from graphs.processes.procure_to_pay.matching import LinePair, pair_lines
from graphs.state import CaseView
from graphs.steps import ActionDraft
from policies.approval import Outstanding
from policies.fact import Fact, Integrity, Source, SourceKind
from policies.promotion import approved_by_person, matched_to_order
from policies.verdict import Verdict
from tools.errors import Permanent

STANDARD_RATES = ("0", "0.05", "0.055", "0.06", "0.07", "0.09", "0.10", "0.13", "0.19", "0.20", "0.21", "0.22", "0.23")
RATE_TOLERANCE = Decimal("0.02")
SETTLED = Outstanding(approvals_needed=0, excluded=())


def total_fact(case: CaseView) -> Fact | None:
    """The document's total in minor units, with its provenance."""
    fact = case.fact("total")
    minor = values.money(case, "total")
    return fact.model_copy(update={"value": minor}) if fact is not None and minor is not None else None


def payable_amount(case: CaseView) -> Fact | None:
    """The amount as the promotion `matched_to_order` trusts it, None if the match was not clean."""
    total = total_fact(case)
    judged = advice.match_judgement(case).get("judged")
    order = values.order(case)
    if total is None or judged is None or order is None:
        return None
    verdict = Verdict.model_validate(judged)
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref=f"order {order['number']}", reader="erp")
    known = Fact(value=str(order["number"]), confidence=1.0, source=source, integrity=Integrity.TRUSTED)
    received = ",".join(str(line["received_quantity"]) for line in order["lines"])
    receipt = known.model_copy(update={"value": received})
    return matched_to_order(total, order={"number": known}, receipt={"received": receipt}, verdict=verdict)


def approved_amount(case: CaseView) -> Fact | None:
    """The amount as a person's approval trusts it: the draft was settled under this digest."""
    total = total_fact(case)
    judged = case.section("judgements").get("propose_draft", {})
    given = [item for item in case.section("approvals").values() if item["of"] == "propose_draft"]
    if total is None or not given or "draft_invoice" not in case.section("results"):
        return None
    return approved_by_person(total, digest=str(judged.get("digest", "")), outstanding=SETTLED)


def _known(name: str, fact: Fact | None) -> Fact:
    if fact is None:
        raise Permanent(f"{name} is unknown", code="protected_argument")
    return fact


def as_written(amount: Fact, case: CaseView) -> Fact:
    """The amount in the form the document has, with its source. Raises `Permanent` if that is another amount."""
    if values.money(case, "total") != amount.value:
        raise Permanent("the amount to be posted is not the document's", code="protected_argument")
    return amount.model_copy(update={"value": str(case.value("total"))})


def draft_arguments(case: CaseView) -> Mapping[str, Any]:
    """What was proposed for the draft."""
    action = case.section("judgements").get("propose_draft", {}).get("action") or {}
    arguments: Mapping[str, Any] = action.get("arguments", {})
    return arguments


def draft_invoice(case: CaseView) -> ActionDraft:
    """The invoice as it is to be entered; the payee comes from the vendor master only."""
    supplier_id = _known("supplier_id", case.fact("supplier_id"))
    order = values.order(case)
    pairs = pair_lines(values.lines(case), order["lines"] if order else (), added=advice.line_pairs(case))
    sign = Decimal(-1) if values.text(case, "doc_type") == values.CREDIT_NOTE else Decimal(1)
    rates = line_rates(case, pairs)
    reference = values.text(case, "invoice_number")
    account = advice.account(case)
    lines = [_draft_line(pair, rate, sign, account) for pair, rate in zip(pairs, rates, strict=True)]
    arguments = {
        "supplier_id": supplier_id,
        "reference": reference,
        "invoice_date": values.text(case, "issue_date"),
        "currency": values.currency(case),
        "lines": lines,
    }
    return ActionDraft(tool="erp.invoice.draft", arguments=arguments, business_key=f"{supplier_id.value}/{reference}")


def _draft_line(pair: LinePair, rate: Decimal, sign: Decimal, account: str | None) -> dict[str, Any]:
    return {
        "description": pair.description,
        "quantity": format(pair.quantity * sign, "f"),
        "unit_price": format(pair.unit_price, "f"),
        "tax_rate": format(rate, "f"),
        "order_line_id": pair.ordered["line_id"] if pair.ordered else None,
        "product_code": pair.ordered["product_code"] if pair.ordered else None,
        "account_code": None if pair.ordered else account,
    }


def line_rates(case: CaseView, pairs: tuple[LinePair, ...]) -> list[Decimal]:
    """Each line's tax rate: the order's, else the document's, else the one rate that explains the total tax."""
    single = single_rate(values.decimal(case.value("net_total")), values.decimal(case.value("tax_total")))
    return [
        _first_known(pair.ordered and pair.ordered.get("tax_rate"), line.get("tax_rate"), otherwise=single)
        for pair, line in zip(pairs, values.lines(case), strict=True)
    ]


def _first_known(*stated: Any, otherwise: Decimal) -> Decimal:
    known = (values.decimal(rate) for rate in stated)
    return next((rate for rate in known if rate is not None), otherwise)


def single_rate(net: Decimal | None, tax: Decimal | None) -> Decimal:
    """The standard rate at which `net` gives `tax`; 0 where none does (the read-back then stops the case)."""
    if not net or tax is None:
        return Decimal(0)
    candidates = [Decimal(rate) for rate in STANDARD_RATES]
    best = min(candidates, key=lambda rate: abs(abs(net) * rate - abs(tax)))
    return best if abs(abs(net) * best - abs(tax)) <= RATE_TOLERANCE else Decimal(0)


def drafted(case: CaseView) -> Mapping[str, Any]:
    """The draft as the ERP returned it."""
    invoice: Mapping[str, Any] = case.section("results")["draft_invoice"]["invoice"]
    return invoice


def attach_document(case: CaseView) -> ActionDraft:
    """The original, attached to the draft."""
    arguments = {"invoice_id": drafted(case)["invoice_id"], "document_sha256": case.section("reading")["sha256"]}
    return ActionDraft(tool="erp.invoice.attach", arguments=arguments, business_key=str(case.input["document"]))


def post_invoice(case: CaseView) -> ActionDraft:
    """The posting, for exactly the amount that was matched or approved."""
    total = _known("total", payable_amount(case) or approved_amount(case))
    currency = values.currency(case)
    invoice = drafted(case)
    arguments = {
        "invoice_id": invoice["invoice_id"],
        "expected_total": as_written(total, case),
        "currency": currency,
    }
    return ActionDraft(
        tool="erp.invoice.post", arguments=arguments, business_key=f"{invoice['invoice_id']}/{total.value}"
    )


def cancel_invoice(case: CaseView) -> ActionDraft:
    """Take the draft back."""
    arguments = {"invoice_id": drafted(case)["invoice_id"]}
    return ActionDraft(tool="erp.invoice.cancel", arguments=arguments, business_key=str(arguments["invoice_id"]))
