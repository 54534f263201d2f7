"""The tools over invoices: what a process may propose to read from or do to accounts payable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from policies.action import EffectKind
from tools.erp.invoices import POSTED_STATES, DraftCreditNote, DraftInvoice, InvoiceState
from tools.erp.port import Erp
from tools.erp.tool import TARGET, ErpPosting, ErpRead, ErpTool, found, plain_json, typed
from tools.erp.values import Acknowledged, Currency, Exact, RecordId, Value

LoadDocument = Callable[[str], Awaitable[tuple[str, bytes]]]


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
    acknowledged: Acknowledged = ()


class CancelArguments(Value):
    """The draft to cancel."""

    invoice_id: RecordId


class SimilarInvoices(ErpRead):
    """`{"invoices": [{…}]}`, newest first."""

    name: ClassVar[str] = "erp.invoice.similar"
    arguments: ClassVar[type[BaseModel]] = SimilarInvoicesArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = typed(arguments, SimilarInvoicesArguments)
        similar = await self._erp.similar_invoices(asked.supplier_id, since=asked.since)
        return {"invoices": [plain_json(invoice) for invoice in similar]}


class ExpenseAccountsArguments(Value):
    """Nothing to say: all of them."""


class ExpenseAccounts(ErpRead):
    """`{"accounts": [{code, title}]}`, by code."""

    name: ClassVar[str] = "erp.account.list"
    arguments: ClassVar[type[BaseModel]] = ExpenseAccountsArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"accounts": [plain_json(account) for account in await self._erp.expense_accounts()]}


class UsedAccounts(ErpRead):
    """`{"accounts": [{code, title, invoices, last_used_on}]}`, the most used first."""

    name: ClassVar[str] = "erp.account.used"
    arguments: ClassVar[type[BaseModel]] = SimilarInvoicesArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = typed(arguments, SimilarInvoicesArguments)
        used = await self._erp.used_accounts(asked.supplier_id, since=asked.since)
        return {"accounts": [plain_json(account) for account in used]}


class ReadInvoice(ErpRead):
    """`{"invoice": {…} | null}`."""

    name: ClassVar[str] = "erp.invoice.read"
    arguments: ClassVar[type[BaseModel]] = ReadInvoiceArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"invoice": plain_json(await self._erp.read_invoice(typed(arguments, ReadInvoiceArguments).invoice_id))}


class Draft(ErpTool):
    """`{"invoice": {…}}` with the totals the ERP computed. Found by its key in whatever state it is now."""

    name: ClassVar[str] = "erp.invoice.draft"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = DraftInvoice
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"invoice": plain_json(await self._erp.draft_invoice(typed(arguments, DraftInvoice), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        invoice = await self._erp.find_invoice_by_key(key)
        return found("invoice", invoice, when=invoice is not None and invoice.draft_key == key)


class Credit(ErpTool):
    """`{"invoice": {…}}`: a draft with a negative total. Found by its key in whatever state it is now."""

    name: ClassVar[str] = "erp.invoice.credit"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = DraftCreditNote

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return {"invoice": plain_json(await self._erp.draft_credit_note(typed(arguments, DraftCreditNote), key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        invoice = await self._erp.find_invoice_by_key(key)
        return found("invoice", invoice, when=invoice is not None and invoice.draft_key == key)


class Attach(ErpTool):
    """`{"attachment": {…}}`."""

    name: ClassVar[str] = "erp.invoice.attach"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = AttachArguments

    def __init__(self, erp: Erp, load: LoadDocument, *, target: str = TARGET) -> None:
        """`load` gives name and bytes of the document with that SHA-256."""
        super().__init__(erp, target=target)
        self._load = load

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, AttachArguments)
        name, content = await self._load(asked.document_sha256)
        made = await self._erp.attach_document(asked.invoice_id, name=name, content=content, key=key)
        return {"attachment": plain_json(made)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        asked = typed(arguments, AttachArguments)
        return found("attachment", await self._erp.find_attachment_by_key(key, invoice_id=asked.invoice_id))


class Post(ErpPosting):
    """`{"invoice": {…}}`, posted. Found only when it is posted, under this key."""

    name: ClassVar[str] = "erp.invoice.post"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = PostArguments
    protected: ClassVar[frozenset[str]] = frozenset({"expected_total"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, PostArguments)
        posted = await self._erp.post_invoice(
            asked.invoice_id,
            expected_total=asked.expected_total,
            currency=asked.currency,
            key=key,
            acknowledged=asked.acknowledged,
        )
        return {"invoice": plain_json(posted)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        invoice = await self._erp.find_invoice_by_key(key)
        done = invoice is not None and invoice.post_key == key and invoice.state in POSTED_STATES
        return found("invoice", invoice, when=done)


class Cancel(ErpTool):
    """`{"invoice": {…}}`, cancelled: the compensation of a draft."""

    name: ClassVar[str] = "erp.invoice.cancel"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = CancelArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, CancelArguments)
        return {"invoice": plain_json(await self._erp.cancel_invoice(asked.invoice_id, key=key))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        # An invoice is cancelled once, whoever did it: its state answers, not a key.
        invoice = await self._erp.read_invoice(typed(arguments, CancelArguments).invoice_id)
        return found("invoice", invoice, when=invoice is not None and invoice.state is InvoiceState.CANCELLED)
