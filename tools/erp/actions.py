"""The tools over the ERP port: what a process may propose to read from or do to an ERP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, Field, model_validator

from policies.action import EffectKind
from tools.erp.port import POSTED_STATES, Currency, DraftInvoice, Erp, Exact, InvoiceState, Name, Value
from tools.errors import Permanent
from tools.port import OutcomeLookup, Tool

LoadDocument = Callable[[str], Awaitable[tuple[str, bytes]]]
RecordId = Annotated[str, Field(min_length=1, max_length=64)]
Arguments = TypeVar("Arguments", bound=BaseModel)


class FindSupplierArguments(Value):
    """By VAT id, or by exact name where there is none."""

    vat_id: Annotated[str, Field(max_length=40)] = ""
    name: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _something_to_look_for(self) -> Self:
        if not (self.vat_id.strip() or self.name.strip()):
            raise ValueError("give a VAT id or a name")
        return self


class ReadOrderArguments(Value):
    """The order's number as printed."""

    number: Name


class SimilarInvoicesArguments(Value):
    """The supplier's invoices dated `since` or later."""

    supplier_id: RecordId
    since: date


class ReadInvoiceArguments(Value):
    """The ERP's id of the invoice."""

    invoice_id: RecordId


class AttachArguments(Value):
    """The document by the SHA-256 of its bytes."""

    invoice_id: RecordId
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PostArguments(Value):
    """The invoice, and what it must come to."""

    invoice_id: RecordId
    expected_total: Exact
    currency: Currency


class CancelArguments(Value):
    """The draft to cancel."""

    invoice_id: RecordId


class ErpTool:
    """What all ERP tools share: an ERP that can be asked what a key has done."""

    target: ClassVar[str] = "erp"
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=self._erp.call_timeout_seconds)


class ErpRead(ErpTool):
    """A read: nothing to find afterwards."""

    effect_kind: ClassVar[EffectKind] = EffectKind.READ

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class FindSupplier(ErpRead):
    """`{"supplier": {…} | null}`."""

    name: ClassVar[str] = "erp.supplier.find"
    arguments: ClassVar[type[BaseModel]] = FindSupplierArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = _typed(arguments, FindSupplierArguments)
        return {"supplier": _json(await self._erp.find_supplier(vat_id=asked.vat_id, name=asked.name))}


class ReadOrder(ErpRead):
    """`{"order": {…} | null}`."""

    name: ClassVar[str] = "erp.order.read"
    arguments: ClassVar[type[BaseModel]] = ReadOrderArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"order": _json(await self._erp.read_order(_typed(arguments, ReadOrderArguments).number))}


class SimilarInvoices(ErpRead):
    """`{"invoices": [{…}]}`, newest first."""

    name: ClassVar[str] = "erp.invoice.similar"
    arguments: ClassVar[type[BaseModel]] = SimilarInvoicesArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = _typed(arguments, SimilarInvoicesArguments)
        found = await self._erp.similar_invoices(asked.supplier_id, since=asked.since)
        return {"invoices": [_json(invoice) for invoice in found]}


class ReadInvoice(ErpRead):
    """`{"invoice": {…} | null}`."""

    name: ClassVar[str] = "erp.invoice.read"
    arguments: ClassVar[type[BaseModel]] = ReadInvoiceArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"invoice": _json(await self._erp.read_invoice(_typed(arguments, ReadInvoiceArguments).invoice_id))}


class Draft(ErpTool):
    """`{"invoice": {…}}` with the totals the ERP computed. Found by its key in whatever state it is now."""

    name: ClassVar[str] = "erp.invoice.draft"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = DraftInvoice
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"invoice": _json(await self._erp.draft_invoice(_typed(arguments, DraftInvoice), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        found = await self._erp.find_invoice_by_key(key)
        return {"invoice": _json(found)} if found and found.draft_key == key else None


class Attach(ErpTool):
    """`{"attachment": {…}}`."""

    name: ClassVar[str] = "erp.invoice.attach"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = AttachArguments

    def __init__(self, erp: Erp, load: LoadDocument) -> None:
        """`load` gives name and bytes of the document with that SHA-256."""
        super().__init__(erp)
        self._load = load

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = _typed(arguments, AttachArguments)
        name, content = await self._load(asked.document_sha256)
        made = await self._erp.attach_document(asked.invoice_id, name=name, content=content, key=key)
        return {"attachment": _json(made)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        asked = _typed(arguments, AttachArguments)
        found = await self._erp.find_attachment_by_key(key, invoice_id=asked.invoice_id)
        return {"attachment": _json(found)} if found else None


class Post(ErpTool):
    """`{"invoice": {…}}`, posted. Found only when it is posted, under this key."""

    name: ClassVar[str] = "erp.invoice.post"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = PostArguments
    protected: ClassVar[frozenset[str]] = frozenset({"expected_total"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = _typed(arguments, PostArguments)
        posted = await self._erp.post_invoice(
            asked.invoice_id, expected_total=asked.expected_total, currency=asked.currency, key=key
        )
        return {"invoice": _json(posted)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        found = await self._erp.find_invoice_by_key(key)
        done = found is not None and found.post_key == key and found.state in POSTED_STATES
        return {"invoice": _json(found)} if done else None


class Cancel(ErpTool):
    """`{"invoice": {…}}`, cancelled: the compensation of a draft."""

    name: ClassVar[str] = "erp.invoice.cancel"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = CancelArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = _typed(arguments, CancelArguments)
        return {"invoice": _json(await self._erp.cancel_invoice(asked.invoice_id, key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        # An invoice is cancelled once, whoever did it: its state answers, not a key.
        found = await self._erp.read_invoice(_typed(arguments, CancelArguments).invoice_id)
        return {"invoice": _json(found)} if found and found.state is InvoiceState.CANCELLED else None


def erp_tools(erp: Erp, load: LoadDocument) -> list[Tool]:
    """Every tool over `erp`; `load` gives name and bytes of a document by its SHA-256."""
    return [
        FindSupplier(erp),
        ReadOrder(erp),
        SimilarInvoices(erp),
        ReadInvoice(erp),
        Draft(erp),
        Attach(erp, load),
        Post(erp),
        Cancel(erp),
    ]


def _typed(arguments: BaseModel, model: type[Arguments]) -> Arguments:
    if not isinstance(arguments, model):
        raise Permanent(f"expected {model.__name__}, got {type(arguments).__name__}", code="wrong_arguments")
    return arguments


def _json(value: BaseModel | None) -> dict[str, Any] | None:
    return value.model_dump(mode="json") if value is not None else None
