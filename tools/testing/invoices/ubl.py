"""UBL 2.1: Invoice, CreditNote and Order, as EN 16931 and Peppol BIS use them."""

from __future__ import annotations

from decimal import Decimal

from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line, Party, TaxSubtotal
from tools.testing.invoices.markup import Element, Markup, amount, serialized

CUSTOMIZATION = "urn:cen.eu:en16931:2017"
ORDER_CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order:3"
ROOTS = {
    DocumentKind.INVOICE: "Invoice",
    DocumentKind.CREDIT_NOTE: "CreditNote",
    DocumentKind.PURCHASE_ORDER: "Order",
}
QUANTITIES = {DocumentKind.INVOICE: "cbc:InvoicedQuantity", DocumentKind.CREDIT_NOTE: "cbc:CreditedQuantity"}
_SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd"


def ubl_xml(document: BusinessDocument) -> bytes:
    """`document` as UBL 2.1. The same document gives the same bytes."""
    return _Ubl(document).build()


class _Ubl:
    def __init__(self, document: BusinessDocument) -> None:
        self.document = document
        self.order = document.kind is DocumentKind.PURCHASE_ORDER
        self.markup = Markup(
            {
                None: f"{_SCHEMA}:{ROOTS[document.kind]}-2",
                "cac": f"{_SCHEMA}:CommonAggregateComponents-2",
                "cbc": f"{_SCHEMA}:CommonBasicComponents-2",
            }
        )

    def build(self) -> bytes:
        root = self.markup.root(ROOTS[self.document.kind])
        self._header(root)
        self._parties(root)
        if not self.order:
            self._payment(root)
        self._tax_total(root)
        self._monetary_total(root)
        for position, line in enumerate(self.document.lines, start=1):
            self._line(root, position, line)
        return serialized(root)

    def _header(self, root: Element) -> None:
        document, say = self.document, self.markup.say
        say(root, "cbc:CustomizationID", ORDER_CUSTOMIZATION if self.order else CUSTOMIZATION)
        say(root, "cbc:ID", document.number)
        say(root, "cbc:IssueDate", document.issue_date.isoformat())
        match document.kind:
            case DocumentKind.INVOICE:
                say(root, "cbc:DueDate", document.due_date.isoformat() if document.due_date else "")
                say(root, "cbc:InvoiceTypeCode", "380")
            case DocumentKind.CREDIT_NOTE:
                say(root, "cbc:CreditNoteTypeCode", "381")
            case DocumentKind.PURCHASE_ORDER:
                say(root, "cbc:OrderTypeCode", "220")
        say(root, "cbc:Note", document.note)
        say(root, "cbc:DocumentCurrencyCode", document.currency)
        if document.po_number and not self.order:
            reference = self.markup.add(root, "cac:OrderReference")
            say(reference, "cbc:ID", document.po_number)
        if document.preceding_number and not self.order:
            billing = self.markup.add(root, "cac:BillingReference")
            invoice = self.markup.add(billing, "cac:InvoiceDocumentReference")
            say(invoice, "cbc:ID", document.preceding_number)

    def _parties(self, root: Element) -> None:
        buyer, vendor = self.document.buyer, self.document.vendor
        if self.order:
            self._party(self.markup.add(root, "cac:BuyerCustomerParty"), buyer)
            self._party(self.markup.add(root, "cac:SellerSupplierParty"), vendor)
            return
        self._party(self.markup.add(root, "cac:AccountingSupplierParty"), vendor)
        self._party(self.markup.add(root, "cac:AccountingCustomerParty"), buyer)

    def _party(self, role: Element, party: Party) -> None:
        add, say = self.markup.add, self.markup.say
        element = add(role, "cac:Party")
        say(element, "cbc:EndpointID", party.email, schemeID="EM")
        if party.name:
            say(add(element, "cac:PartyName"), "cbc:Name", party.name)
        address = add(element, "cac:PostalAddress")
        say(address, "cbc:StreetName", party.street)
        say(address, "cbc:CityName", party.city)
        say(address, "cbc:PostalZone", party.postcode)
        say(add(address, "cac:Country"), "cbc:IdentificationCode", party.country)
        if party.vat_id:
            scheme = add(element, "cac:PartyTaxScheme")
            say(scheme, "cbc:CompanyID", party.vat_id)
            say(add(scheme, "cac:TaxScheme"), "cbc:ID", "VAT")
        say(add(element, "cac:PartyLegalEntity"), "cbc:RegistrationName", party.name)

    def _payment(self, root: Element) -> None:
        document, add, say = self.document, self.markup.add, self.markup.say
        if document.vendor.iban:
            means = add(root, "cac:PaymentMeans")
            say(means, "cbc:PaymentMeansCode", "58")
            # UBL credit notes have no due date of their own.
            if document.kind is DocumentKind.CREDIT_NOTE and document.due_date:
                say(means, "cbc:PaymentDueDate", document.due_date.isoformat())
            say(means, "cbc:PaymentID", document.number)
            account = add(means, "cac:PayeeFinancialAccount")
            say(account, "cbc:ID", document.vendor.iban)
            if document.vendor.bic:
                say(add(account, "cac:FinancialInstitutionBranch"), "cbc:ID", document.vendor.bic)
        say(add(root, "cac:PaymentTerms"), "cbc:Note", f"{document.payment_days} days net")

    def _money(self, parent: Element, name: str, text: str) -> None:
        self.markup.say(parent, name, text, currencyID=self.document.currency)

    def _tax_total(self, root: Element) -> None:
        total = self.markup.add(root, "cac:TaxTotal")
        self._money(total, "cbc:TaxAmount", amount(self.document.tax_total))
        for subtotal in self.document.taxes:
            self._tax_subtotal(total, subtotal)

    def _tax_subtotal(self, total: Element, subtotal: TaxSubtotal) -> None:
        element = self.markup.add(total, "cac:TaxSubtotal")
        self._money(element, "cbc:TaxableAmount", amount(subtotal.base))
        self._money(element, "cbc:TaxAmount", amount(subtotal.tax))
        self._tax_category(element, "cac:TaxCategory", subtotal.rate)

    def _tax_category(self, parent: Element, name: str, rate: Decimal) -> None:
        category = self.markup.add(parent, name)
        self.markup.say(category, "cbc:ID", "S" if rate else "Z")
        self.markup.say(category, "cbc:Percent", amount(rate))
        self.markup.say(self.markup.add(category, "cac:TaxScheme"), "cbc:ID", "VAT")

    def _monetary_total(self, root: Element) -> None:
        document = self.document
        name = "cac:AnticipatedMonetaryTotal" if self.order else "cac:LegalMonetaryTotal"
        total = self.markup.add(root, name)
        self._money(total, "cbc:LineExtensionAmount", amount(document.net_total))
        self._money(total, "cbc:TaxExclusiveAmount", amount(document.net_total))
        self._money(total, "cbc:TaxInclusiveAmount", amount(document.total))
        self._money(total, "cbc:PayableAmount", amount(document.amount_due))

    def _line(self, root: Element, position: int, line: Line) -> None:
        add, say = self.markup.add, self.markup.say
        if self.order:
            element = add(add(root, "cac:OrderLine"), "cac:LineItem")
        else:
            element = add(root, f"cac:{ROOTS[self.document.kind]}Line")
        say(element, "cbc:ID", str(position))
        quantity = QUANTITIES.get(self.document.kind, "cbc:Quantity")
        say(element, quantity, amount(line.quantity), unitCode=line.unit)
        self._money(element, "cbc:LineExtensionAmount", amount(line.amount))
        if self.order:
            self._price(element, line)
        self._item(element, line)
        if not self.order:
            self._price(element, line)

    def _item(self, element: Element, line: Line) -> None:
        item = self.markup.add(element, "cac:Item")
        self.markup.say(item, "cbc:Name", line.description)
        if line.item_code:
            identification = self.markup.add(item, "cac:BuyersItemIdentification")
            self.markup.say(identification, "cbc:ID", line.item_code)
        self._tax_category(item, "cac:ClassifiedTaxCategory", line.tax_rate)

    def _price(self, element: Element, line: Line) -> None:
        price = self.markup.add(element, "cac:Price")
        self._money(price, "cbc:PriceAmount", amount(line.unit_price))
