"""The purchasing data file, as the values of the ERP port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.erp.port import DraftInvoice, DraftLine, OrderLine, OrderState, Product, PurchaseOrder, Supplier

SEED = Path(__file__).parent / "purchasing.json"
EXPENSE_ACCOUNTS = {
    "2.2.1": "Accrued Expenses (Including Payroll)",
    "5.1.1": "Merchandise, Material, Parts And Supplies",
    "5.1.3": "Services",
    "5.2.1": "Cost Of Sales",
    "5.2.3": "Credit Loss (Reversal) On Receivables",
}
"""The accounts of Tryton's universal chart that a line may be booked on, with their titles."""

DEFAULT_EXPENSE_ACCOUNT = "2.2.1"
"""Where the sandbox books a line that names no account."""

RAW_STATES = {"open": "processing", "draft": "draft", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpSeed:
    """Master data and orders. `line_rates` is the tax rate each order line was ordered with."""

    currency: str
    tax_rates: frozenset[Decimal]
    products: tuple[Product, ...]
    prices: dict[str, Decimal]
    closed_periods: frozenset[str]
    suppliers: tuple[Supplier, ...]
    orders: tuple[PurchaseOrder, ...]
    line_rates: dict[str, Decimal]
    posted_invoices: tuple[DraftInvoice, ...]


def read_seed(data: dict[str, Any]) -> ErpSeed:
    """The values of the file's JSON. Supplier ids are its supplier codes, line ids `NUMBER/POSITION`."""
    categories = {product["code"]: product["category"] for product in data["products"]}
    return ErpSeed(
        currency=data["company"]["currency"],
        tax_rates=frozenset(Decimal(tax["rate"]) for tax in data["taxes"]),
        products=tuple(_product(product) for product in data["products"]),
        prices={product["code"]: Decimal(product["price"]) for product in data["products"]},
        closed_periods=frozenset(data["closed_periods"]),
        suppliers=tuple(_supplier(supplier) for supplier in data["suppliers"]),
        orders=tuple(_order(order, categories) for order in data["orders"]),
        line_rates={
            _line_id(order, position): Decimal(line["tax_rate"])
            for order in data["orders"]
            for position, line in enumerate(order["lines"], 1)
        },
        posted_invoices=tuple(_invoice(order, invoice) for order in data["orders"] for invoice in order["invoices"]),
    )


def _line_id(order: dict[str, Any], position: int) -> str:
    return f"{order['number']}/{position}"


def _product(described: dict[str, Any]) -> Product:
    return Product(
        code=described["code"],
        name=described["name"],
        category=described["category"],
        unit=described["unit"].capitalize(),
        tax_rate=Decimal(described["tax_rate"]),
    )


def _supplier(described: dict[str, Any]) -> Supplier:
    return Supplier(
        supplier_id=described["code"],
        name=described["name"],
        vat_id=described["vat_id"],
        ibans=tuple(described["ibans"]),
        blocked=described["blocked"],
        country=described["country"],
        bank_changed_on=date.fromisoformat(described["bank_changed_on"]),
        created_on=date.fromisoformat(described["created_on"]),
        emails=(described["email"],),
    )


def _order(described: dict[str, Any], categories: dict[str, Any]) -> PurchaseOrder:
    arrived = described["state"] == "open"
    lines = tuple(
        OrderLine(
            line_id=_line_id(described, position),
            product_code=line["product"],
            description=line["description"],
            category=categories[line["product"]],
            quantity=Decimal(line["quantity"]),
            unit_price=Decimal(line["unit_price"]),
            received_quantity=Decimal(line["received"]) if arrived else Decimal(0),
            invoiced_quantity=Decimal(0),
            tax_rate=Decimal(line["tax_rate"]),
        )
        for position, line in enumerate(described["lines"], 1)
    )
    return PurchaseOrder(
        number=described["number"],
        supplier_id=described["supplier"],
        currency=described["currency"],
        state=OrderState(described["state"]),
        raw_state=RAW_STATES[described["state"]],
        ordered_on=date.fromisoformat(described["ordered_on"]),
        net_total=sum((line.quantity * line.unit_price for line in lines), Decimal("0.00")),
        requested_by=described["requested_by"],
        lines=lines,
    )


def _invoice(order: dict[str, Any], described: dict[str, Any]) -> DraftInvoice:
    lines: list[DraftLine] = []
    for row in described["lines"]:
        ordered = order["lines"][row["line"] - 1]
        lines.append(
            DraftLine(
                description=ordered["description"],
                quantity=Decimal(row["quantity"]),
                unit_price=Decimal(ordered["unit_price"]),
                tax_rate=Decimal(ordered["tax_rate"]),
                order_line_id=_line_id(order, row["line"]),
            )
        )
    return DraftInvoice(
        supplier_id=order["supplier"],
        reference=described["reference"],
        invoice_date=date.fromisoformat(described["invoice_date"]),
        currency=order["currency"],
        lines=tuple(lines),
    )
