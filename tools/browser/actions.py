"""The tools over the port of a supplier portal: what a process may propose to read from or do at one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, Field

from policies.action import EffectKind
from tools.browser.portal import ConfirmOrder, Number, SupplierPortal, Value
from tools.connector import StoreOriginal
from tools.errors import Permanent
from tools.limits import Breaker, TargetLimits
from tools.port import OutcomeLookup, Tool

TARGET = "supplier_portal"
AFTERWARDS = timedelta(seconds=10)
"""Time for evidence and for closing the page, on top of the call itself."""
LIMITS = TargetLimits(max_concurrent=2, breaker=Breaker(failures=5, cool_down=timedelta(minutes=1)))
PDF = b"%PDF-"
Arguments = TypeVar("Arguments", bound=BaseModel)


class ListOrdersArguments(Value):
    """Part of an order's number; empty for all that are shown."""

    search: Annotated[str, Field(max_length=60)] = ""


class OrderArguments(Value):
    """The order's number."""

    number: Number


class ListInvoicesArguments(Value):
    """Invoices issued on `since` or later."""

    since: date


class DownloadArguments(Value):
    """The invoice's number at the portal."""

    number: Number


class PortalTool:
    """What all tools of a portal share: the portal, and how hard it may be worked."""

    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE

    def __init__(self, portal: SupplierPortal, *, target: str = TARGET, limits: TargetLimits = LIMITS) -> None:
        """`target` is the connector's name."""
        self._portal = portal
        self.target = target
        self.limits = limits

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=self._portal.call_seconds) + AFTERWARDS


class PortalRead(PortalTool):
    """A read: nothing to find afterwards."""

    effect_kind: ClassVar[EffectKind] = EffectKind.READ

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class ListOrders(PortalRead):
    """`{"orders": [{…}]}`, newest first."""

    name: ClassVar[str] = "portal.orders.list"
    arguments: ClassVar[type[BaseModel]] = ListOrdersArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        found = await self._portal.list_orders(_typed(arguments, ListOrdersArguments).search)
        return {"orders": [order.model_dump(mode="json") for order in found]}


class ReadOrder(PortalRead):
    """`{"order": {…} | null}`."""

    name: ClassVar[str] = "portal.order.read"
    arguments: ClassVar[type[BaseModel]] = OrderArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        found = await self._portal.read_order(_typed(arguments, OrderArguments).number)
        return {"order": found.model_dump(mode="json") if found else None}


class ReadDelivery(PortalRead):
    """`{"delivery": [{…}] | null}`, by position."""

    name: ClassVar[str] = "portal.delivery.read"
    arguments: ClassVar[type[BaseModel]] = OrderArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        found = await self._portal.read_delivery(_typed(arguments, OrderArguments).number)
        return {"delivery": [one.model_dump(mode="json") for one in found] if found is not None else None}


class Confirm(PortalTool):
    """`{"confirmation": {…}}`. Found by its key, which stands in the portal's reference field."""

    name: ClassVar[str] = "portal.order.confirm"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = ConfirmOrder

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        made = await self._portal.confirm_order(_typed(arguments, ConfirmOrder), key=key)
        return {"confirmation": made.model_dump(mode="json")}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        found = await self._portal.find_confirmation(key)
        return {"confirmation": found.model_dump(mode="json")} if found else None


class ListInvoices(PortalRead):
    """`{"invoices": [{…}]}`, oldest first."""

    name: ClassVar[str] = "portal.invoices.list"
    arguments: ClassVar[type[BaseModel]] = ListInvoicesArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        found = await self._portal.list_invoices(_typed(arguments, ListInvoicesArguments).since)
        return {"invoices": [invoice.model_dump(mode="json") for invoice in found]}


class DownloadInvoice(PortalRead):
    """`{"document": {…}}`: number, SHA-256 of the stored original, name, size, whether it is a PDF, and the sender.

    The sender is the supplier whose portal it is: signing in there has shown who it is.
    """

    name: ClassVar[str] = "portal.invoice.download"
    arguments: ClassVar[type[BaseModel]] = DownloadArguments

    def __init__(
        self, portal: SupplierPortal, *, store: StoreOriginal, sender: str, target: str = TARGET,
        limits: TargetLimits = LIMITS,
    ) -> None:  # fmt: skip
        """`store` keeps the file once by its hash; `sender` is the supplier's mail address in the vendor master."""
        super().__init__(portal, target=target, limits=limits)
        self._store = store
        self._sender = sender

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        number = _typed(arguments, DownloadArguments).number
        file = await self._portal.download_invoice(number)
        sha256 = await self._store(file.name, file.content)
        document = {
            "number": number,
            "sha256": sha256,
            "name": file.name,
            "size_bytes": len(file.content),
            "is_pdf": file.content.startswith(PDF),
            "sender": self._sender,
        }
        return {"document": document}


def portal_tools(
    portal: SupplierPortal, *, store: StoreOriginal, sender: str, target: str = TARGET, limits: TargetLimits = LIMITS
) -> list[Tool]:
    """Every tool over `portal`."""
    return [
        ListOrders(portal, target=target, limits=limits),
        ReadOrder(portal, target=target, limits=limits),
        ReadDelivery(portal, target=target, limits=limits),
        Confirm(portal, target=target, limits=limits),
        ListInvoices(portal, target=target, limits=limits),
        DownloadInvoice(portal, store=store, sender=sender, target=target, limits=limits),
    ]


def _typed(arguments: BaseModel, model: type[Arguments]) -> Arguments:
    if not isinstance(arguments, model):
        raise Permanent(f"expected {model.__name__}, got {type(arguments).__name__}", code="wrong_arguments")
    return arguments
