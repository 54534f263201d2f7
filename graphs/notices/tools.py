"""The tool `notice.read`: what a delivery must know of its person and its notices, as it is now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from graphs.notices.channels import connected
from graphs.notices.standing import surroundings
from graphs.runtime.services import Services
from graphs.store.notices import Notices
from policies.action import EffectKind
from tools.errors import Permanent
from tools.port import OutcomeLookup, Tool

TIME_LIMIT = timedelta(seconds=10)


class ReadNoticeArguments(BaseModel):
    """The case that delivers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delivery: UUID


class ReadNotice:
    """`{"still_true", "active", "address", "channels", "incidents"}` of a delivery that the dispatcher has begun.

    A case that it has not begun has no notices and is refused: nobody starts a message by hand.
    """

    name: ClassVar[str] = "notice.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadNoticeArguments

    def __init__(self, services: Callable[[], Services], tenant: str) -> None:
        self._services = services
        self._tenant = tenant

    @property
    def time_limit(self) -> timedelta:
        return TIME_LIMIT

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 a read
        """Read it. Raises `Permanent` for a case that delivers nothing."""
        asked = str(ReadNoticeArguments.model_validate(arguments.model_dump()).delivery)
        services = self._services()
        async with services.database.unit_of_work(self._tenant) as unit:
            notices = Notices(unit.session)
            rows = await notices.of_delivery(asked)
            if not rows:
                raise Permanent(
                    f"case {asked} delivers no notice: only the dispatcher starts such cases",
                    tool=self.name,
                    code="no_notices",
                )
            around = await surroundings(notices, rows)
            incidents = await unit.incidents.of_case(asked)
        person = around.people[rows[0].recipient_id]
        return {
            "still_true": sum(not around.untrue(row) for row in rows),
            "active": person.active,
            "address": person.email or "",
            "channels": sorted(connected(services.catalogs(self._tenant))),
            "incidents": sum(incident.kind == "DeliveryFailed" for incident in incidents),
        }

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002 a read
        return None


def notice_tools(services: Callable[[], Services], tenant: str) -> list[Tool]:
    """The tools of a tenant's notices."""
    return [ReadNotice(services, tenant)]
