"""The kind of connector `supplier_portal`: a portal that bots work in this process's browser."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tools.browser.actions import LIMITS, portal_tools
from tools.browser.bot import Account, BotRunner, Site
from tools.browser.browser import origin, worker_browser
from tools.browser.errors import ChromiumMissing, LayoutUnknown, LoginRefused, PageAway
from tools.browser.portal_pages import DIALECTS, sign_in
from tools.browser.portal_site import BotPortal
from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.errors import ToolError
from tools.limits import TargetLimits
from tools.port import Tool
from tools.secret import SecretMissing, SecretRef


def _address(text: str) -> str:
    origin(text)
    return text.rstrip("/")


class PortalSettings(BaseModel):
    """What a supplier portal's configuration says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Annotated[str, AfterValidator(_address), Field(description="Where the portal begins, http or https.")]
    user: Annotated[str, Field(min_length=1, description="The user to sign in as.")]
    password: Annotated[SecretRef, Field(description="That user's password, as a reference.")]
    sender: Annotated[
        str, Field(pattern=r"^\S+@\S+$", description="The supplier's mail address, as the vendor master has it.")
    ]
    chromium: Annotated[Path | None, Field(description="The browser; else INTERLOCK_CHROMIUM, else the system's.")] = (
        None
    )
    call_seconds: Annotated[float, Field(gt=0, le=300, description="How long one call may take.")] = 30.0
    patience_seconds: Annotated[
        float, Field(gt=0, le=120, description="How long a page, or a thing on it, is waited for.")
    ] = 8.0
    download_limit: Annotated[int, Field(ge=1, le=100_000_000, description="Largest file that is kept, in bytes.")] = (
        20_000_000
    )
    max_concurrent: Annotated[int, Field(ge=1, le=16, description="Calls at once, for all workers together.")] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalConnector:
    """One supplier's portal."""

    name: str
    portal: BotPortal
    settings: PortalSettings
    context: ConnectorContext

    def tools(self) -> Sequence[Tool]:
        """Reads, downloads, and the confirmation."""
        limits = TargetLimits(max_concurrent=self.settings.max_concurrent, breaker=LIMITS.breaker)
        return portal_tools(
            self.portal, store=self.context.store, sender=self.settings.sender, target=self.name, limits=limits
        )

    async def check(self) -> Health:
        """Sign in and list the orders. Changes nothing there. Never raises."""
        began = time.monotonic()
        try:
            orders = await self.portal.list_orders("")
        except (ToolError, SecretMissing) as error:
            problem, remedy = str(error), REMEDIES.get(type(error), OTHERWISE)
            return Health(standing=Standing.DOWN, problem=problem, remedy=remedy, seconds=time.monotonic() - began)
        return Health(standing=Standing.OK, seconds=time.monotonic() - began, details={"orders": len(orders)})


REMEDIES: dict[type[Exception], str] = {
    ChromiumMissing: "Install Chromium, or name one with INTERLOCK_CHROMIUM.",
    LoginRefused: "Check user and password; the account may be locked.",
    LayoutUnknown: "The portal looks different: teach the bots its words before they are used again.",
    PageAway: "Check the address, and whether the portal is up; then try again.",
    SecretMissing: "Set the variable or write the file that the reference names.",
}
OTHERWISE = "Look at the evidence that the message names."


@dataclass(frozen=True, slots=True)
class PortalKind:
    """Opens supplier portals."""

    kind: ClassVar[str] = "supplier_portal"
    settings: ClassVar[type[BaseModel]] = PortalSettings

    @asynccontextmanager
    async def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AsyncGenerator[Connector]:
        """The portal. The browser starts with the first call."""
        chosen = PortalSettings.model_validate(settings.model_dump())
        async with worker_browser(chosen.chromium) as browser:
            site = Site(
                address=chosen.address,
                dialects=DIALECTS,
                sign_in=sign_in,
                account=Account(user=chosen.user, password=lambda: context.secret(chosen.password)),
                call_seconds=chosen.call_seconds,
                patience_seconds=chosen.patience_seconds,
                download_limit=chosen.download_limit,
            )
            runner = BotRunner(browser=browser, site=site, store=context.store)
            yield PortalConnector(name=name, portal=BotPortal(bots=runner), settings=chosen, context=context)


SUPPLIER_PORTAL = PortalKind()
