"""The master data of the ERP twin: suppliers with their bank accounts, products, employees. No clock, no waiting."""

from __future__ import annotations

from datetime import date

from tools.erp.parties import NewSupplier, Supplier
from tools.erp.purchasing import Product
from tools.errors import Permanent
from tools.testing.erp_seed import ErpSeed

TWIN = "erp_twin"


def refused(message: str, code: str) -> Permanent:
    """A refusal by name."""
    return Permanent(message, tool=TWIN, code=code)


def illegal(what: str, state: str, wanted: str) -> Permanent:
    """The refusal of a transition that does not fit the state."""
    return refused(f"{what} is {state} and cannot become {wanted}", "illegal_transition")


def compact(vat_id: str) -> str:
    """A VAT id without blanks and punctuation."""
    return "".join(character for character in vat_id.upper() if character.isalnum())


class Master:
    """Suppliers, products and employees, as they are now. `keys` are those of new suppliers and of bank changes."""

    def __init__(self, seed: ErpSeed, *, today: date) -> None:
        """Everything the seed holds; what is entered or changed is so `today`."""
        self._today = today
        self.suppliers: dict[str, Supplier] = {supplier.supplier_id: supplier for supplier in seed.suppliers}
        self.products: dict[str, Product] = {product.code: product for product in seed.products}
        self.prices = seed.prices
        self.employees = frozenset(order.requested_by for order in seed.orders)
        self.currency = seed.currency
        self.tax_rates = seed.tax_rates
        self.keys: dict[str, str] = {}

    def find(self, *, vat_id: str, name: str) -> Supplier | None:
        """The one supplier with that VAT id or name. Raises `Permanent` `ambiguous_supplier`."""
        wanted = compact(vat_id)
        if wanted:
            found = [s for s in self.suppliers.values() if compact(s.vat_id) == wanted]
        else:
            found = [s for s in self.suppliers.values() if s.name.casefold() == name.strip().casefold()]
        if len(found) > 1:
            raise refused(f"several suppliers match {vat_id or name!r}", "ambiguous_supplier")
        return found[0] if found else None

    def by_key(self, key: str) -> Supplier | None:
        """The supplier entered or changed with `key`."""
        return self.suppliers.get(self.keys.get(key, "")) if key else None

    def existing(self, supplier_id: str) -> Supplier:
        """The supplier of that id. Raises `Permanent` `not_found`."""
        if supplier_id not in self.suppliers:
            raise refused(f"the ERP has no supplier {supplier_id!r}", "not_found")
        return self.suppliers[supplier_id]

    def trading(self, supplier_id: str) -> Supplier:
        """The supplier, if it may be traded with. Raises `Permanent`."""
        supplier = self.existing(supplier_id)
        if supplier.blocked:
            raise refused(f"supplier {supplier_id} is blocked", "supplier_blocked")
        return supplier

    def product(self, code: str) -> Product:
        """The product of that code. Raises `Permanent` `not_found`."""
        if code not in self.products:
            raise refused(f"the ERP has no product {code!r} to purchase", "not_found")
        return self.products[code]

    def check_currency(self, currency: str) -> None:
        """Raises `Permanent` `not_configured` for a currency the books do not know."""
        if currency != self.currency:
            raise refused(f"the ERP has no currency {currency}", "not_configured")

    def create(self, new: NewSupplier, *, key: str) -> Supplier:
        """A new supplier, without a bank account. Raises `Permanent` `already_exists`."""
        if self.find(vat_id=new.vat_id, name=""):
            raise refused(f"the ERP has a supplier with the VAT id {new.vat_id} already", "already_exists")
        made = Supplier(
            supplier_id=f"N-{len(self.suppliers) + 1}",
            name=new.name,
            vat_id=compact(new.vat_id),
            ibans=(),
            blocked=False,
            country=new.country,
            bank_changed_on=None,
            created_on=self._today,
            emails=(new.email,) if new.email else (),
        )
        return self._keep(made, key)

    def change_bank_account(self, supplier_id: str, *, iban: str, replaces: str | None, key: str) -> Supplier:
        """The supplier with the new account in place of the old one. Raises `Permanent`."""
        supplier = self.existing(supplier_id)
        if replaces is not None and replaces not in supplier.ibans:
            raise refused("the supplier has no such bank account to replace", "not_found")
        if iban in supplier.ibans:
            raise refused("the supplier has that bank account already", "already_exists")
        if any(iban in other.ibans for other in self.suppliers.values()):
            raise refused("UserError: IBAN must be unique.", "refused_by_erp")
        kept = tuple(held for held in supplier.ibans if held != replaces)
        return self._keep(supplier.model_copy(update={"ibans": (*kept, iban), "bank_changed_on": self._today}), key)

    def _keep(self, supplier: Supplier, key: str) -> Supplier:
        self.suppliers[supplier.supplier_id] = supplier
        self.keys[key] = supplier.supplier_id
        return supplier
