"""Rounds: of what was answered, the drawn share is asked a second time, and known cases are mixed in beside it.

Which answers are drawn nobody without the key can foresee, and the same are drawn however often it is asked. Nothing
waits for a round: the answered case has gone on long before.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from graphs.audit import WORKER, AuditRecord
from graphs.compaction import kept_task
from graphs.errors import EngineError
from graphs.quality.asking import able, ask
from graphs.runtime.asking import is_drawn
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.quality import ASKED, KNOWN, SECOND, VOID, Quality
from graphs.store.quality_tables import QualityProbe, QualityRate

OVERLAP: Final = timedelta(minutes=5)
"""An answer may commit so much after one that was given later: the last minutes are looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRounds:
    """Draws. Safe to run in every worker at once."""

    services: Services

    async def run(self) -> int:
        """Draw for all tenants; returns how many questions were put."""
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        return sum([await self.of_tenant(tenant) for tenant in tenants])

    async def of_tenant(self, tenant: str) -> int:
        """Draw for one tenant, in one transaction; nothing where no role has a rate."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            quality = Quality(unit.session, tenant)
            rates = [rate for rate in await quality.rates() if rate.second_bps or rate.known_bps]
            upto = await quality.take_round(min(rate.set_at for rate in rates)) if rates else None
            if upto is None:
                return 0
            await quality.void_stranded()
            put = 0
            for rate in rates:
                after = max(upto - OVERLAP, rate.set_at)
                for task_id in await quality.answered([rate.role], after=after, until=now):
                    put += await self._second(unit, rate, task_id, now=now)
                    put += await self._known(unit, rate, task_id, now=now)
            await quality.end_round(now)
        return put

    def _drawn(self, kind: str, task_id: str, share_bps: int) -> bool:
        return is_drawn(self.services.model_terms.draw_key, f"quality/{kind}/{task_id}", share_bps=share_bps)

    async def _second(self, unit: UnitOfWork, rate: QualityRate, task_id: str, *, now: datetime) -> bool:
        """Have the answered task asked of somebody else, who does not learn the first answer."""
        if not self._drawn(SECOND, task_id, rate.second_bps):
            return False
        quality = Quality(unit.session, rate.tenant)
        if await quality.has(SECOND, task_id):
            return False
        task = await kept_task(unit, task_id)
        decision = task.decision or {}
        excluded = sorted({*task.excluded, str(task.decided_by), *map(str, decision.get("through") or ())})
        if not able(await unit.people.roster(rate.tenant), task, excluded=excluded, now=now):
            return False
        probe = QualityProbe(
            id=str(uuid.uuid4()),
            tenant=rate.tenant,
            kind=SECOND,
            task_id=task.id,
            case_id=task.case_id,
            step=task.step,
            role=task.role,
            expected={"decision": decision["decision"], "set": decision.get("set") or {}, "by": task.decided_by},
            excluded=excluded,
            status=ASKED,
            ordered_by=rate.set_by,
            created_at=now,
        )
        return await quality.add(probe) and await self._put(unit, probe, now=now)

    async def _known(self, unit: UnitOfWork, rate: QualityRate, task_id: str, *, now: datetime) -> bool:
        """Put the next known case beside an answered task that was drawn: it comes when others come."""
        if not self._drawn(KNOWN, task_id, rate.known_bps):
            return False
        quality = Quality(unit.session, rate.tenant)
        probe = await quality.next_waiting(rate.role, drawn_by=task_id)
        if probe is None:
            return False
        await quality.change(probe.id, drawn_by=task_id)
        return await self._put(unit, probe, now=now)

    async def _put(self, unit: UnitOfWork, probe: QualityProbe, *, now: datetime) -> bool:
        """Ask; a question that cannot be asked again makes its probe void."""
        quality = Quality(unit.session, probe.tenant)
        try:
            copy_id = await ask(self.services, unit, probe, now=now)
        except EngineError as error:
            await quality.change(probe.id, status=VOID)
            values = {"probe": probe.id, "task": probe.task_id, "code": error.code}
            unit.record(probe.tenant, AuditRecord(kind="quality.void", actor=WORKER, values=values))
            return False
        await quality.change(probe.id, status=ASKED, copy_id=copy_id, asked_at=now)
        return True
