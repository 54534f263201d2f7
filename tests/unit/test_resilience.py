"""Reads are tried again in place while waiting may help, each attempt within its own context."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.toy import AmountReader
from tools.errors import Transient
from tools.limits import Breaker, Elsewhere, Rate, TargetLimits, declared_limits, target_of
from tools.port import Tool
from tools.resilience import GRACE, READ_ATTEMPTS, call_once, read_with_retries

SECOND = timedelta(seconds=1)


class OwnSlots(AmountReader):
    """Works on this machine, once at a time, and has no time but for the call itself."""

    time_limit = -GRACE

    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.slots = asyncio.Semaphore(1)


async def test_every_attempt_has_a_context_of_its_own() -> None:
    ends: list[str] = []

    @asynccontextmanager
    async def around(_: Tool) -> AsyncGenerator[None]:
        try:
            yield
        except Transient:
            ends.append("failed")
            raise
        ends.append("answered")

    reader = AmountReader(5, Transient("busy"))
    assert await read_with_retries(reader, {}, key="k", around=around) == {"amount": 5}
    assert ends == ["failed", "answered"]


async def test_a_read_that_is_one_for_another_system_is_made_there_within_the_same_attempt() -> None:
    admitted: list[Tool] = []

    @asynccontextmanager
    async def around(tool: Tool) -> AsyncGenerator[None]:
        admitted.append(tool)
        yield

    other = AmountReader(7)
    reader = AmountReader(5, *[Elsewhere(other)] * READ_ATTEMPTS)
    other.faults = [Transient("busy")] * (READ_ATTEMPTS - 1)
    assert await read_with_retries(reader, {}, key="k", around=around) == {"amount": 7}
    assert (reader.calls, other.calls) == (READ_ATTEMPTS, READ_ATTEMPTS)
    assert admitted == [reader, other] * READ_ATTEMPTS


@pytest.mark.parametrize(("ask_at", "calls"), [(None, READ_ATTEMPTS), (datetime(2026, 3, 2, tzinfo=UTC), 1)])
async def test_a_failure_that_says_when_to_ask_again_is_not_tried_in_place(ask_at: datetime | None, calls: int) -> None:
    fault = Transient("busy")
    fault.ask_at = ask_at
    reader = AmountReader(5, *[fault] * READ_ATTEMPTS)
    with pytest.raises(Transient):
        await read_with_retries(reader, {}, key="k")
    assert reader.calls == calls


async def test_no_time_passes_for_a_call_that_waits_for_a_slot_of_its_tool() -> None:
    reader = OwnSlots(5)
    async with reader.slots:
        waiting = asyncio.create_task(call_once(reader, {}, key="k"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert reader.calls == 0
    assert await waiting == {"amount": 5}


@pytest.mark.parametrize(
    ("calls", "per", "interval"),
    [
        (1, SECOND, SECOND),
        (3, SECOND, timedelta(microseconds=333_334)),
        (3, timedelta(microseconds=1), timedelta(microseconds=1)),
    ],
)
def test_the_time_between_two_calls_is_rounded_up(calls: int, per: timedelta, interval: timedelta) -> None:
    assert Rate(calls=calls, per=per).interval == interval


@pytest.mark.parametrize("number", [0, -1])
def test_limits_that_would_let_nothing_through_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="switch the tool off"):
        TargetLimits(max_concurrent=number)
    with pytest.raises(ValueError, match="at least one call"):
        Rate(calls=number, per=SECOND)
    with pytest.raises(ValueError, match="at least one call"):
        Rate(calls=1, per=SECOND, burst=number)
    with pytest.raises(ValueError, match="at least one failure"):
        Breaker(failures=number, cool_down=SECOND)


def test_a_tool_that_declares_nothing_is_its_own_unlimited_target() -> None:
    reader = AmountReader(5)
    assert target_of(reader) == "toy.read"
    assert not declared_limits(reader).counted
