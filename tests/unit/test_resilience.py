"""Reads are tried again in place while waiting may help, each attempt within its own context."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.toy import AmountReader
from tools.errors import Transient
from tools.limits import Breaker, Rate, TargetLimits, declared_limits, target_of
from tools.resilience import READ_ATTEMPTS, read_with_retries

SECOND = timedelta(seconds=1)


async def test_every_attempt_has_a_context_of_its_own() -> None:
    ends: list[str] = []

    @asynccontextmanager
    async def around() -> AsyncGenerator[None]:
        try:
            yield
        except Transient:
            ends.append("failed")
            raise
        ends.append("answered")

    reader = AmountReader(5, Transient("busy"))
    assert await read_with_retries(reader, {}, key="k", around=around) == {"amount": 5}
    assert ends == ["failed", "answered"]


@pytest.mark.parametrize(("ask_at", "calls"), [(None, READ_ATTEMPTS), (datetime(2026, 3, 2, tzinfo=UTC), 1)])
async def test_a_failure_that_says_when_to_ask_again_is_not_tried_in_place(ask_at: datetime | None, calls: int) -> None:
    fault = Transient("busy")
    fault.ask_at = ask_at
    reader = AmountReader(5, *[fault] * READ_ATTEMPTS)
    with pytest.raises(Transient):
        await read_with_retries(reader, {}, key="k")
    assert reader.calls == calls


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
