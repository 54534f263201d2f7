"""The tool `information.read`: what the case that sends the mails must know of its request, as it is now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from graphs.errors import DefinitionMissing
from graphs.information.contact import contacts_of
from graphs.information.tag import address_mac
from graphs.information.terms import ASK_ANYONE, FREE, MAIL_TOOL
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.information import CLOSED, OPEN, InformationRequests
from graphs.store.information_tables import InformationRow
from policies.action import EffectKind
from tools.errors import Permanent
from tools.port import OutcomeLookup, Tool

TIME_LIMIT = timedelta(seconds=10)


class ReadRequestArguments(BaseModel):
    """The case that sends the mails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: UUID


class ReadRequest:
    """`{"open", "status", "as_asked", "on_file", "connected", "remind", "incidents"}` of a request that somebody made.

    `as_asked`: the address in the case's input is the one that was asked; `on_file`: the address book of the task's
    case names it now, or whoever chose it freely may still do so. A case that nobody asked for has no request and is
    refused: no mail is sent by starting one by hand.
    """

    name: ClassVar[str] = "information.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadRequestArguments

    def __init__(self, services: Callable[[], Services], tenant: str) -> None:
        self._services = services
        self._tenant = tenant

    @property
    def time_limit(self) -> timedelta:
        return TIME_LIMIT

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 a read
        """Read it. Raises `Permanent` for a case that nobody asked for."""
        asked = str(ReadRequestArguments.model_validate(arguments.model_dump()).request)
        services = self._services()
        async with services.database.unit_of_work(self._tenant) as unit:
            requests = InformationRequests(unit.session)
            row = await requests.find(asked)
            if row is None:
                raise Permanent(
                    f"case {asked} has no information request: ask from a task, no such case is started by hand",
                    tool=self.name,
                    code="no_information_request",
                )
            address = str((await unit.cases.get(asked)).input["address"])
            unanswered = row.task_id in await requests.still_asked([row.task_id])
            incidents = await unit.incidents.of_case(asked)
            on_file = await self._on_file(services, unit, row, address)
        still_open = row.status == OPEN and unanswered
        return {
            "open": still_open,
            "status": CLOSED if row.status == OPEN and not unanswered else row.status,
            "as_asked": row.address_mac == address_mac(services, row.id, address),
            "on_file": on_file,
            "connected": MAIL_TOOL in services.catalogs(self._tenant),
            "remind": still_open and row.remind_at is not None and row.remind_at <= services.clock(),
            "incidents": sum(incident.kind == "RequestNotSent" for incident in incidents),
        }

    async def _on_file(self, services: Services, unit: UnitOfWork, row: InformationRow, address: str) -> bool:
        if row.source == FREE:
            return ASK_ANYONE in (await unit.people.actor(row.asked_by)).permissions
        try:
            known = await contacts_of(services, unit, await unit.cases.get(row.case_id))
        except DefinitionMissing:
            return False
        return any(one.address.casefold() == address.casefold() for one in known)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002 a read
        return None


def information_tools(services: Callable[[], Services], tenant: str) -> list[Tool]:
    """The tools of a tenant's information requests."""
    return [ReadRequest(services, tenant)]
