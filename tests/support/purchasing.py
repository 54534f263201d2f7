"""Purchasing at a supplier's portal: its three processes on one database, with the twins of portal and ERP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from graphs.case_start import CaseStarter, StartCases
from graphs.intake import Intake
from graphs.process import ProcessRegistry
from graphs.processes import incident_resolution, procure_to_pay
from graphs.processes.procure_to_pay import order_confirmation, portal_invoices
from graphs.runtime.advance import Advancer
from graphs.runtime.services import Services
from graphs.store.admission import Switches
from graphs.store.admission_tables import Switch
from graphs.store.database import Database
from graphs.store.performer_tables import PerformerChoice
from graphs.store.performers import Performers
from graphs.store.tables import Case, Effect, Task
from graphs.tasks import Answer, TaskDesk
from policies.packaged import rule_book
from tests.support.accounts_payable import TODAY, original
from tests.support.engine import SEAL
from tests.support.people import actor
from tests.support.switches import switches_known
from tools.browser.actions import LIMITS, portal_tools
from tools.browser.portal import ConfirmOrder, PortalOrder, SupplierPortal
from tools.by_hand import ByHand
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.document.tool import ReadDocument
from tools.erp.actions import erp_tools
from tools.limits import TargetLimits
from tools.port import Tool
from tools.testing.erp import MemoryErp
from tools.testing.portal.memory import MemoryPortal

ORDER = "PO-2026-0001"
PACKS = ("procure_to_pay", "order_confirmation", "portal_invoices", "incident_resolution")


@dataclass(slots=True, kw_only=True)
class Purchasing:
    """The three processes on one database, with the twins; cases are advanced by hand.

    `bots` work a real portal in the place of the twin; the clock goes `ahead` of the machine's.
    """

    database: Database
    portal: MemoryPortal = field(default_factory=lambda: MemoryPortal.from_seed(today=TODAY))
    bots: SupplierPortal | None = None
    limits: TargetLimits = LIMITS
    ahead: timedelta = timedelta(0)
    erp: MemoryErp = field(default_factory=lambda: MemoryErp.from_seed(today=TODAY))

    @property
    def services(self) -> Services:
        starter = CaseStarter(services=lambda: self.services, actor=lambda: actor(self.database, "intake"))
        at_portal = portal_tools(
            self.bots or self.portal, store=self.store, sender=self.portal.books.sender, limits=self.limits
        )
        own: list[Tool] = [ReadDocument(self.load), StartCases(starter), ByHand()]
        catalog = Catalog([*own, *erp_tools(self.erp, self.load), *at_portal])
        return Services(
            database=self.database,
            catalogs=lambda tenant: catalog,
            rulebooks={name: rule_book(name) for name in PACKS},
            registry=ProcessRegistry(
                [
                    procure_to_pay.definition(),
                    *order_confirmation.released(),
                    portal_invoices.definition(),
                    incident_resolution.definition(),
                ]
            ),
            seal=SEAL,
            clock=lambda: utc_now() + self.ahead,
        )

    async def load(self, sha256: str) -> tuple[str, bytes]:
        return await original(self.database, sha256)

    async def store(self, name: str, content: bytes) -> str:
        services = self.services
        async with self.database.unit_of_work("acme") as unit:
            return await unit.originals.keep(
                "acme", name=name, media_type="application/pdf", content=content, now=services.clock()
            )

    async def start(self, process: str, body: Mapping[str, Any]) -> Case:
        """A new case, advanced as far as it goes."""
        who = await actor(self.database, "intake")
        accepted = await Intake(services=self.services).start(who, process, body, key=None)
        return await self.advance(accepted.case.id)

    async def advance(self, case_id: str) -> Case:
        advancer = Advancer(services=self.services, owner="test")
        await switches_known(advancer.services)
        await asyncio.create_task(advancer.advance("acme", case_id))
        await advancer.close()
        async with self.database.unit_of_work("acme") as unit:
            return await unit.cases.get(case_id)

    async def task(self, case: Case) -> Task:
        async with self.database.unit_of_work("acme") as unit:
            (task,) = await unit.inbox.listed("acme", status=("open",), assignee_id=None, case_id=case.id, limit=5)
        return task

    async def open_tasks(self, case: Case) -> int:
        async with self.database.unit_of_work("acme") as unit:
            return len(await unit.inbox.listed("acme", status=("open",), assignee_id=None, case_id=case.id, limit=5))

    async def answer(self, case: Case, login: str, answer: Answer) -> Case:
        task = await self.task(case)
        await TaskDesk(services=self.services).answer(await actor(self.database, login), task.id, answer)
        return await self.advance(case.id)

    async def switch_off(self, tool: str) -> None:
        """A person switches the tool off."""
        row = Switch(
            tenant="acme", scope="tool", name=tool, off=True, reason="broken", set_by="acme-sven", since=utc_now()
        )
        async with self.database.unit_of_work("acme") as unit:
            await Switches(unit.session).set(row)

    async def choices(self, case: Case) -> list[PerformerChoice]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await Performers(unit.session).of_case(case.id))

    async def incidents(self, case: Case) -> list[str]:
        """The codes of what stopped the case."""
        async with self.database.unit_of_work("acme") as unit:
            return [one.code for one in await unit.incidents.of_case(case.id)]

    async def effects(self, case: Case) -> list[Effect]:
        async with self.database.unit_of_work("acme") as unit:
            return list(await unit.effects.of_case(case.id))

    async def cases_of(self, effect: Effect) -> list[Case]:
        """The cases that an effect says it has started."""
        async with self.database.unit_of_work("acme") as unit:
            return [await unit.cases.get(found["case"]) for found in (effect.result or {})["cases"]]

    def offer(self, **changed: object) -> PortalOrder:
        """Let the supplier offer the order otherwise."""
        order = self.portal.books.orders[ORDER].model_copy(update=changed)
        self.portal.books.orders[ORDER] = order
        return order

    def offer_line(self, **changed: object) -> None:
        """Let the supplier offer the order's first line otherwise; the total follows."""
        order = self.portal.books.orders[ORDER]
        lines = (order.lines[0].model_copy(update=changed), *order.lines[1:])
        self.offer(lines=lines, net_total=sum((line.quantity * line.unit_price for line in lines), Decimal(0)))


def asked_of(task: Task) -> ConfirmOrder:
    """What the task wants to have confirmed at the portal."""
    told: Mapping[str, Any] = (task.action or {})["arguments"]
    return ConfirmOrder.model_validate({name: told[name] for name in ConfirmOrder.model_fields})


def key_of(task: Task) -> str:
    """The reference that it is to have there."""
    return str((task.action or {})["idempotency_key"])
