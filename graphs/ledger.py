"""The effect ledger: an effect happens once, whatever dies in between.

The intent is committed before the call and the result after it, together with what follows from it. An intent without
a result means that the call may have happened; it is resolved by asking the target for the key, never by sending
again blindly. "Not found" counts only after the target's own time limit for that call has passed, unless the target
itself refuses a second call with the same key. Where nobody can be asked, a notification is sent once more, marked, and
everything else is for a person.

Several performers of one intention share its key, and so its row: the intent of one is that of all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from graphs.audit import WORKER, AuditRecord
from graphs.duties import NOTHING, Claimed
from graphs.errors import Conflict
from graphs.runtime.failpoint import failpoint
from graphs.runtime.pending import Pending
from graphs.store.statements import DUTIES_WITHDRAWN, EFFECT_CONCLUDED, EFFECT_RESENT, EFFECT_SENT, json_text
from policies.action import Action
from tools.build import built_by
from tools.errors import Ambiguous, NeedsPerson, Permanent, ToolError, Transient
from tools.port import OutcomeLookup, Tool
from tools.repetition import repetition_of
from tools.resilience import ask_by_key, call_once
from tools.telemetry.metrics import EFFECTS

OPEN = ("planned", "refused")
"""Effects that have not happened: their arguments may still change."""
UNRESOLVED = ("sent", "unknown")
"""Effects that may have happened."""
HAPPENED = (*UNRESOLVED, "confirmed")
"""Effects that may have happened, or have."""


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
class Performed:
    """The result of an effect; `record` is to be written with the rows of the ledger that are pending.

    `asked` says that an earlier call had done it.
    """

    result: dict[str, Any]
    record: AuditRecord
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLedger:
    """The ledger for one visit of a case under a lease.

    `known` are the case's effects by key as they stood when it was taken: status, digest, result, number of `sends`,
    and of a sent one its `age` in seconds at the instant `seen_at`. It is kept up to date. `duties` are the acts that
    the effect does: on record with its intent, withdrawn once it is certain that it did not happen. `shared` says that
    another performer may act under the key: then a second call's failure does not tell what became of the first.
    """

    pending: Pending
    admitted: Callable[[Tool], AbstractAsyncContextManager[None]]
    clock: Callable[[], datetime]
    known: dict[str, Mapping[str, Any]]
    case_id: str
    step: str
    visit: int
    duties: Claimed = NOTHING
    shared: bool = False

    async def perform(self, tool: Tool, action: Action, *, verdict: Mapping[str, Any]) -> Performed:
        """The action's result; the call is made only if it has not happened yet.

        `verdict` is recorded in the transaction that commits the intent: no call without its verdict. It is the action
        with its verdict, or says which entry, committed by then, holds both. The conclusion is left pending, to be
        committed together with what follows from it.

        Raises `OutcomeUnknown` (try later), `Transient`, `Permanent` or `NeedsPerson` from the target,
        `LedgerConflict`, or `LeaseLost`. The conclusion of a refusal is pending too; any other is committed.
        """
        failpoint("effect.before_intent", self.step)
        before = self.known.get(action.idempotency_key)
        if before is None:
            return await self._admitted(tool, action, verdict)
        if before["status"] not in OPEN and before["digest"] != action.digest:
            raise LedgerConflict(f"effect {action.idempotency_key} is {before['status']} with other arguments")
        match before["status"]:
            case "confirmed":
                return self._performed(action, dict(before["result"] or {}), asked=False)
            case "sent" | "unknown":
                if tool.outcome_lookup is OutcomeLookup.NEITHER:
                    return await self._repeat(tool, action, before, verdict)
                found = await self._resolve(tool, action, before)
                unsure = self.shared and tool.outcome_lookup is not OutcomeLookup.ASKABLE
                return found if found is not None else await self._admitted(tool, action, verdict, unsure=unsure)
            case _:
                return await self._admitted(tool, action, verdict)

    async def settle(self, tool: Tool, action: Action) -> Performed | None:
        """What an earlier call has done; None once it is certain that it did nothing. Never sends.

        The conclusion is left pending. Raises `OutcomeUnknown` while nobody can say, `NeedsPerson` where only a
        person can.
        """
        before = self.known[action.idempotency_key]
        if before["status"] == "confirmed":
            return self._performed(action, dict(before["result"] or {}), asked=False)
        if tool.outcome_lookup is not OutcomeLookup.ASKABLE:
            raise OutcomeNeedsPerson(f"nobody can be asked whether {action.tool} has happened", tool=action.tool)
        found = await self._ask(tool, action, before)
        if found is None:
            self._conclude(action, "planned", error="asked: it has not happened")
        return found

    async def _repeat(
        self, tool: Tool, action: Action, before: Mapping[str, Any], verdict: Mapping[str, Any]
    ) -> Performed:
        """Send a notification once more, marked. Raises `OutcomeNeedsPerson` for everything else, and after that."""
        again = repetition_of(tool)
        unknown = OutcomeNeedsPerson(f"nobody knows whether {action.tool} has happened", tool=action.tool)
        if again is None or before["sends"] > 1:
            raise unknown
        async with self.admitted(tool):
            await self._commit_intent(tool, action, verdict)
            try:
                result = await call_once(again, action.arguments, key=action.idempotency_key)
            except ToolError as error:
                # Whatever became of this call, the first may have happened: its outcome stays unknown.
                await self._commit_failure(action, "unknown", error)
                raise unknown from error
        return self._concluded(tool, action, result, asked=False)

    async def _admitted(
        self, tool: Tool, action: Action, verdict: Mapping[str, Any], *, unsure: bool = False
    ) -> Performed:
        # Before the intent: a call that is not admitted leaves no trace of having been sent.
        async with self.admitted(tool):
            return await self._send(tool, action, verdict, unsure=unsure)

    async def _send(self, tool: Tool, action: Action, verdict: Mapping[str, Any], *, unsure: bool) -> Performed:
        await self._commit_intent(tool, action, verdict)
        failpoint("effect.after_intent", self.step)
        try:
            result = await call_once(tool, action.arguments, key=action.idempotency_key)
        except ToolError as error:
            if unsure:
                await self._stay_unknown(tool, action, error)
            await self._conclude_error(tool, action, error)
            raise
        failpoint("effect.after_call", self.step)
        return self._concluded(tool, action, result, asked=False)

    def hand_over(self, tool: Tool, action: Action, *, verdict: Mapping[str, Any]) -> bool:
        """Hold the intent of what a person is to do by hand; False where that may have happened already.

        It is committed together with the task that tells the person: from then on nobody else may act.
        """
        if self.known.get(action.idempotency_key, {}).get("status") in HAPPENED:
            return False
        self._hold_intent(tool, action, verdict)
        return True

    def told(self, action: Action, *, by: str, result: Mapping[str, Any] | None, why: str = "") -> AuditRecord:
        """Conclude by what a person says: the result, or None where it has not happened. The record says who said it.

        Raises `LedgerConflict` where nothing was open.
        """
        status = self.known.get(action.idempotency_key, {}).get("status")
        if status not in UNRESOLVED:
            raise LedgerConflict(
                f"effect {action.idempotency_key} is {status or 'not there'}: nobody is asked about it"
            )
        ended = "refused" if result is None else "confirmed"
        self._conclude(action, ended, result=result, error=why or None)
        said = {"error": why} if result is None else {"result": dict(result), "asked": True}
        record = self._record(f"effect.{ended}", {"key": action.idempotency_key, "told_by": by, **said})
        return replace(record, actor=by)

    async def _commit_intent(self, tool: Tool, action: Action, verdict: Mapping[str, Any]) -> None:
        self._hold_intent(tool, action, verdict)
        await self.pending.commit()

    def _hold_intent(self, tool: Tool, action: Action, verdict: Mapping[str, Any]) -> None:
        now = self.clock()
        change = self.pending.change
        if action.idempotency_key in self.known:
            change.add(EFFECT_RESENT, action.idempotency_key, self.pending.tenant, json_text(_as_written(action)))
        else:
            row = self._row(action, now)
            change.add(EFFECT_SENT, action.idempotency_key, json_text(row))
        self.duties.add_to(change, case_id=self.case_id, step=self.step)
        acts = {"duties": self.duties.recorded} if self.duties.acts else {}
        values = {"key": action.idempotency_key, **verdict, **acts, **built_by(tool)}
        self.pending.record(self._record("effect.sent", values))
        self._remember(action, "sent", None, seen_at=now)

    def _row(self, action: Action, now: datetime) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "tenant": self.pending.tenant,
            "case_id": self.case_id,
            "step": self.step,
            "visit": self.visit,
            **_as_written(action),
            "idempotency_key": action.idempotency_key,
            "status": "sent",
            "sends": 1,
            "planned_at": now,
        }

    async def _resolve(self, tool: Tool, action: Action, before: Mapping[str, Any]) -> Performed | None:
        """What an earlier call has done; None once it is certain that it did nothing."""
        match tool.outcome_lookup:
            case OutcomeLookup.DEDUPES | OutcomeLookup.NEITHER:
                return None
            case OutcomeLookup.ASKABLE:
                return await self._ask(tool, action, before)
            case _:
                assert_never(tool.outcome_lookup)

    async def _ask(self, tool: Tool, action: Action, before: Mapping[str, Any]) -> Performed | None:
        asked_at = self.clock()
        async with self.admitted(tool):
            found = await ask_by_key(tool, action.arguments, key=action.idempotency_key)
        if found is not None:
            return self._concluded(tool, action, found, asked=True)
        # How long ago the call was sent is the database's word: clocks of workers differ.
        remaining = tool.time_limit - timedelta(seconds=before["age"]) - (asked_at - before["seen_at"])
        if remaining > timedelta(0):
            raise OutcomeUnknown(
                "the call may still be under way at the target", tool=action.tool, ask_at=asked_at + remaining
            )
        return None

    def _concluded(self, tool: Tool, action: Action, result: dict[str, Any], *, asked: bool) -> Performed:
        self._conclude(action, "confirmed", result=result)
        return self._performed(action, result, asked=asked, by=tool)

    def _performed(self, action: Action, result: dict[str, Any], *, asked: bool, by: Tool | None = None) -> Performed:
        """The effect as it is recorded, with the build that answered `by` a call just now."""
        answered = built_by(by) if by is not None else {}
        values = {"key": action.idempotency_key, "result": result, "asked": asked, **answered}
        return Performed(result=result, record=self._record("effect.confirmed", values), asked=asked or by is None)

    async def _conclude_error(self, tool: Tool, action: Action, error: ToolError) -> None:
        match error:
            case Permanent() | NeedsPerson():
                self._conclude(action, "refused", error=error.message)
            case Ambiguous():
                await self._commit_failure(action, "unknown", error)
                raise OutcomeUnknown(error.message, tool=action.tool, ask_at=self.clock() + tool.time_limit) from error
            case _:
                await self._commit_failure(action, "planned", error)

    async def _stay_unknown(self, tool: Tool, action: Action, error: ToolError) -> None:
        """The second call's failure says nothing of the first, which may have happened.

        Raises the error where it may be tried again, `OutcomeNeedsPerson` for a refusal; returns for `Ambiguous`.
        """
        if isinstance(error, Ambiguous):
            return
        await self._commit_failure(action, "unknown", error)
        if isinstance(error, Transient):
            raise error
        raise OutcomeNeedsPerson(
            f"nobody knows whether {action.tool} has happened: {error.message}", tool=tool.name
        ) from error

    async def _commit_failure(self, action: Action, status: str, error: ToolError) -> None:
        self._conclude(action, status, error=error.message)
        values = {"key": action.idempotency_key, "error": error.message}
        self.pending.record(self._record(f"effect.{status}", values))
        await self.pending.commit()

    def _conclude(
        self, action: Action, status: str, *, result: Mapping[str, Any] | None = None, error: str | None = None
    ) -> None:
        if status in OPEN:
            for act, _ in self.duties.acts:
                self.pending.change.add(DUTIES_WITHDRAWN, act.id, self.clock())
        written = json_text(result) if result is not None else None
        self.pending.change.add(
            EFFECT_CONCLUDED, action.idempotency_key, self.pending.tenant, status, written, error, self.clock()
        )
        self._remember(action, status, result, seen_at=None)

    def _remember(
        self, action: Action, status: str, result: Mapping[str, Any] | None, *, seen_at: datetime | None
    ) -> None:
        EFFECTS.of(action.tool, status).inc()
        before = self.known.get(action.idempotency_key, {})
        self.known[action.idempotency_key] = {
            "status": status,
            "digest": action.digest,
            "result": result,
            "sends": before.get("sends", 0) + (status == "sent"),
            "age": 0.0 if seen_at else before.get("age", 0.0),
            "seen_at": seen_at or before.get("seen_at"),
        }

    def _record(self, kind: str, values: Mapping[str, Any]) -> AuditRecord:
        return AuditRecord(kind=kind, actor=WORKER, case_id=self.case_id, step=self.step, values=values)


def _as_written(action: Action) -> dict[str, Any]:
    """What a row holds of the action; another performer's call under the same key is another action."""
    return {
        "tool": action.tool,
        "effect_kind": action.effect_kind.value,
        "action_digest": action.digest,
        "arguments": action.arguments,
    }
