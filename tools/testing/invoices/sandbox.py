"""The sandbox's suppliers and orders, from the file that also fills the ERP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from tools.testing.invoices.document import Line, Party

UNIT_CODES = {"unit": "C62", "hour": "HUR", "day": "DAY"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Company(_Part):
    """A company with an address."""

    name: str
    vat_id: str
    street: str
    postal_code: str
    city: str
    country: str
    email: str

    def party(self, *, iban: str = "", bic: str = "") -> Party:
        """The company as it stands on a document."""
        return Party(
            name=self.name,
            street=self.street,
            postcode=self.postal_code,
            city=self.city,
            country=self.country,
            vat_id=self.vat_id,
            email=self.email,
            iban=iban,
            bic=bic,
        )


class Supplier(Company):
    """A supplier of the vendor master; the first IBAN is the one it prints."""

    code: str
    language: str
    ibans: tuple[str, ...]
    bic: str
    blocked: bool

    def vendor(self) -> Party:
        """The supplier with its bank account."""
        return self.party(iban=self.ibans[0], bic=self.bic)


class Product(_Part):
    """A product; `unit` is the ERP's word for it."""

    code: str
    unit: str


class OrderLine(_Part):
    """A line of an order; `tax_rate` is a fraction."""

    product: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    received: Decimal


class Order(_Part):
    """A purchase order as it was sent to the supplier."""

    number: str
    supplier: str
    currency: str
    ordered_on: date
    lines: tuple[OrderLine, ...]


class PaymentTerm(_Part):
    """The company's terms of payment."""

    days: int


class Sandbox(_Part):
    """Everything the documents are made to fit."""

    company: Company
    payment_term: PaymentTerm
    products: tuple[Product, ...]
    suppliers: tuple[Supplier, ...]
    orders: tuple[Order, ...]

    def order(self, number: str) -> Order:
        """The order of this number. Raises `KeyError`."""
        for order in self.orders:
            if order.number == number:
                return order
        raise KeyError(f"the sandbox has no order {number}")

    def supplier(self, code: str) -> Supplier:
        """The supplier of this code. Raises `KeyError`."""
        for supplier in self.suppliers:
            if supplier.code == code:
                return supplier
        raise KeyError(f"the sandbox has no supplier {code}")

    def lines(self, order: Order) -> tuple[Line, ...]:
        """The order's lines as an invoice for all of it states them."""
        units = {product.code: UNIT_CODES[product.unit] for product in self.products}
        return tuple(
            Line(
                description=line.description,
                quantity=line.quantity,
                unit=units[line.product],
                unit_price=line.unit_price,
                tax_rate=(line.tax_rate * 100).normalize(),
                item_code=line.product,
            )
            for line in order.lines
        )


def load_sandbox() -> Sandbox:
    """Read `tools/testing/purchasing.json`."""
    text = (files("tools.testing") / "purchasing.json").read_text(encoding="utf-8")
    return Sandbox.model_validate_json(text)
