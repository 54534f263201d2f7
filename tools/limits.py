"""How hard a target may be worked: what a tool may declare about the external system behind it.

A tool may have these attributes besides those of the port: `target`, the name of the external system (else the tool
is its own target), and `limits`, a `TargetLimits`. What an operator has set for the target goes before it. A tool that
works on this machine itself may have `slots` besides, a semaphore of this process: its calls wait for one of them, and
the time limit begins when they have it.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from tools.port import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `calls` in any `per` in the long run, and `burst` at once. Raises `ValueError` for less than one."""

    calls: int
    per: timedelta
    burst: int = 1

    def __post_init__(self) -> None:
        if self.calls < 1 or self.burst < 1 or self.per <= timedelta(0):
            raise ValueError("a rate needs at least one call, one in a burst and a time")

    @property
    def interval(self) -> timedelta:
        """The time between two calls, rounded up to whole microseconds: never more calls than stated."""
        return -(-self.per // self.calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Opens after `failures` failed calls without an answer between them; tries one call after `cool_down`."""

    failures: int
    cool_down: timedelta

    def __post_init__(self) -> None:
        if self.failures < 1 or self.cool_down <= timedelta(0):
            raise ValueError("a breaker needs at least one failure and a time to cool down")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLimits:
    """What holds for a target, for all workers together; None is no limit."""

    max_concurrent: int | None = None
    rate: Rate | None = None
    breaker: Breaker | None = None

    def __post_init__(self) -> None:
        if self.max_concurrent is not None and self.max_concurrent < 1:
            raise ValueError("fewer than one call at once is no limit: switch the tool off")

    @property
    def counted(self) -> bool:
        """Whether every call has to be counted in the database."""
        return self.max_concurrent is not None or self.rate is not None


UNLIMITED = TargetLimits()
USUAL = TargetLimits(max_concurrent=8, breaker=Breaker(failures=5, cool_down=timedelta(seconds=30)))
"""For a system of which nothing else is known."""
NO_SLOTS = nullcontext()
"""Of a tool that only waits for another system: every call may begin."""


class Elsewhere(Exception):
    """A read is one for another system, which `tool` calls under the same name; nothing has been done yet.

    For a tool that finds out only while it works which of two systems it needs: each has its limits, its slots and its
    line, and who waits for one does not hold up the other.
    """

    def __init__(self, tool: Tool) -> None:
        super().__init__(f"{tool.name} needs {target_of(tool)}")
        self.tool = tool


def target_of(tool: Tool) -> str:
    """The external system that the tool calls."""
    return str(getattr(tool, "target", tool.name))


def declared_limits(tool: Tool) -> TargetLimits:
    """What the tool declares; `UNLIMITED` if it declares nothing."""
    limits: TargetLimits = getattr(tool, "limits", UNLIMITED)
    return limits


def slots_of(tool: Tool) -> AbstractAsyncContextManager[None]:
    """What has to be entered while the tool works; nothing where it has no `slots`."""
    slots: AbstractAsyncContextManager[None] = getattr(tool, "slots", NO_SLOTS)
    return slots
