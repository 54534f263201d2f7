"""The vendor master: suppliers and their bank accounts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field
from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError as InvalidNumber

from tools.erp.values import Name, Value


def _iban(text: str) -> str:
    """`text` without blanks. Raises `ValueError` unless its check digits are right."""
    try:
        return str(iban_number.validate(text))
    except InvalidNumber:
        raise ValueError("this is no valid IBAN") from None


Iban = Annotated[str, Field(max_length=50), AfterValidator(_iban)]


class Supplier(Value):
    """A vendor of the vendor master.

    `bank_changed_on` is the day a bank account was last added, edited or moved to the supplier.
    """

    supplier_id: str
    name: str
    vat_id: str
    ibans: tuple[str, ...]
    blocked: bool
    country: str
    bank_changed_on: date | None
    created_on: date | None
    emails: tuple[str, ...] = ()


class NewSupplier(Value):
    """A supplier to enter in the vendor master, without a bank account: that is an action of its own."""

    name: Name
    vat_id: Annotated[str, Field(min_length=4, max_length=40)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    street: Annotated[str, Field(max_length=500)] = ""
    postal_code: Annotated[str, Field(max_length=20)] = ""
    city: Annotated[str, Field(max_length=100)] = ""
    email: Annotated[str, Field(max_length=200)] = ""


class Parties(Protocol):
    """What Interlock asks of the vendor master. Errors and keys are those of `tools.erp.port.Erp`."""

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        """The one supplier with that VAT id or, without one, exactly that name (case ignored).

        Raises `Permanent` `ambiguous_supplier` when several match.
        """
        ...

    async def read_supplier(self, supplier_id: str) -> Supplier | None:
        """The supplier of that id."""
        ...

    async def find_supplier_by_key(self, key: str) -> Supplier | None:
        """The supplier entered with `key`, or whose bank account was changed with it."""
        ...

    async def create_supplier(self, new: NewSupplier, *, key: str) -> Supplier:
        """Enter a supplier. Raises `Permanent` `already_exists` where one has that VAT id."""
        ...

    async def change_bank_account(self, supplier_id: str, *, iban: str, replaces: str | None, key: str) -> Supplier:
        """Give the supplier a bank account and, in the same transaction, retire the one it replaces.

        Raises `Permanent` `not_found` (supplier or replaced account) or `already_exists`.
        """
        ...
