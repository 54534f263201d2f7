"""What Tryton's records say in the words of the ERP port. Pure: records in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from tools.erp.port import (
    Attachment,
    InvoiceLine,
    InvoiceState,
    OrderLine,
    OrderState,
    PurchaseOrder,
    SimilarInvoice,
    Supplier,
    SupplierInvoice,
    UsedAccount,
)
from tools.errors import Permanent

KEY_PREFIX = "interlock:"
ORDER_STATES = {
    "draft": OrderState.DRAFT,
    "quotation": OrderState.DRAFT,
    "confirmed": OrderState.OPEN,
    "processing": OrderState.OPEN,
    "done": OrderState.CLOSED,
    "cancelled": OrderState.CANCELLED,
}
SUPPLIER_FIELDS = [
    "name", "active", "create_date", "tax_identifier.type",
    "tax_identifier.code_compact",
    "addresses.country.code", "contact_mechanisms.type", "contact_mechanisms.value", "categories.name",
    "bank_accounts.active", "bank_accounts.create_date",
    "bank_accounts.write_date", "bank_accounts.numbers.type", "bank_accounts.numbers.active",
    "bank_accounts.numbers.number_compact", "bank_accounts.numbers.create_date",
    "bank_accounts.numbers.write_date",
]  # fmt: skip
BANK_FIELDS = [
    "bank_accounts.active", "bank_accounts.numbers.type", "bank_accounts.numbers.active",
    "bank_accounts.numbers.number_compact",
]  # fmt: skip
ORDER_FIELDS = [
    "number", "state", "party", "purchase_date", "untaxed_amount", "currency.code", "quoted_by.rec_name",
    "lines.type", "lines.description", "lines.quantity", "lines.unit", "lines.unit_price", "lines.product.code",
    "lines.product.type", "lines.moves.state", "lines.moves.quantity", "lines.moves.unit",
    "lines.taxes.rate", "lines.moves.from_location.type", "lines.moves.to_location.type",
    "lines.invoice_lines.quantity",
    "lines.invoice_lines.unit", "lines.invoice_lines.invoice.state",
]  # fmt: skip
INVOICE_FIELDS = [
    "type", "number", "party", "reference", "invoice_date", "currency.code", "state", "untaxed_amount",
    "tax_amount", "total_amount", "description", "comment", "lines.type", "lines.description", "lines.quantity",
    "lines.unit_price", "lines.amount", "lines.origin", "amount_to_pay",
]  # fmt: skip
CREDITED_FIELDS = [
    "company", "party", "invoice_address", "account", "currency", "journal", "payment_term",
    "lines.type", "lines.description", "lines.quantity", "lines.unit_price", "lines.account", "lines.product",
    "lines.unit", "lines.taxes",
]  # fmt: skip
SIMILAR_FIELDS = ["number", "reference", "invoice_date", "total_amount", "currency.code", "state"]
ATTACHMENT_FIELDS = ["name", "resource", "data_size", "description"]


def marked(key: str) -> str:
    """The text that carries `key` in a searchable field."""
    return KEY_PREFIX + key


def key_in(text: str | None) -> str:
    """The key a searchable field carries, alone or as its last word; or nothing."""
    last = (text or "").rpartition(" ")[2]
    return last.removeprefix(KEY_PREFIX) if last.startswith(KEY_PREFIX) else ""


def beside_key(text: str | None) -> str:
    """What a field says that carries a key as its last word."""
    said, _, last = (text or "").rpartition(" ")
    return said if last.startswith(KEY_PREFIX) else text or ""


def exact(number: float | Decimal | int | None) -> Decimal:
    """A quantity or amount without binary noise or trailing zeros; Tryton's quantities are JSON numbers."""
    value = Decimal(str(number or 0)).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def money(amount: Decimal | None) -> Decimal:
    """An amount as Tryton wrote it; absent is zero."""
    return amount if amount is not None else Decimal("0.00")


def nested(record: dict[str, Any], field: str) -> dict[str, Any]:
    """The record a many-to-one field of `record` was read along with, or nothing."""
    return record.get(f"{field}.") or {}


def rows(record: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The records a one-to-many field of `record` was read along with."""
    return record.get(f"{field}.") or []


def supplier(record: dict[str, Any], *, blocked_category: str) -> Supplier:
    """A party; blocked when archived or in the blocking category."""
    accounts = [account for account in rows(record, "bank_accounts") if account["active"]]
    numbers = [number for account in accounts for number in rows(account, "numbers") if number["active"]]
    countries = [nested(address, "country").get("code") for address in rows(record, "addresses")]
    categories = {category["name"] for category in rows(record, "categories")}
    return Supplier(
        supplier_id=str(record["id"]),
        name=record["name"],
        vat_id=_vat_id(nested(record, "tax_identifier")),
        ibans=tuple(number["number_compact"] for number in numbers if number["type"] == "iban"),
        blocked=not record["active"] or blocked_category in categories,
        country=next((code for code in countries if code), ""),
        bank_changed_on=_last_touched([*accounts, *numbers]),
        created_on=record["create_date"],
        emails=tuple(contact["value"] for contact in rows(record, "contact_mechanisms") if contact["type"] == "email"),
    )


def accounts_by_iban(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The active bank accounts of a party, by the IBAN of each."""
    accounts = [account for account in rows(record, "bank_accounts") if account["active"]]
    numbered = [(number, account) for account in accounts for number in rows(account, "numbers")]
    return {
        number["number_compact"]: account
        for number, account in numbered
        if number["type"] == "iban" and number["active"]
    }


def _vat_id(identifier: dict[str, Any]) -> str:
    """The tax identifier with its country in front: a national type keeps it in the type, not the code."""
    if not identifier:
        return ""
    code: str = identifier["code_compact"]
    country = str(identifier["type"])[:2].upper()
    return code if identifier["type"] == "eu_vat" or code.startswith(country) else country + code


def _last_touched(records: Iterable[dict[str, Any]]) -> date | None:
    days: list[date] = [record["write_date"] or record["create_date"] for record in records]
    return max(days, default=None)


def order(record: dict[str, Any]) -> PurchaseOrder:
    """A purchase order with its lines. Raises `Permanent` for a state or unit nobody taught us."""
    state = ORDER_STATES.get(record["state"])
    if state is None:
        raise Permanent(f"order {record['number']} is in the unknown state {record['state']!r}", code="unknown_state")
    return PurchaseOrder(
        number=record["number"] or "",
        supplier_id=str(record["party"]),
        currency=nested(record, "currency")["code"],
        state=state,
        raw_state=record["state"],
        ordered_on=record["purchase_date"],
        net_total=money(record["untaxed_amount"]),
        requested_by=nested(record, "quoted_by").get("rec_name", ""),
        lines=tuple(_order_line(line) for line in rows(record, "lines") if line["type"] == "line"),
        order_id=str(record["id"]),
    )


def _order_line(line: dict[str, Any]) -> OrderLine:
    product = nested(line, "product")
    return OrderLine(
        line_id=str(line["id"]),
        product_code=product.get("code") or "",
        description=line["description"] or "",
        category="goods" if product.get("type") in ("goods", "assets") else "service",
        quantity=exact(line["quantity"]),
        unit_price=line["unit_price"],
        received_quantity=_received(line),
        invoiced_quantity=_invoiced(line),
        tax_rate=_tax_rate(line),
    )


def _tax_rate(line: dict[str, Any]) -> Decimal | None:
    """The rate of the line's one tax; None where there are several, or one without a rate."""
    taxes = rows(line, "taxes")
    if not taxes:
        return Decimal(0)
    return taxes[0]["rate"] if len(taxes) == 1 else None


def _received(line: dict[str, Any]) -> Decimal:
    """Quantity received less quantity sent back."""
    total = Decimal(0)
    for move in rows(line, "moves"):
        if move["state"] != "done":
            continue
        _same_unit(line, move)
        came = nested(move, "from_location").get("type") == "supplier"
        total += exact(move["quantity"]) if came else -exact(move["quantity"])
    return exact(total)


def _invoiced(line: dict[str, Any]) -> Decimal:
    total = Decimal(0)
    for invoiced in rows(line, "invoice_lines"):
        if nested(invoiced, "invoice").get("state") == InvoiceState.CANCELLED:
            continue
        _same_unit(line, invoiced)
        total += exact(invoiced["quantity"])
    return exact(total)


def _same_unit(line: dict[str, Any], other: dict[str, Any]) -> None:
    if other["unit"] is not None and other["unit"] != line["unit"]:
        raise Permanent(
            f"order line {line['id']} was received or invoiced in another unit than ordered; compare by hand",
            code="mixed_units",
        )


def invoice(record: dict[str, Any]) -> SupplierInvoice:
    """A supplier invoice with its lines and the keys it was written with."""
    return SupplierInvoice(
        invoice_id=str(record["id"]),
        number=record["number"] or "",
        supplier_id=str(record["party"]),
        reference=record["reference"] or "",
        invoice_date=record["invoice_date"],
        currency=nested(record, "currency")["code"],
        state=InvoiceState(record["state"]),
        net_total=money(record["untaxed_amount"]),
        tax_total=money(record["tax_amount"]),
        total=money(record["total_amount"]),
        lines=tuple(_invoice_line(line) for line in rows(record, "lines") if line["type"] == "line"),
        draft_key=key_in(record["description"]),
        post_key=key_in(record["comment"]),
        open_amount=money(record["amount_to_pay"]),
    )


def _invoice_line(line: dict[str, Any]) -> InvoiceLine:
    model, _, number = (line["origin"] or "").partition(",")
    return InvoiceLine(
        description=line["description"] or "",
        quantity=exact(line["quantity"]),
        unit_price=line["unit_price"],
        amount=money(line["amount"]),
        order_line_id=number if model == "purchase.line" else None,
    )


def similar(record: dict[str, Any]) -> SimilarInvoice:
    """A supplier invoice as the duplicate check needs it."""
    return SimilarInvoice(
        invoice_id=str(record["id"]),
        number=record["number"] or "",
        reference=record["reference"] or "",
        invoice_date=record["invoice_date"],
        total=money(record["total_amount"]),
        currency=nested(record, "currency")["code"],
        state=InvoiceState(record["state"]),
    )


def used_accounts(lines: Iterable[dict[str, Any]]) -> tuple[UsedAccount, ...]:
    """The accounts that the lines of invoices stand on, by the number of invoices, then by code."""
    titles: dict[str, str] = {}
    used: dict[str, dict[int, date]] = {}
    for line in lines:
        account = nested(line, "account")
        titles[str(account["code"])] = str(account["name"])
        used.setdefault(str(account["code"]), {})[line["invoice"]] = nested(line, "invoice")["invoice_date"]
    counted = [
        UsedAccount(code=code, title=titles[code], invoices=len(days), last_used_on=max(days.values()))
        for code, days in used.items()
    ]
    return tuple(sorted(counted, key=lambda account: (-account.invoices, account.code)))


def attachment(record: dict[str, Any]) -> Attachment:
    """An attachment of an invoice."""
    return Attachment(
        attachment_id=str(record["id"]),
        invoice_id=str(record["resource"]).partition(",")[2],
        name=record["name"],
        size_bytes=record["data_size"] or 0,
        key=key_in(record["description"]),
    )
