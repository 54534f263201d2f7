"""UN/CEFACT cross industry documents: CII invoices, ZUGFeRD 1 and Order-X."""

from __future__ import annotations

from dataclasses import dataclass

from tools.document.errors import NotAnInvoiceOrOrder
from tools.document.reading import DocumentKind, Line
from tools.document.type_codes import billing_type, order_type
from tools.document.xml_fields import XmlFields, XmlReading
from tools.document.xml_tree import Element, children, first_text, local_name, text_of

_NUMBER_FIELDS = {
    "purchase_order": "order_number",
    "order_change": "order_number",
    "order_confirmation": "confirmation_number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The element names of one dialect."""

    document: str
    transaction: str
    agreement: str
    settlement: str
    summation: str
    line_agreement: str
    line_delivery: str
    line_settlement: str
    line_summations: tuple[str, ...]
    order: bool = False


def _current(*, order: bool) -> _Shape:
    return _Shape(
        document="ExchangedDocument",
        transaction="SupplyChainTradeTransaction",
        agreement="ApplicableHeaderTradeAgreement",
        settlement="ApplicableHeaderTradeSettlement",
        summation="SpecifiedTradeSettlementHeaderMonetarySummation",
        line_agreement="SpecifiedLineTradeAgreement",
        line_delivery="SpecifiedLineTradeDelivery",
        line_settlement="SpecifiedLineTradeSettlement",
        line_summations=(
            "SpecifiedTradeSettlementLineMonetarySummation",
            "SpecifiedTradeSettlementMonetarySummation",
        ),
        order=order,
    )


_SHAPES = {
    "CrossIndustryInvoice": _current(order=False),
    "SCRDMCCBDACIOMessageStructure": _current(order=True),
    "CrossIndustryDocument": _Shape(
        document="HeaderExchangedDocument",
        transaction="SpecifiedSupplyChainTradeTransaction",
        agreement="ApplicableSupplyChainTradeAgreement",
        settlement="ApplicableSupplyChainTradeSettlement",
        summation="SpecifiedTradeSettlementMonetarySummation",
        line_agreement="SpecifiedSupplyChainTradeAgreement",
        line_delivery="SpecifiedSupplyChainTradeDelivery",
        line_settlement="SpecifiedSupplyChainTradeSettlement",
        line_summations=("SpecifiedTradeSettlementMonetarySummation",),
    ),
}


def is_cii(root: Element) -> bool:
    """Whether `root` is a cross industry document this module reads."""
    return local_name(root) in _SHAPES


def read_cii(root: Element) -> XmlReading:
    """The fields of a cross industry document.

    Raises `AmountNotANumber`, `DateNotADate`, or `NotAnInvoiceOrOrder` where it has no transaction.
    """
    shape = _SHAPES[local_name(root)]
    trade = next(children(root, shape.transaction), None)
    if trade is None:
        raise NotAnInvoiceOrOrder(f"{local_name(root)} has no {shape.transaction}")
    fields = XmlFields()
    _header(fields, root, trade, shape)
    _parties(fields, trade, shape)
    _totals(fields, trade, shape)
    elements = children(trade, "IncludedSupplyChainTradeLineItem")
    lines = tuple(line for element in elements if (line := _line(fields, element, shape)) is not None)
    fields.check_arithmetic()
    kind = DocumentKind.ORDER_XML if shape.order else DocumentKind.XML_CII
    return XmlReading(kind=kind, values=fields.values, lines=lines, findings=tuple(fields.findings))


def _header(fields: XmlFields, root: Element, trade: Element, shape: _Shape) -> None:
    code = first_text(root, f"{shape.document}/TypeCode")
    doc_type = order_type(code) if shape.order else billing_type(code)
    fields.put("doc_type", doc_type)
    fields.put(_NUMBER_FIELDS.get(doc_type, "invoice_number"), first_text(root, f"{shape.document}/ID"))
    fields.put_date("issue_date", first_text(root, f"{shape.document}/IssueDateTime/DateTimeString"))
    due = f"{shape.settlement}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"
    fields.put_date("due_date", first_text(trade, due))
    currency = (f"{shape.settlement}/InvoiceCurrencyCode", f"{shape.settlement}/OrderCurrencyCode")
    fields.put("currency", first_text(trade, *currency))
    if doc_type != "purchase_order":
        order = f"{shape.agreement}/BuyerOrderReferencedDocument"
        fields.put("po_number", first_text(trade, f"{order}/IssuerAssignedID", f"{order}/ID"))
    if not shape.order:
        _preceding(fields, trade, f"{shape.settlement}/InvoiceReferencedDocument")


def _preceding(fields: XmlFields, trade: Element, path: str) -> None:
    """The invoice that a credit note or a corrected invoice refers to."""
    fields.put("preceding_number", first_text(trade, f"{path}/IssuerAssignedID"))
    fields.put_date("preceding_date", first_text(trade, f"{path}/FormattedIssueDateTime/DateTimeString"))
    fields.note_several("preceding_number", len(list(children(trade, path))))


def _parties(fields: XmlFields, trade: Element, shape: _Shape) -> None:
    seller = f"{shape.agreement}/SellerTradeParty"
    fields.put("vendor_name", first_text(trade, f"{seller}/Name"))
    fields.put("buyer_name", first_text(trade, f"{shape.agreement}/BuyerTradeParty/Name"))
    for registration in children(trade, f"{seller}/SpecifiedTaxRegistration/ID"):
        if registration.get("schemeID") == "VA":
            fields.put("vendor_vat_id", text_of(registration))
    account = f"{shape.settlement}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount"
    fields.put("iban", first_text(trade, f"{account}/IBANID"))


def _totals(fields: XmlFields, trade: Element, shape: _Shape) -> None:
    totals = f"{shape.settlement}/{shape.summation}"
    fields.put_amount("net_total", first_text(trade, f"{totals}/TaxBasisTotalAmount"))
    fields.put_amount("total", first_text(trade, f"{totals}/GrandTotalAmount"))
    # Order-X has no payable amount; UBL orders do, and it is the total.
    due = (f"{totals}/DuePayableAmount", *((f"{totals}/GrandTotalAmount",) if shape.order else ()))
    fields.put_amount("amount_due", first_text(trade, *due))
    fields.put_tax_total(list(children(trade, f"{totals}/TaxTotalAmount")))


def _line(fields: XmlFields, element: Element, shape: _Shape) -> Line | None:
    """The line, or None for a group or note line, which carries no amount."""
    paths = (f"{shape.line_settlement}/{name}/LineTotalAmount" for name in shape.line_summations)
    amount = first_text(element, *paths)
    if amount is None:
        return None
    delivery = shape.line_delivery
    return fields.line(
        description=first_text(element, "SpecifiedTradeProduct/Name"),
        quantity=first_text(element, f"{delivery}/BilledQuantity", f"{delivery}/RequestedQuantity"),
        unit_price=first_text(element, f"{shape.line_agreement}/NetPriceProductTradePrice/ChargeAmount"),
        amount=amount,
    )
