"""The kind of connector `tryton`: what a configuration says of a Tryton, and whether it is as it must be."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.erp.actions import erp_tools
from tools.erp.tryton import TrytonErp
from tools.erp.tryton_database import BREAKER, CALLS_AT_ONCE, POSTINGS_AT_ONCE
from tools.erp.tryton_rpc import TrytonSession
from tools.errors import Permanent, ToolError
from tools.limits import TargetLimits
from tools.port import Tool
from tools.secret import SecretRef

SLOW_SECONDS = 5.0
NEEDED_MODULES = ("purchase", "account_invoice", "account_invoice_stock", "bank")
OPTIONAL_MODULES = {
    "purchase_requisition": "purchase requests",
    "account_payment": "payments",
    "account_payment_clearing": "the reconciliation of payments",
}
READ_AND_SEARCHED = {
    "party.party": ("identifiers.code", "vendor master"),
    "purchase.purchase": ("description", "purchase orders"),
    "account.invoice": ("description", "supplier invoices"),
    "stock.shipment.in": ("reference", "receipts"),
}
REMEDY_RIGHTS = "give Interlock's user the groups that the page about connecting Tryton names"


class TrytonSettings(BaseModel):
    """What a configuration says of a Tryton database. `vendor_user` alone changes the vendor master, if it is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HttpUrl
    database: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[^/\s]+$")]
    user: Annotated[str, Field(min_length=1, max_length=100)]
    password: SecretRef
    vendor_user: Annotated[str, Field(max_length=100)] = ""
    vendor_password: SecretRef | None = None
    blocked_category: Annotated[str, Field(min_length=1, max_length=200)] = "Blocked for purchasing"
    call_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    calls_at_once: Annotated[int, Field(ge=1, le=500)] = CALLS_AT_ONCE
    postings_at_once: Annotated[int, Field(ge=1, le=100)] = POSTINGS_AT_ONCE

    @model_validator(mode="after")
    def _vendor_user_has_a_password(self) -> Self:
        if bool(self.vendor_user) != (self.vendor_password is not None):
            raise ValueError("give vendor_user and vendor_password together, or neither")
        return self


def unhealthy(standing: Standing, problem: str, remedy: str) -> Health:
    """What is wrong, and what to do about it."""
    return Health(standing=standing, problem=problem, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrytonConnector:
    """One Tryton database, under the name that the configuration gives it."""

    name: str
    erp: TrytonErp
    session: TrytonSession
    vendors: TrytonSession | None
    offered: Sequence[Tool]
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)

    def tools(self) -> Sequence[Tool]:
        """Everything a process may propose to do with an ERP."""
        return self.offered

    async def check(self) -> Health:
        """Reaches, logs in, finds the modules, reads and searches what it needs. Changes nothing. Never raises."""
        began = self.monotonic()
        try:
            found = await self._found()
        except ToolError as error:
            found = refused_health(error)
        except Exception as error:
            # Whatever a strange server answers, a check reports it: it promises never to raise.
            problem = f"the answer was not Tryton's ({type(error).__name__})"
            found = unhealthy(Standing.DOWN, problem, "check that `url` and `database` name a Tryton 8.0 or newer")
        seconds = self.monotonic() - began
        if found.standing is Standing.OK and seconds > SLOW_SECONDS:
            found = unhealthy(Standing.DEGRADED, f"it answers in {seconds:.1f} s", "look at the load of its server")
        return Health(
            standing=found.standing,
            problem=found.problem,
            remedy=found.remedy,
            seconds=round(seconds, 3),
            details=found.details,
        )

    async def _found(self) -> Health:
        await self.session.user_id()
        if self.vendors is not None:
            await self.vendors.user_id()
        if await self.session.preference("company") is None:
            problem = "the user has no company"
            return unhealthy(Standing.DOWN, problem, "set a company in the user's preferences in Tryton")
        for model, (key_field, what) in READ_AND_SEARCHED.items():
            wrong = await self._searched(model, key_field, what)
            if wrong is not None:
                return wrong
        missing = await self._missing_modules()
        if missing:
            lost = ", ".join(OPTIONAL_MODULES[name] for name in missing)
            remedy = f"activate {', '.join(missing)} in Tryton, or do not propose those actions"
            return unhealthy(Standing.DEGRADED, f"without {lost}", remedy)
        return Health(standing=Standing.OK, details={"vendor_master": "changes" if self.vendors else "reads only"})

    async def _searched(self, model: str, key_field: str, what: str) -> Health | None:
        """Why the model cannot be searched by the field that holds the key; None if it can."""
        try:
            probe = [(key_field, "=", "interlock:check")]
            await self.session.read(f"model.{model}.search_read", probe, 0, 1, None, ["id"])
        except Permanent as error:
            absent = error.reason == "erp_fault" or "404" in error.message or "403" in error.message
            remedy = f"activate {', '.join(NEEDED_MODULES)} in Tryton" if absent else REMEDY_RIGHTS
            return unhealthy(Standing.DOWN, f"{what} ({model}) cannot be searched: {error.message}", remedy)
        return None

    async def _missing_modules(self) -> list[str]:
        """Optional modules that are not active, by asking for a model or a field of each."""
        probes: dict[str, tuple[str, Any]] = {
            "purchase_requisition": ("purchase.requisition", [("description", "=", "interlock:check")]),
            "account_payment": ("account.payment", [("reference", "=", "interlock:check")]),
            "account_payment_clearing": ("account.payment", [("clearing_move", "=", -1)]),
        }
        missing: list[str] = []
        for module, (model, domain) in probes.items():
            try:
                await self.session.read(f"model.{model}.search_read", domain, 0, 1, None, ["id"])
            except Permanent:
                missing.append(module)
        return missing


def refused_health(error: ToolError) -> Health:
    """What a refused call of the check means in plain words."""
    match error.reason:
        case "unreachable":
            return unhealthy(Standing.DOWN, f"it cannot be reached: {error.message}", "check `url`, and that it runs")
        case "login_refused":
            remedy = "check `user` and `password` (and `vendor_user`), and that Tryton asks for no second factor"
            return unhealthy(Standing.DOWN, "it refuses the login", remedy)
        case "no_answer":
            # Tryton waits long for a database that is not there.
            remedy = "check `database`, look at its server, or raise `call_timeout_seconds`"
            return unhealthy(Standing.DOWN, "it does not answer in time", remedy)
        case _:
            return unhealthy(Standing.DOWN, error.message, "check `database`, and Tryton's log")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrytonKind:
    """The kind `tryton`."""

    kind: str = "tryton"
    settings: type[BaseModel] = TrytonSettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        """The connector of a Tryton; its connections close with the context.

        Raises `TypeError` for another kind's settings, and `SecretMissing`.
        """
        if not isinstance(settings, TrytonSettings):
            raise TypeError(f"{type(settings).__name__} does not configure a Tryton")
        return opened(name, settings, context)


@asynccontextmanager
async def opened(name: str, settings: TrytonSettings, context: ConnectorContext) -> AsyncGenerator[Connector]:
    """The connector, until the context ends."""

    def session(user: str, password: SecretRef) -> TrytonSession:
        return TrytonSession(
            str(settings.url),
            database=settings.database,
            user=user,
            password=context.secret(password).get_secret_value(),
            call_timeout_seconds=settings.call_timeout_seconds,
        )

    service = session(settings.user, settings.password)
    vendors = session(settings.vendor_user, settings.vendor_password) if settings.vendor_password else None
    erp = TrytonErp(
        service,
        vendors=vendors,
        blocked_category=settings.blocked_category,
        limits=TargetLimits(max_concurrent=settings.calls_at_once, breaker=BREAKER),
        posting_limits=TargetLimits(max_concurrent=settings.postings_at_once, breaker=BREAKER),
    )
    try:
        offered = erp_tools(erp, context.load, target=name)
        yield TrytonConnector(name=name, erp=erp, session=service, vendors=vendors, offered=offered)
    finally:
        await erp.aclose()


TRYTON = TrytonKind()
