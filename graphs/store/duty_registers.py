"""The rules about duties that a tenant has set."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from graphs.store.duty_tables import DutyRegisterRow
from policies.duties import DutyRules


class DutyRegisters:
    """The register of one tenant (primary key)."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def own(self) -> DutyRegisterRow | None:
        """What the tenant has set; None where the release's rules hold."""
        return await self._session.get(DutyRegisterRow, self._tenant, populate_existing=True)

    async def in_force(self, release: DutyRules) -> DutyRules:
        """The tenant's own rules, else those of the release."""
        row = await self.own()
        return release if row is None else DutyRules.model_validate(row.rules)

    async def put(self, row: DutyRegisterRow) -> None:
        """This register, in the place of the one there is."""
        values = row.model_dump()
        statement = insert(DutyRegisterRow).values(**values)
        changed = {name: values[name] for name in ("rules", "set_by", "since")}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["tenant"], set_=changed))
