"""Fills an empty Tryton database with the purchasing data of `purchasing.json`.

Runs inside the sandbox's own environment (proteus is LGPL, Tryton GPL), as a process of its own:

    python purchasing.py DATABASE CONFIG DATA YEAR LOGIN=PASSWORD_FILE LOGIN=PASSWORD_FILE

Nothing of Interlock imports this file.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from proteus import Model, Wizard, config  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

UNIT_NAMES = {"unit": "Unit", "hour": "Hour", "day": "Day"}
SERVICE_USER_GROUPS = (
    "Accounting",
    "Purchase",
    "Purchase Request",
    "Purchase Requisition",
    "Purchase Requisition Approval",
    "Stock",
    "Payment",
    "Payment Approval",
)
VENDOR_USER_GROUPS = ("Party Administration", "Bank Administration", "Accounting")
BLOCKED = "Blocked for purchasing"


def one(model: str, *domain: Any) -> Any:
    """The first record of `model` in `domain`."""
    (record,) = Model.get(model).find(list(domain), limit=1)
    return record


class Seed:
    """One database being filled, step by step."""

    def __init__(self, session: Any, data: dict[str, Any]) -> None:
        self.session = session
        self.data = data
        self.taxes: dict[str, Any] = {}
        self.products: dict[str, Any] = {}
        self.parties: dict[str, Any] = {}
        self.employees: dict[str, Any] = {}

    def company(self) -> None:
        """Currency, company and its party."""
        euro = Model.get("currency.currency")(
            name="Euro", symbol="€", code="EUR", numeric_code="978", rounding=Decimal("0.01"), digits=2
        )
        euro.rates.new(date=dt.date(2020, 1, 1), rate=Decimal(1))
        euro.save()
        for code in sorted({s["country"] for s in self.data["suppliers"]} | {self.data["company"]["country"]}):
            Model.get("country.country")(name=code, code=code).save()
        company_party = self.party(self.data["company"])
        wizard = Wizard("company.company.config")
        wizard.execute("company")
        wizard.form.party = company_party
        wizard.form.currency = euro
        wizard.execute("add")
        self.euro = euro
        self.entity = one("company.company")
        self.session._context = Model.get("res.user").get_preferences(True, {})  # noqa: SLF001 - proteus has no other way

    def party(self, described: dict[str, Any]) -> Any:
        """A party with its address, mail address and tax identifier."""
        party = Model.get("party.party")(name=described["name"])
        if described.get("code"):
            party.code = described["code"]
        address = party.addresses[0] if party.addresses else party.addresses.new()
        address.street_unstructured = described["street"]
        address.postal_code, address.city = described["postal_code"], described["city"]
        address.country = one("country.country", ("code", "=", described["country"]))
        kind = "gb_vat" if described["country"] == "GB" else "eu_vat"
        party.identifiers.new(type=kind, code=described["vat_id"])
        party.contact_mechanisms.new(type="email", value=described["email"])
        party.save()
        return party

    def chart(self) -> None:
        """Chart of accounts, with the default accounts of parties and categories."""
        wizard = Wizard("account.create_chart")
        wizard.execute("account")
        wizard.form.account_template = one("account.account.template", ("parent", "=", None))
        wizard.form.company = self.entity
        wizard.execute("create_account")
        payable = one("account.account", ("type.payable", "=", True), ("party_required", "=", True))
        wizard.form.account_receivable = one(
            "account.account", ("type.receivable", "=", True), ("party_required", "=", True)
        )
        wizard.form.account_payable = payable
        wizard.execute("create_properties")
        self.expense = one("account.account", ("type.expense", "=", True))
        self.tax_account = one("account.account", ("code", "=", "1.4.1")) if self.has("1.4.1") else self.expense
        settings = Model.get("account.configuration")(1)
        settings.default_category_account_expense = self.expense
        settings.save()

    def has(self, code: str) -> bool:
        """Whether the chart has an account called `code`."""
        return bool(Model.get("account.account").find([("code", "=", code)], limit=1))

    def fiscal_years(self, years: range) -> None:
        """One fiscal year a calendar year, so that every date in them can be posted."""
        sequence_type = Model.get("ir.sequence.type")
        strict = Model.get("ir.sequence.strict")
        (move_type,) = sequence_type.find([("name", "=", "Account Move")])
        (invoice_type,) = sequence_type.find([("name", "=", "Invoice")])
        for year in years:
            moves = strict(name=f"Moves {year}", sequence_type=move_type, company=self.entity)
            moves.save()
            invoices = strict(
                name=f"Invoices {year}", sequence_type=invoice_type, company=self.entity, prefix=f"{year}/", padding=5
            )
            invoices.save()
            fiscal = Model.get("account.fiscalyear")(
                name=str(year), start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31)
            )
            fiscal.move_sequence = moves
            rows = fiscal.invoice_sequences
            row = rows[0] if rows else rows.new()
            for field in ("in_invoice", "in_credit_note", "out_invoice", "out_credit_note"):
                setattr(row, f"{field}_sequence", invoices)
            fiscal.save()
            fiscal.click("create_period")

    def tax_table(self) -> None:
        """Taxes by rate, and one rule a rate that puts it in place of any other."""
        self.rules: dict[str, Any] = {}
        for described in self.data["taxes"]:
            tax = Model.get("account.tax")(
                name=described["name"],
                description=described["code"],
                type="percentage",
                rate=Decimal(described["rate"]),
                invoice_account=self.tax_account,
                credit_note_account=self.tax_account,
            )
            tax.save()
            self.taxes[described["rate"]] = tax
            rule = Model.get("account.tax.rule")(name=f"Always {described['name']}", kind="purchase")
            rule.lines.new(tax=tax)
            rule.save()
            self.rules[described["rate"]] = rule

    def catalogue(self) -> None:
        """Products, one account category a tax rate."""
        categories = {}
        for rate, tax in self.taxes.items():
            category = Model.get("product.category")(name=f"Purchases {tax.description}", accounting=True)
            category.account_expense = self.expense
            category.supplier_taxes.append(Model.get("account.tax")(tax.id))
            category.save()
            categories[rate] = category
        for described in self.data["products"]:
            unit = one("product.uom", ("name", "=", UNIT_NAMES[described["unit"]]))
            template = Model.get("product.template")(
                name=described["name"],
                code=described["code"],
                type=described["category"],
                default_uom=unit,
                purchasable=True,
            )
            template.list_price = Decimal(described["price"])
            template.account_category = categories[described["tax_rate"]]
            template.save()
            (self.products[described["code"]],) = template.products

    def suppliers(self) -> None:
        """Suppliers with bank accounts, payment term, tax rule and, where blocked, the category."""
        term = Model.get("account.invoice.payment_term")(name=self.data["payment_term"]["name"])
        line = term.lines.new(type="remainder")
        line.relativedeltas.new(days=self.data["payment_term"]["days"])
        term.save()
        self.term = term
        blocked = Model.get("party.category")(name=BLOCKED)
        blocked.save()
        for described in self.data["suppliers"]:
            party = self.party(described)
            party.supplier_payment_term = term
            party.supplier_tax_rule = self.rule_of(described["code"])
            if described["blocked"]:
                party.categories.append(Model.get("party.category")(blocked.id))
            party.save()
            for iban in described["ibans"]:
                account = Model.get("bank.account")()
                account.owners.append(Model.get("party.party")(party.id))
                account.numbers.new(type="iban", number=iban)
                account.save()
            self.parties[described["code"]] = party

    def rule_of(self, supplier: str) -> Any:
        """The tax rule of a supplier whose order lines bear another rate than the product's."""
        prices = {p["code"]: p["tax_rate"] for p in self.data["products"]}
        rates = {
            line["tax_rate"]
            for order in self.data["orders"]
            if order["supplier"] == supplier
            for line in order["lines"]
            if line["tax_rate"] != prices[line["product"]]
        }
        if len(rates) > 1:
            raise SystemExit(f"{supplier}: order lines bear several foreign tax rates: {sorted(rates)}")
        return self.rules[rates.pop()] if rates else None

    def orders(self) -> None:
        """Purchase orders under the numbers of the data, their receipts and their invoices."""
        for described in self.data["orders"]:
            order = self.order(described)
            self.next_number(described["number"])
            order.click("quote")
            if order.number != described["number"]:
                raise SystemExit(f"{described['number']}: Tryton numbered it {order.number}")
            if described["state"] == "draft":
                order.click("draft")
                order.quoted_by = self.employee(described["requested_by"])
                order.save()
                continue
            if described["state"] == "cancelled":
                order.click("cancel")
                continue
            order.click("confirm")
            if order.state == "confirmed":
                order.click("process")
            self.receive(order, described)
            for invoice in described["invoices"]:
                self.invoice(order, described, invoice)

    def next_number(self, number: str) -> None:
        """Let the purchase sequence give `number` next. Orders are numbered when they are quoted."""
        sequence = Model.get("purchase.configuration")(1).purchase_sequence
        digits = number.rsplit("-", 1)[-1]
        sequence.prefix = number.removesuffix(digits)
        sequence.padding = len(digits)
        sequence.number_next = int(digits)
        sequence.save()

    def order(self, described: dict[str, Any]) -> Any:
        """A draft order."""
        order = Model.get("purchase.purchase")(party=self.parties[described["supplier"]])
        order.purchase_date = dt.date.fromisoformat(described["ordered_on"])
        order.invoice_method = "manual"
        order.payment_term = self.term
        order.currency = self.euro
        order.quoted_by = self.employee(described["requested_by"])
        for wanted in described["lines"]:
            line = order.lines.new()
            line.product = self.products[wanted["product"]]
            line.description = wanted["description"]
            line.quantity = float(wanted["quantity"])
            line.unit_price = Decimal(wanted["unit_price"])
            if [tax.rate for tax in line.taxes] != [Decimal(wanted["tax_rate"])]:
                raise SystemExit(
                    f"{described['number']}: Tryton taxes {wanted['product']} otherwise than the data says"
                )
        order.save()
        return order

    def employee(self, name: str) -> Any:
        """The employee called `name`, made on first use."""
        if name not in self.employees:
            person = Model.get("party.party")(name=name)
            person.save()
            employee = Model.get("company.employee")(party=person, company=self.entity)
            employee.save()
            self.employees[name] = employee
        return self.employees[name]

    def receive(self, order: Any, described: dict[str, Any]) -> None:
        """A shipment over what was received, if anything was."""
        received = {
            line.id: float(wanted["received"]) for line, wanted in zip(order.lines, described["lines"], strict=True)
        }
        moves = [move for move in order.moves if received[move.origin.id] > 0]
        if not moves:
            return
        shipment = Model.get("stock.shipment.in")(supplier=order.party)
        shipment.effective_date = order.purchase_date
        for move in moves:
            shipment.incoming_moves.append(Model.get("stock.move")(move.id))
        shipment.save()
        for move in shipment.incoming_moves:
            move.quantity = received[move.origin.id]
        shipment.save()
        shipment.click("receive")
        shipment.click("do")

    def invoice(self, order: Any, described: dict[str, Any], wanted: dict[str, Any]) -> None:
        """A posted supplier invoice over some lines of the order."""
        invoice = Model.get("account.invoice")(type="in", party=order.party)
        invoice.invoice_date = dt.date.fromisoformat(wanted["invoice_date"])
        invoice.reference = wanted["reference"]
        invoice.payment_term = self.term
        for row in wanted["lines"]:
            ordered = order.lines[row["line"] - 1]
            line = invoice.lines.new()
            line.product = ordered.product
            line.description = ordered.description
            line.quantity = float(row["quantity"])
            line.unit_price = ordered.unit_price
            line.origin = ordered
        invoice.save()
        invoice.click("validate_invoice")
        invoice.click("post")
        if invoice.state != "posted":
            raise SystemExit(f"{described['number']}: invoice {wanted['reference']} is {invoice.state}, not posted")

    def payments(self) -> None:
        """The payment journal: paid by hand, cleared over an account that only the bank statement settles."""
        wanted = self.data["payment_journal"]
        kind = Model.get("account.account.type")(one("account.account", ("code", "=", "1.1.1")).type.id)
        clearing = Model.get("account.account")(name=wanted["clearing_account"], code=wanted["clearing_code"])
        clearing.type = kind
        clearing.reconcile = True
        clearing.company = self.entity
        clearing.save()
        booked_in = Model.get("account.journal")(name=wanted["name"], type="general")
        booked_in.save()
        journal = Model.get("account.payment.journal")(name=wanted["name"], process_method="manual")
        journal.company, journal.currency = self.entity, self.euro
        journal.clearing_account, journal.clearing_journal = clearing, booked_in
        journal.save()

    def closed_periods(self) -> None:
        """Close the periods that the books of the data have closed."""
        for name in self.data["closed_periods"]:
            one("account.period", ("name", "=", name)).click("close")

    def user(self, login: str, password: str, groups: tuple[str, ...]) -> None:
        """A user that Interlock logs in as, with no more groups than the connector needs."""
        user = Model.get("res.user")(name="Interlock", login=login, password=password)
        user.companies.append(Model.get("company.company")(self.entity.id))
        user.company = self.entity
        for name in groups:
            user.groups.append(one("res.group", ("name", "=", name)))
        user.save()


def main() -> None:
    """Fill the database and say what was made."""
    database, config_file, data_file, year, *users = sys.argv[1:]
    session = config.set_trytond(database=database, config_file=config_file)
    seed = Seed(session, json.loads(Path(data_file).read_text()))
    seed.company()
    seed.chart()
    seed.fiscal_years(range(min(2025, int(year) - 1), int(year) + 2))
    seed.tax_table()
    seed.catalogue()
    seed.suppliers()
    seed.orders()
    seed.payments()
    seed.closed_periods()
    for user, groups in zip(users, (SERVICE_USER_GROUPS, VENDOR_USER_GROUPS), strict=True):
        login, _, password_file = user.partition("=")
        seed.user(login, Path(password_file).read_text().strip(), groups)
    sys.stdout.write(f"{len(seed.parties)} suppliers, {len(seed.data['orders'])} orders\n")


if __name__ == "__main__":
    main()
