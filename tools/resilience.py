"""Short retries and time-outs around a call of a tool. Long back-off is the queue's, not this module's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from policies.action import EffectKind
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.limits import Elsewhere, slots_of
from tools.port import Tool
from tools.telemetry import tracing
from tools.telemetry.metrics import RETRIES
from tools.telemetry.tracing import NO_SPAN, Span, SpanKind

READ_ATTEMPTS = 3
FIRST_PAUSE = timedelta(milliseconds=100)
GRACE = timedelta(seconds=5)


def typed_arguments(tool: Tool, arguments: dict[str, Any]) -> BaseModel:
    """`arguments` as the tool's model. Raises `Permanent` naming the field that does not fit."""
    try:
        return tool.arguments.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Permanent(f"{where}: {first['msg']}", tool=tool.name, code="invalid_arguments") from error


async def call_once(tool: Tool, arguments: dict[str, Any], *, key: str) -> dict[str, Any]:
    """One call, ended after the tool's time limit and some grace; while it waits for one of its slots no time passes.

    Raises a `ToolError`; a time-out of a write is `Ambiguous`, of a read `Transient`. An error that the tool did
    not classify is `Ambiguous` for a write: it may have happened. A read may raise `Elsewhere`.
    """
    with tool_span(tool, "execute"):
        typed = typed_arguments(tool, arguments)
        async with slots_of(tool):
            return await _called(tool, typed, key=key)


async def _called(tool: Tool, typed: BaseModel, *, key: str) -> dict[str, Any]:
    reads = tool.effect_kind is EffectKind.READ
    try:
        async with asyncio.timeout((tool.time_limit + GRACE).total_seconds()):
            return await tool.execute(typed, key=key)
    except (ToolError, Elsewhere):
        raise
    except TimeoutError as error:
        late = Transient if reads else Ambiguous
        raise late(f"no answer within {tool.time_limit}", tool=tool.name, code="timeout") from error
    except Exception as error:
        unknown = Permanent if reads else Ambiguous
        raise unknown(f"{type(error).__name__}: {error}", tool=tool.name, code="unclassified") from error


async def read_with_retries(
    tool: Tool,
    arguments: dict[str, Any],
    *,
    key: str,
    around: Callable[[Tool], AbstractAsyncContextManager[None]] = lambda _: nullcontext(),
) -> dict[str, Any]:
    """A read, tried up to `READ_ATTEMPTS` times while the failure is `Transient` and may pass at any time.

    Each attempt is made within a context of its own from `around`, which is told what is called: the tool, or the
    one that it sends the call to.
    """
    pause = FIRST_PAUSE
    for attempt in range(1, READ_ATTEMPTS + 1):
        try:
            return await _read(tool, arguments, key=key, around=around)
        except Transient as error:
            if attempt == READ_ATTEMPTS or error.ask_at is not None:
                raise
        RETRIES.of(tool.name, "in_place").inc()
        await asyncio.sleep(pause.total_seconds())
        pause *= 4
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _read(
    tool: Tool,
    arguments: dict[str, Any],
    *,
    key: str,
    around: Callable[[Tool], AbstractAsyncContextManager[None]],
) -> dict[str, Any]:
    """One attempt, by the tool or by the one that it sends the call to."""
    try:
        async with around(tool):
            return await call_once(tool, arguments, key=key)
    except Elsewhere as other:
        elsewhere = other.tool
    async with around(elsewhere):
        return await call_once(elsewhere, arguments, key=key)


async def ask_by_key(tool: Tool, arguments: dict[str, Any], *, key: str) -> dict[str, Any] | None:
    """What the target knows of a call with `key`; None if nothing. Raises `Transient` if it cannot be asked now."""
    with tool_span(tool, "find_by_key"):
        return await _found(tool, typed_arguments(tool, arguments), key=key)


async def _found(tool: Tool, typed: BaseModel, *, key: str) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout((tool.time_limit + GRACE).total_seconds()):
            return await tool.find_by_key(typed, key=key)
    except ToolError as error:
        raise Transient(error.message, tool=tool.name, code=error.reason) from error
    except TimeoutError as error:
        raise Transient("no answer when asked for the outcome", tool=tool.name, code="timeout") from error


def tool_span(tool: Tool, operation: str) -> AbstractContextManager[Span]:
    """The span of one call: what is called, never with what."""
    if not tracing.is_on():
        return NO_SPAN
    return tracing.span(
        f"{operation} {tool.name}",
        kind=SpanKind.CLIENT,
        attributes={
            "interlock.tool": tool.name,
            "interlock.tool.operation": operation,
            "interlock.effect.kind": tool.effect_kind.value,
        },
    )
