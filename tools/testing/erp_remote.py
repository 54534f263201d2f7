"""The ERP twin in a process of its own: the client, which is the same port over HTTP."""

from __future__ import annotations

import asyncio
import base64
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx

from tools.erp.port import Attachment, DraftInvoice, PurchaseOrder, SimilarInvoice, Supplier, SupplierInvoice
from tools.errors import Ambiguous, NeedsPerson, Permanent, ToolError, Transient

CONNECT_SECONDS = 5.0
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
REMOTE = "erp_twin"
ERRORS: dict[str, type[ToolError]] = {
    "Transient": Transient,
    "Permanent": Permanent,
    "Ambiguous": Ambiguous,
    "NeedsPerson": NeedsPerson,
}


class RemoteMemoryErp:
    """The ERP port on a twin served at `url`; its errors are sorted as the Tryton connector sorts them."""

    def __init__(self, url: str, *, call_timeout_seconds: float = 20.0) -> None:
        timeout = httpx.Timeout(call_timeout_seconds, connect=min(CONNECT_SECONDS, call_timeout_seconds))
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False)
        self.call_timeout_seconds = call_timeout_seconds

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        found = await self._read("find_supplier", vat_id=vat_id, name=name)
        return Supplier.model_validate(found) if found else None

    async def read_order(self, number: str) -> PurchaseOrder | None:
        found = await self._read("read_order", number=number)
        return PurchaseOrder.model_validate(found) if found else None

    async def similar_invoices(self, supplier_id: str, *, since: date) -> tuple[SimilarInvoice, ...]:
        found = await self._read("similar_invoices", supplier_id=supplier_id, since=since.isoformat())
        return tuple(SimilarInvoice.model_validate(invoice) for invoice in found)

    async def draft_invoice(self, draft: DraftInvoice, *, key: str) -> SupplierInvoice:
        made = await self._write("draft_invoice", draft=draft.model_dump(mode="json"), key=key)
        return SupplierInvoice.model_validate(made)

    async def attach_document(self, invoice_id: str, *, name: str, content: bytes, key: str) -> Attachment:
        encoded = base64.b64encode(content).decode()
        made = await self._write("attach_document", invoice_id=invoice_id, name=name, content=encoded, key=key)
        return Attachment.model_validate(made)

    async def post_invoice(
        self, invoice_id: str, *, expected_total: Decimal, currency: str, key: str
    ) -> SupplierInvoice:
        made = await self._write(
            "post_invoice", invoice_id=invoice_id, expected_total=str(expected_total), currency=currency, key=key
        )
        return SupplierInvoice.model_validate(made)

    async def cancel_invoice(self, invoice_id: str, *, key: str) -> SupplierInvoice:
        return SupplierInvoice.model_validate(await self._write("cancel_invoice", invoice_id=invoice_id, key=key))

    async def read_invoice(self, invoice_id: str) -> SupplierInvoice | None:
        found = await self._read("read_invoice", invoice_id=invoice_id)
        return SupplierInvoice.model_validate(found) if found else None

    async def find_invoice_by_key(self, key: str) -> SupplierInvoice | None:
        found = await self._read("find_invoice_by_key", key=key)
        return SupplierInvoice.model_validate(found) if found else None

    async def find_attachment_by_key(self, key: str, *, invoice_id: str) -> Attachment | None:
        found = await self._read("find_attachment_by_key", key=key, invoice_id=invoice_id)
        return Attachment.model_validate(found) if found else None

    async def _read(self, operation: str, **arguments: Any) -> Any:
        return await self._call(operation, arguments, no_answer=Transient)

    async def _write(self, operation: str, **arguments: Any) -> Any:
        return await self._call(operation, arguments, no_answer=Ambiguous)

    async def _call(self, operation: str, arguments: dict[str, Any], *, no_answer: type[ToolError]) -> Any:
        try:
            async with asyncio.timeout(self.call_timeout_seconds):
                response = await self._http.post(f"/{operation}", json=arguments)
        except NOTHING_SENT as error:
            raise Transient(f"cannot reach the ERP: {error}", tool=REMOTE, code="unreachable") from error
        except (httpx.TransportError, TimeoutError) as error:
            name = type(error).__name__
            raise no_answer(f"{operation}: {name} after sending", tool=REMOTE, code="no_answer") from error
        if response.status_code == HTTPStatus.OK:
            return response.json()["result"]
        if response.status_code == HTTPStatus.CONFLICT:
            refusal = response.json()
            raise ERRORS[refusal["kind"]](refusal["message"], tool=REMOTE, code=refusal["reason"])
        raise no_answer(f"{operation}: HTTP {response.status_code}", tool=REMOTE, code="server_error")
