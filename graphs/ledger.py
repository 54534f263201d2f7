"""The effect ledger: an effect happens once, whatever dies in between.

The intent is committed before the call and the result after it. An intent without a result means that the call may
have happened; it is resolved by asking the target for the key, never by sending again blindly. "Not found" counts
only after the target's own time limit for that call has passed, unless the target itself refuses a second call with
the same key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from graphs.audit import WORKER, AuditRecord
from graphs.errors import Conflict
from graphs.runtime.failpoint import failpoint
from graphs.store.database import Database
from graphs.store.tables import Case, Effect
from policies.action import Action
from tools.errors import Ambiguous, NeedsPerson, Permanent, ToolError, Transient
from tools.port import OutcomeLookup, Tool
from tools.resilience import ask_by_key, call_once


class LedgerConflict(Conflict):
    """The effect was confirmed with other arguments than are now proposed."""

    code = "ledger_conflict"


class OutcomeUnknown(Transient):
    """The call may have happened, and the target cannot be asked yet: look again at `ask_at`."""

    code = "outcome_unknown"

    def __init__(self, message: str, *, tool: str, ask_at: datetime) -> None:
        """`ask_at` is the instant from which "not found" counts."""
        super().__init__(message, tool=tool)
        self.ask_at = ask_at


class OutcomeNeedsPerson(NeedsPerson):
    """The call may have happened, and the target can neither be asked nor refuses a second call."""

    code = "outcome_needs_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLedger:
    """The ledger for one case under one lease."""

    database: Database
    clock: Callable[[], datetime]
    case: Case
    epoch: int
    step: str
    visit: int

    async def perform(self, tool: Tool, action: Action, *, verdict: AuditRecord) -> dict[str, Any]:
        """The action's result; the call is made only if it has not happened yet.

        `verdict` is recorded in the transaction that commits the intent: no call without its verdict.

        Raises `OutcomeUnknown` (try later), `Transient`, `Permanent` or `NeedsPerson` from the target,
        `LedgerConflict`, or `LeaseLost`.
        """
        effect = await self._plan(action)
        match effect.status:
            case "confirmed":
                return dict(effect.result or {})
            case "sent" | "unknown":
                found = await self._resolve(tool, action, effect)
                if found is not None:
                    return found
            case _:
                pass
        return await self._send(tool, action, verdict)

    async def _plan(self, action: Action) -> Effect:
        failpoint("effect.before_intent", self.step)
        planned = Effect(
            id=str(uuid.uuid4()),
            tenant=self.case.tenant,
            case_id=self.case.id,
            step=self.step,
            visit=self.visit,
            tool=action.tool,
            effect_kind=action.effect_kind.value,
            idempotency_key=action.idempotency_key,
            action_digest=action.digest,
            arguments=action.arguments,
            status="planned",
            planned_at=self.clock(),
        )
        async with self.database.unit_of_work(self.case.tenant) as unit:
            effect = await unit.effects.plan(planned)
            if effect.action_digest == action.digest:
                return effect
            if effect.status not in ("planned", "refused"):
                raise LedgerConflict(f"effect {effect.idempotency_key} is {effect.status} with other arguments")
            await unit.effects.replan(planned, case_id=self.case.id, epoch=self.epoch)
            return planned

    async def _send(self, tool: Tool, action: Action, verdict: AuditRecord) -> dict[str, Any]:
        async with self.database.unit_of_work(self.case.tenant) as unit:
            await unit.effects.mark_sent(
                action.idempotency_key,
                tenant=self.case.tenant,
                case_id=self.case.id,
                epoch=self.epoch,
                now=self.clock(),
            )
            unit.record(self.case.tenant, verdict)
            unit.record(self.case.tenant, self._record("effect.sent", {"action": action}))
        failpoint("effect.after_intent", self.step)
        try:
            result = await call_once(tool, action.arguments, key=action.idempotency_key)
        except ToolError as error:
            await self._conclude_error(tool, action, error)
            raise
        failpoint("effect.after_call", self.step)
        await self._conclude(action, "confirmed", result=result)
        failpoint("effect.after_result", self.step)
        return result

    async def _resolve(self, tool: Tool, action: Action, effect: Effect) -> dict[str, Any] | None:
        """What an earlier call has done; None once it is certain that it did nothing."""
        match tool.outcome_lookup:
            case OutcomeLookup.NEITHER:
                raise OutcomeNeedsPerson(f"nobody knows whether {action.tool} has happened", tool=action.tool)
            case OutcomeLookup.DEDUPES:
                return None
            case OutcomeLookup.ASKABLE:
                return await self._ask(tool, action, effect)
            case _:
                assert_never(tool.outcome_lookup)

    async def _ask(self, tool: Tool, action: Action, effect: Effect) -> dict[str, Any] | None:
        ask_at = (effect.sent_at or effect.planned_at) + tool.time_limit
        asked_at = self.clock()
        found = await ask_by_key(tool, action.arguments, key=action.idempotency_key)
        if found is not None:
            await self._conclude(action, "confirmed", result=found, asked=True)
            return found
        if asked_at < ask_at:
            raise OutcomeUnknown("the call may still be under way at the target", tool=action.tool, ask_at=ask_at)
        return None

    async def _conclude_error(self, tool: Tool, action: Action, error: ToolError) -> None:
        match error:
            case Ambiguous():
                await self._conclude(action, "unknown", error=error.message)
                raise OutcomeUnknown(error.message, tool=action.tool, ask_at=self.clock() + tool.time_limit) from error
            case Permanent() | NeedsPerson():
                await self._conclude(action, "refused", error=error.message)
            case _:
                await self._conclude(action, "planned", error=error.message)

    async def _conclude(
        self,
        action: Action,
        status: str,
        *,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
        asked: bool = False,
    ) -> None:
        async with self.database.unit_of_work(self.case.tenant) as unit:
            await unit.effects.conclude(
                action.idempotency_key,
                tenant=self.case.tenant,
                case_id=self.case.id,
                epoch=self.epoch,
                status=status,
                now=self.clock(),
                result=dict(result) if result is not None else None,
                error=error,
            )
            values = {"key": action.idempotency_key, "result": result, "error": error, "asked": asked}
            unit.record(self.case.tenant, self._record(f"effect.{status}", values))

    def _record(self, kind: str, values: Mapping[str, Any]) -> AuditRecord:
        return AuditRecord(kind=kind, actor=WORKER, case_id=self.case.id, step=self.step, values=values)
