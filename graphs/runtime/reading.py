"""Read steps: every call judged, audited, timed out and retried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from pydantic import BaseModel

from graphs.runtime.outcome import StepOutcome
from graphs.runtime.run import Run
from graphs.state import CaseState
from graphs.steps import AgentStep, ReadStep
from policies.action import Action, EffectKind
from policies.canonical import digest
from policies.fact import FactValue
from policies.verdict import Verdict, VerdictKind
from tools.build import built_by
from tools.errors import Permanent, ToolError
from tools.port import Tool
from tools.resilience import read_with_retries

READ_POINT = "read"
ASK_POINT = "ask"
"""Where a call of a model is judged: a read that leaves the company."""


class ActionDenied(Permanent):
    """The rules do not allow this call."""

    code = "action_denied"


class ModelCallWithheld(Permanent):
    """The rules do not let this question reach a model."""

    code = "model_call_withheld"


class GuardedReader:
    """The only way a step reaches a read tool."""

    def __init__(self, step: ReadStep | AgentStep, run: Run) -> None:
        """Collects what is recorded of every call: action, verdict, result."""
        self._step = step
        self._run = run
        self.calls: list[dict[str, Any]] = []

    async def read(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The tool's result. Raises a `ToolError`; `ActionDenied` unless the verdict is `allow`."""
        wired = self._run.catalog[tool]
        action = self._action(wired, arguments)
        verdict = await self._run.judged(READ_POINT, {"action.tool_allowed": tool in self._step.tools})
        if verdict.kind is not VerdictKind.ALLOW or wired.effect_kind is not EffectKind.READ:
            raise ActionDenied(denial(verdict, tool), tool=tool)
        result = await read_with_retries(wired, dict(arguments), key=action.idempotency_key, around=self._run.admitted)
        self.calls.append({**recorded_call(action, verdict, wired), "result": result})
        return result

    async def look_up(self, tool: str, arguments: Mapping[str, Any], *, refused: str = "") -> dict[str, Any]:
        """What a read gives that a model wants; a call that is denied or fails is recorded like one that succeeds.

        With `refused` it is denied for that reason, and no rule can allow it. Raises `UnknownTool`, or a `ToolError`:
        `ActionDenied` unless the verdict is `allow`.
        """
        wired = self._run.catalog[tool]
        action = self._action(wired, arguments)
        allowed = not refused and tool in self._step.tools
        verdict = await self._run.judged(READ_POINT, {"action.tool_allowed": allowed})
        if not allowed:
            why = refused or denial(verdict, tool)
            failure = {"code": ActionDenied.code, "message": why}
            self.calls.append({**recorded_call(action, verdict, wired), "failure": failure})
            raise ActionDenied(why, tool=tool)
        return await called(wired, action, verdict, self.calls, around=self._run.admitted, withheld=ActionDenied)

    async def ask(
        self, tool: str, arguments: BaseModel, *, facts: Mapping[str, FactValue], agent: str
    ) -> dict[str, Any]:
        """What a model answers; a call that is withheld or fails is recorded like one that succeeds.

        Raises `UnknownTool`, `ModelCallWithheld` unless the verdict is `allow`, or another `ToolError`.
        """
        wired = self._run.catalog[tool]
        action = self._action(wired, arguments.model_dump(mode="json"))
        verdict = await self._run.judged(ASK_POINT, {"action.tool_allowed": True, **facts})
        return await called(wired, action, verdict, self.calls, around=partial(self._run.admitted, agent=agent))

    def _action(self, wired: Tool, arguments: Mapping[str, Any]) -> Action:
        key = digest({"case": self._run.case.id, "step": self._step.name, "read": len(self.calls)})
        return Action(
            tool=wired.name,
            arguments=dict(arguments),
            effect_kind=wired.effect_kind,
            idempotency_key=f"read-{key[:24]}",
        )


def recorded_call(action: Action, verdict: Verdict, wired: Tool) -> dict[str, Any]:
    """A call as the trail keeps it, before its result."""
    return {"action": action.model_dump(mode="json"), "verdict": verdict.model_dump(mode="json"), **built_by(wired)}


async def called(
    wired: Tool,
    action: Action,
    verdict: Verdict,
    calls: list[dict[str, Any]],
    *,
    around: Callable[[Tool], AbstractAsyncContextManager[None]],
    withheld: type[Permanent] = ModelCallWithheld,
) -> dict[str, Any]:
    """What a read gives. The call goes into `calls`, also where it is withheld or fails.

    Raises `withheld` unless the verdict is `allow`, or another `ToolError`.
    """
    told = recorded_call(action, verdict, wired)
    calls.append(told)
    if verdict.kind is not VerdictKind.ALLOW or wired.effect_kind is not EffectKind.READ:
        raise withheld(denial(verdict, wired.name), tool=wired.name)
    try:
        result = await read_with_retries(wired, dict(action.arguments), key=action.idempotency_key, around=around)
    except ToolError as error:
        told["failure"] = {"code": error.reason, "message": error.message}
        raise
    told["result"] = result
    return result


def denial(verdict: Verdict, tool: str) -> str:
    """Why the call is not allowed, in one sentence."""
    reasons = [finding.message for finding in verdict.findings]
    return "; ".join(reasons) or verdict.engine_fault or f"{tool} is not allowed here: {verdict.kind.value}"


async def run_read(step: ReadStep, state: CaseState, run: Run) -> StepOutcome:
    """Run the step's function with a guarded reader."""
    reader = GuardedReader(step, run)
    data = await step.run(run.view(state), reader)
    for call in reader.calls:
        kept = next((name for name, section in data.items() if section == call["result"]), None)
        if kept is not None:  # the entry holds it already, in what the step puts into the state
            call["result"] = {"same_as": f"update.data.{kept}"}
    return StepOutcome(route=step.next, data=data, kind="read.done", values={"calls": reader.calls})
