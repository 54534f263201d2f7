"""A question's budget: requests, tokens, money and time, over everything that is done for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.model import COLOUR, PRICES, RED, Clock, arguments, scripted
from tools.llm.endpoint import Prices
from tools.llm.errors import ModelBudgetSpent, ModelTimedOut
from tools.llm.fault import Spent
from tools.llm.meter import Meter, estimated_tokens
from tools.llm.question import Budget
from tools.testing.model_play import Answer, Silence, Status, in_turn

RIGHT = in_turn(Answer(content=RED))


def meter(prices: Prices | None = PRICES, clock: Clock | None = None, **budget: int) -> Meter:
    return Meter(Budget(**budget), prices=prices, monotonic=(clock or Clock()).surroundings.monotonic)


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
async def test_a_question_makes_as_many_requests_as_it_may_and_no_more(samples: int) -> None:
    async with scripted(RIGHT) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(samples=samples, budget=Budget(calls=3)))
        assert asking.requests == reply.usage.calls == min(samples, 3)
        failures = [sample.failure for sample in reply.samples if sample.failure]
        assert failures == ["model_budget_spent"] * max(0, samples - 3)


async def test_retries_and_repairs_are_requests_too() -> None:
    plays = in_turn(Status(status=502), Answer(content={}), Answer(content=RED))
    async with scripted(plays) as asking:
        with pytest.raises(ModelBudgetSpent) as caught:
            await asking.gateway.ask(COLOUR, arguments(budget=Budget(calls=2)))
        assert asking.requests == caught.value.usage.calls == 2
    async with scripted(plays) as asking:
        assert (await asking.gateway.ask(COLOUR, arguments(budget=Budget(calls=3)))).usage.calls == 3


@pytest.mark.parametrize("budget", [Budget(calls=0), Budget(tokens=0), Budget(cost_micros=0), Budget(seconds=0)])
async def test_nothing_is_sent_without_a_budget(budget: Budget) -> None:
    async with scripted(RIGHT) as asking:
        with pytest.raises(ModelBudgetSpent) as caught:
            await asking.gateway.ask(COLOUR, arguments(budget=budget))
        assert asking.requests == caught.value.usage.calls == 0


@pytest.mark.parametrize(
    ("budget", "allowed"),
    [
        ({"tokens": 149}, False),
        ({"tokens": 150}, True),
        ({"tokens": 151}, True),
        ({"cost_micros": 199}, False),
        ({"cost_micros": 200}, True),
        ({"cost_micros": 201}, True),
    ],
)
def test_a_request_is_reserved_with_the_most_that_it_may_use(budget: dict[str, int], allowed: bool) -> None:
    reserving = meter(**budget)
    if allowed:
        reserving.reserve(tokens_in=100, tokens_out=50)
    else:
        with pytest.raises(Spent):
            reserving.reserve(tokens_in=100, tokens_out=50)


def test_what_requests_under_way_may_use_is_not_given_out_twice() -> None:
    sharing = meter(tokens=100)
    first = sharing.reserve(tokens_in=30, tokens_out=30)
    with pytest.raises(Spent, match="120 would be needed, 100 are allowed"):
        sharing.reserve(tokens_in=30, tokens_out=30)
    sharing.settle(first, tokens_in=20, tokens_out=20)
    sharing.reserve(tokens_in=30, tokens_out=30)


def test_what_nobody_worked_on_is_given_back() -> None:
    giving = meter(tokens=60)
    giving.release(giving.reserve(tokens_in=30, tokens_out=30))
    giving.reserve(tokens_in=30, tokens_out=30)
    assert (giving.usage.calls, giving.usage.tokens_in) == (2, 0)


@pytest.mark.parametrize(
    ("tokens_in", "tokens_out", "cost"),
    [(0, 0, 0), (1, 0, 1), (1000, 0, 1), (1001, 0, 2), (0, 1000, 3), (1000, 1001, 5)],
)
def test_costs_are_rounded_up_to_a_millionth(tokens_in: int, tokens_out: int, cost: int) -> None:
    assert Prices(in_micros=1, out_micros=3).cost(tokens_in=tokens_in, tokens_out=tokens_out) == cost


async def test_usage_is_what_the_endpoint_counts_and_what_that_costs() -> None:
    async with scripted(RIGHT) as asking:
        usage = (await asking.gateway.ask(COLOUR, arguments(samples=2))).usage
        words_in, words_out = len(asking.model.asked[0].text.split()), len(Answer(content=RED).text.split())
        assert (usage.tokens_in, usage.tokens_out) == (2 * words_in, 2 * words_out)
        assert usage.cost_micros == 2 * words_in + 4 * words_out
        assert not usage.estimated


async def test_tokens_that_the_endpoint_does_not_count_are_estimated_and_marked() -> None:
    async with scripted(in_turn(Answer(content=RED, count=False))) as asking:
        usage = (await asking.gateway.ask(COLOUR, arguments())).usage
        assert usage.estimated
        assert usage.tokens_out == estimated_tokens(Answer(content=RED).text)
        assert usage.tokens_in >= estimated_tokens(asking.model.asked[0].text)


async def test_without_prices_no_cost_is_known_and_money_is_no_limit() -> None:
    async with scripted(RIGHT, prices=None) as asking:
        reply = await asking.gateway.ask(COLOUR, arguments(budget=Budget(cost_micros=0)))
        assert reply.usage.cost_micros is None


async def test_a_request_ends_with_the_time_of_the_question() -> None:
    clock_ran_down = in_turn(Status(status=429, headers={"Retry-After": "9.8"}), Silence())
    async with scripted(clock_ran_down, time_limit=timedelta(seconds=30)) as asking:
        with pytest.raises(ModelBudgetSpent, match="used up its time"):
            await asking.gateway.ask(COLOUR, arguments(budget=Budget(seconds=10)))
        assert asking.requests == 2


async def test_a_request_ends_with_the_endpoint_s_limit_before_that() -> None:
    async with scripted(in_turn(Silence())) as asking:
        with pytest.raises(ModelTimedOut):
            await asking.gateway.ask(COLOUR, arguments(budget=Budget(seconds=10)))


@pytest.mark.parametrize("spent", [10.0, 10.1])
def test_no_request_begins_after_the_time(spent: float) -> None:
    clock = Clock()
    late = meter(clock=clock, seconds=10)
    clock.now = 9.9
    late.reserve(tokens_in=1, tokens_out=1)
    clock.now = spent
    with pytest.raises(Spent, match="no time left"):
        late.reserve(tokens_in=1, tokens_out=1)
