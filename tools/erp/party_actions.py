"""The tools over the vendor master."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from policies.action import EffectKind
from tools.erp.parties import Iban, NewSupplier
from tools.erp.tool import ErpRead, ErpTool, found, plain_json, typed
from tools.erp.values import RecordId, Value


class FindSupplierArguments(Value):
    """By VAT id, or by exact name where there is none."""

    vat_id: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _something_to_look_for(self) -> Self:
        if not (self.vat_id.strip() or self.name.strip()):
            raise ValueError("give a VAT id or a name")
        return self


class BankChangeArguments(Value):
    """The supplier, its new bank account, and the one that is retired with it."""

    supplier_id: RecordId
    iban: Iban
    replaces: Iban | None = None


class FindSupplier(ErpRead):
    """`{"supplier": {…} | null}`."""

    name: ClassVar[str] = "erp.supplier.find"
    arguments: ClassVar[type[BaseModel]] = FindSupplierArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = typed(arguments, FindSupplierArguments)
        return {"supplier": plain_json(await self._erp.find_supplier(vat_id=asked.vat_id, name=asked.name))}


class CreateSupplier(ErpTool):
    """`{"supplier": {…}}`, without a bank account."""

    name: ClassVar[str] = "erp.supplier.create"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = NewSupplier

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"supplier": plain_json(await self._erp.create_supplier(typed(arguments, NewSupplier), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return found("supplier", await self._erp.find_supplier_by_key(key))


class ChangeBankAccount(ErpTool):
    """`{"supplier": {…}}` with the new bank account: the end of a bank-change case, and of no other.

    Money goes where this says, so supplier and account accept no other source than that case and the vendor master.
    """

    name: ClassVar[str] = "erp.supplier.bank_account.change"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = BankChangeArguments
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id", "iban"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, BankChangeArguments)
        changed = await self._erp.change_bank_account(
            asked.supplier_id, iban=asked.iban, replaces=asked.replaces, key=key
        )
        return {"supplier": plain_json(changed)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return found("supplier", await self._erp.find_supplier_by_key(key))
