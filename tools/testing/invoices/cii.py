"""UN/CEFACT cross-industry XML: invoices and credit notes in the EN 16931 profile of Factur-X, orders as
Order-X.
"""

from __future__ import annotations

from datetime import date

from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, Party
from tools.testing.invoices.markup import Element, Markup, amount, serialized

GUIDELINE = "urn:cen.eu:en16931:2017"
ORDER_GUIDELINE = "urn:order-x.eu:1p0:comfort"
TYPE_CODES = {
    DocumentKind.INVOICE: "380",
    DocumentKind.CREDIT_NOTE: "381",
    DocumentKind.PURCHASE_ORDER: "220",
}
ORDER_MESSAGE = "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"
_STANDARD = "urn:un:unece:uncefact:data:standard"


def cii_xml(document: BusinessDocument) -> bytes:
    """`document` as CII (invoice, credit note) or Order-X (order). The same document gives the same bytes."""
    return _Cii(document).build()


class _Cii:
    def __init__(self, document: BusinessDocument) -> None:
        self.document = document
        self.order = document.kind is DocumentKind.PURCHASE_ORDER
        version = "128" if self.order else "100"
        message = ORDER_MESSAGE if self.order else f"{_STANDARD}:CrossIndustryInvoice:100"
        self.markup = Markup(
            {
                "rsm": message,
                "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:{version}",
                "qdt": f"{_STANDARD}:QualifiedDataType:{version}",
                "udt": f"{_STANDARD}:UnqualifiedDataType:{version}",
            }
        )

    def build(self) -> bytes:
        add = self.markup.add
        root = self.markup.root("rsm:SCRDMCCBDACIOMessageStructure" if self.order else "rsm:CrossIndustryInvoice")
        context = add(root, "rsm:ExchangedDocumentContext")
        guideline = add(context, "ram:GuidelineSpecifiedDocumentContextParameter")
        add(guideline, "ram:ID", ORDER_GUIDELINE if self.order else GUIDELINE)
        self._header(root)
        transaction = add(root, "rsm:SupplyChainTradeTransaction")
        for position, line in enumerate(self.document.lines, start=1):
            self._line(transaction, position, line)
        self._agreement(add(transaction, "ram:ApplicableHeaderTradeAgreement"))
        self._delivery(add(transaction, "ram:ApplicableHeaderTradeDelivery"))
        self._settlement(add(transaction, "ram:ApplicableHeaderTradeSettlement"))
        return serialized(root)

    def _header(self, root: Element) -> None:
        document, add, say = self.document, self.markup.add, self.markup.say
        header = add(root, "rsm:ExchangedDocument")
        say(header, "ram:ID", document.number)
        say(header, "ram:TypeCode", TYPE_CODES[document.kind])
        self._date(add(header, "ram:IssueDateTime"), document.issue_date)
        if document.note:
            say(add(header, "ram:IncludedNote"), "ram:Content", document.note)

    def _date(self, parent: Element, day: date) -> None:
        self.markup.add(parent, "udt:DateTimeString", f"{day:%Y%m%d}", format="102")

    def _line(self, transaction: Element, position: int, line: Line) -> None:
        add, say = self.markup.add, self.markup.say
        element = add(transaction, "ram:IncludedSupplyChainTradeLineItem")
        say(add(element, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(position))
        product = add(element, "ram:SpecifiedTradeProduct")
        say(product, "ram:BuyerAssignedID", line.item_code)
        say(product, "ram:Name", line.description)
        price = add(add(element, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
        say(price, "ram:ChargeAmount", amount(line.unit_price))
        delivery = add(element, "ram:SpecifiedLineTradeDelivery")
        quantity = "ram:RequestedQuantity" if self.order else "ram:BilledQuantity"
        say(delivery, quantity, amount(line.quantity), unitCode=line.unit)
        settlement = add(element, "ram:SpecifiedLineTradeSettlement")
        tax = add(settlement, "ram:ApplicableTradeTax")
        say(tax, "ram:TypeCode", "VAT")
        say(tax, "ram:CategoryCode", "S" if line.tax_rate else "Z")
        say(tax, "ram:RateApplicablePercent", amount(line.tax_rate))
        summation = add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
        say(summation, "ram:LineTotalAmount", amount(line.amount))

    def _agreement(self, agreement: Element) -> None:
        add, say = self.markup.add, self.markup.say
        self._party(add(agreement, "ram:SellerTradeParty"), self.document.vendor)
        self._party(add(agreement, "ram:BuyerTradeParty"), self.document.buyer)
        if self.document.po_number and not self.order:
            reference = add(agreement, "ram:BuyerOrderReferencedDocument")
            say(reference, "ram:IssuerAssignedID", self.document.po_number)

    def _party(self, element: Element, party: Party) -> None:
        add, say = self.markup.add, self.markup.say
        say(element, "ram:Name", party.name)
        address = add(element, "ram:PostalTradeAddress")
        say(address, "ram:PostcodeCode", party.postcode)
        say(address, "ram:LineOne", party.street)
        say(address, "ram:CityName", party.city)
        say(address, "ram:CountryID", party.country)
        if party.email:
            say(add(element, "ram:URIUniversalCommunication"), "ram:URIID", party.email, schemeID="EM")
        if party.vat_id:
            say(add(element, "ram:SpecifiedTaxRegistration"), "ram:ID", party.vat_id, schemeID="VA")

    def _delivery(self, delivery: Element) -> None:
        """Invoices: delivered on the day of issue. Orders: asked for by the due date, if there is one."""
        add = self.markup.add
        if not self.order:
            event = add(delivery, "ram:ActualDeliverySupplyChainEvent")
            self._date(add(event, "ram:OccurrenceDateTime"), self.document.issue_date)
        elif self.document.due_date:
            event = add(delivery, "ram:RequestedDeliverySupplyChainEvent")
            self._date(add(event, "ram:OccurrenceDateTime"), self.document.due_date)

    def _settlement(self, settlement: Element) -> None:
        document, add, say = self.document, self.markup.add, self.markup.say
        if self.order:
            say(settlement, "ram:OrderCurrencyCode", document.currency)
            self._summation(settlement)
            return
        say(settlement, "ram:PaymentReference", document.number)
        say(settlement, "ram:InvoiceCurrencyCode", document.currency)
        self._payment_means(settlement)
        for subtotal in document.taxes:
            tax = add(settlement, "ram:ApplicableTradeTax")
            say(tax, "ram:CalculatedAmount", amount(subtotal.tax))
            say(tax, "ram:TypeCode", "VAT")
            say(tax, "ram:BasisAmount", amount(subtotal.base))
            say(tax, "ram:CategoryCode", "S" if subtotal.rate else "Z")
            say(tax, "ram:RateApplicablePercent", amount(subtotal.rate))
        terms = add(settlement, "ram:SpecifiedTradePaymentTerms")
        say(terms, "ram:Description", f"{document.payment_days} days net")
        if document.due_date:
            self._date(add(terms, "ram:DueDateDateTime"), document.due_date)
        self._summation(settlement)
        if document.preceding_number:
            reference = add(settlement, "ram:InvoiceReferencedDocument")
            say(reference, "ram:IssuerAssignedID", document.preceding_number)

    def _payment_means(self, settlement: Element) -> None:
        vendor, add, say = self.document.vendor, self.markup.add, self.markup.say
        if not vendor.iban:
            return
        means = add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        say(means, "ram:TypeCode", "58")
        say(add(means, "ram:PayeePartyCreditorFinancialAccount"), "ram:IBANID", vendor.iban)
        if vendor.bic:
            institution = add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution")
            say(institution, "ram:BICID", vendor.bic)

    def _summation(self, settlement: Element) -> None:
        document, add, say = self.document, self.markup.add, self.markup.say
        summation = add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
        say(summation, "ram:LineTotalAmount", amount(document.net_total))
        say(summation, "ram:TaxBasisTotalAmount", amount(document.net_total))
        say(summation, "ram:TaxTotalAmount", amount(document.tax_total), currencyID=document.currency)
        say(summation, "ram:GrandTotalAmount", amount(document.total))
        if not self.order:
            say(summation, "ram:DuePayableAmount", amount(document.amount_due))
