"""The effect ledger as compensation uses it: each reversal is committed as it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphs.audit import WORKER, AuditRecord
from graphs.compensation import Ledger
from graphs.ledger import EffectLedger, Performed
from graphs.runtime.run import Run
from policies.action import Action
from tools.errors import NeedsPerson, Permanent
from tools.port import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversingLedger:
    """One visit's ledger, whose conclusions are committed at once."""

    ledger: EffectLedger

    async def perform(self, tool: Tool, action: Action, *, verdict: AuditRecord) -> dict[str, Any]:
        """The action's result. Raises what `EffectLedger.perform` raises; a refusal is committed first."""
        try:
            performed = await self.ledger.perform(tool, action, verdict=verdict.values)
        except (Permanent, NeedsPerson):
            await self.ledger.pending.commit()
            raise
        return await self._committed(performed)

    async def settle(self, tool: Tool, action: Action) -> dict[str, Any] | None:
        """What an effect whose outcome was unknown has done. Raises what `EffectLedger.settle` raises."""
        performed = await self.ledger.settle(tool, action)
        if performed is not None:
            return await self._committed(performed)
        values = {"key": action.idempotency_key, "asked": True}
        record = AuditRecord(
            kind="effect.planned", actor=WORKER, case_id=self.ledger.case_id, step=self.ledger.step, values=values
        )
        self.ledger.pending.record(record)
        await self.ledger.pending.commit()
        return None

    async def _committed(self, performed: Performed) -> dict[str, Any]:
        self.ledger.pending.record(performed.record)
        await self.ledger.pending.commit()
        return performed.result


def reversing_ledger(run: Run) -> Callable[[str, int], Ledger]:
    """The ledgers of a run, by step and visit."""

    def of(step: str, visit: int) -> Ledger:
        return ReversingLedger(ledger=run.ledger(step, visit))

    return of
