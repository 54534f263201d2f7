"""A model that keeps failing is left alone for a while, and another of the same endpoint is asked instead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.model import COLOUR, FALLBACK, RED, Clock, arguments, scripted
from tools.limits import Breaker
from tools.llm.breaker import CircuitBreaker
from tools.llm.errors import ModelAnswerInvalid, ModelRefused, ModelUnavailable
from tools.llm.fault import LeftAlone
from tools.llm.question import Budget
from tools.testing.model_play import Answer, Asked, Play, Refusal, Script, Status, in_turn
from tools.testing.model_server import MODEL

RIGHT = Answer(content=RED)


def by_model(first: Play, second: Play = RIGHT) -> Script:
    def script(asked: Asked) -> Play:
        return first if asked.body["model"] == MODEL else second

    return script


def breaker(clock: Clock, failures: int = 2) -> CircuitBreaker:
    limits = Breaker(failures=failures, cool_down=timedelta(seconds=30))
    return CircuitBreaker(limits, model="m", monotonic=clock.surroundings.monotonic)


def fail(one: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        one.admit()
        one.failed("HTTP 500")


@pytest.mark.parametrize(("failures", "is_open"), [(1, False), (2, True)])
def test_it_opens_after_so_many_failures(failures: int, is_open: bool) -> None:
    one = breaker(Clock())
    fail(one, failures)
    assert one.is_open is is_open


def test_an_answer_between_them_begins_the_count_anew() -> None:
    one = breaker(Clock())
    fail(one, 1)
    one.answered()
    fail(one, 1)
    one.admit()


@pytest.mark.parametrize(("after", "passes"), [(29.9, False), (30.0, True)])
def test_after_the_cool_down_one_request_passes_and_only_one(after: float, passes: bool) -> None:
    clock = Clock()
    one = breaker(clock)
    fail(one, 2)
    clock.now = after
    if passes:
        one.admit()
    with pytest.raises(LeftAlone, match="last: HTTP 500"):
        one.admit()


def test_the_request_that_tries_closes_it_or_opens_it_again() -> None:
    clock = Clock()
    one = breaker(clock)
    fail(one, 2)
    clock.now = 30
    fail(one, 1)
    assert one.is_open
    clock.now = 60
    one.admit()
    one.answered()
    one.admit()
    one.admit()


def test_a_request_that_is_given_up_lets_the_next_one_try() -> None:
    clock = Clock()
    one = breaker(clock)
    fail(one, 2)
    clock.now = 30
    one.admit()
    one.ended()
    one.admit()


async def test_an_open_breaker_sends_nothing_until_it_has_cooled_down() -> None:
    async with scripted(in_turn(Status(status=502))) as asking:
        for _ in range(4):
            with pytest.raises(ModelUnavailable):
                await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 5
        asking.clock.now += 31
        asking.model.script = in_turn(RIGHT)
        assert (await asking.gateway.ask(COLOUR, arguments())).samples[0].answer == RED


@pytest.mark.parametrize("status", [401, 404, 429, 500, 502])
async def test_the_fall_back_model_answers_when_the_first_is_out_and_the_reply_says_so(status: int) -> None:
    async with scripted(by_model(Status(status=status)), fallback_model=FALLBACK) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(samples=3))
        assert (reply.model, reply.fallback) == (FALLBACK, True)
        assert [sample.answer for sample in reply.samples] == [RED] * 3
        assert asking.requests == reply.usage.calls


async def test_all_samples_are_of_one_model() -> None:
    def script(asked: Asked) -> Play:
        return RIGHT if asked.body["model"] == MODEL and asked.number == 0 else Status(status=502)

    async with scripted(script, fallback_model=FALLBACK) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(samples=3, budget=Budget(calls=30)))
        assert (reply.model, reply.fallback) == (MODEL, False)
        assert [sample.failure for sample in reply.samples] == ["", "model_unavailable", "model_unavailable"]
        assert {asked.body["model"] for asked in asking.model.asked} == {MODEL}


@pytest.mark.parametrize(
    ("play", "error"), [(Refusal(), ModelRefused), (Answer(content="no"), ModelAnswerInvalid)], ids=["refusal", "prose"]
)
async def test_an_answer_that_one_does_not_like_is_no_reason_to_ask_another_model(
    play: Play, error: type[Exception]
) -> None:
    async with scripted(by_model(play), fallback_model=FALLBACK) as asking:
        with pytest.raises(error):
            await asking.gateway.ask(COLOUR, arguments())
        assert {asked.body["model"] for asked in asking.model.asked} == {MODEL}


async def test_the_first_model_leaves_time_for_the_second() -> None:
    busy = Status(status=429, headers={"Retry-After": "6"})
    async with scripted(by_model(busy), fallback_model=FALLBACK) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(budget=Budget(seconds=10)))
        assert reply.fallback
        assert asking.clock.pauses == []


async def test_when_both_are_out_the_second_one_s_error_is_told_with_the_usage_of_both() -> None:
    async with scripted(by_model(Status(status=401), Status(status=404)), fallback_model=FALLBACK) as asking:
        with pytest.raises(ModelUnavailable, match="404") as caught:
            await asking.gateway.ask(COLOUR, arguments())
        assert caught.value.usage.calls == 2
