"""The gateway on the wire of a server that is not ours, with a model too weak to be relied on: `make live-model`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.model import COLOUR, Colour, arguments
from tools.connector import Standing
from tools.llm.endpoint import Endpoint
from tools.llm.errors import ModelAnswerInvalid
from tools.llm.gateway import Gateway, open_gateway
from tools.llm.question import Budget, Usage

TIMES = 10
BUDGET = Budget(seconds=240)

pytestmark = [pytest.mark.live_model, pytest.mark.timeout(1800)]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    endpoint = Endpoint(
        base_url=os.environ["INTERLOCK_LIVE_MODEL_URL"],
        model=os.environ["INTERLOCK_LIVE_MODEL"],
        time_limit=timedelta(seconds=100),
        answer_tokens=200,
    )
    async with open_gateway(endpoint) as opened:
        yield opened


async def test_the_endpoint_is_well_and_lists_its_model(gateway: Gateway) -> None:
    assert (await gateway.check()).standing is Standing.OK


async def test_a_weak_model_is_asked_in_a_form_found_out_and_never_gives_an_answer_of_another_schema(
    gateway: Gateway,
) -> None:
    began, answered, invalid, forms, usages = time.monotonic(), 0, 0, set[str](), list[Usage]()
    for number in range(TIMES):
        asked = arguments(fields={"thing": f"fire engine number {number}"}, budget=BUDGET)
        try:
            reply = await gateway.ask(COLOUR, asked)
        except ModelAnswerInvalid as error:
            invalid += 1
            usages.append(error.usage)
            continue
        answered += 1
        usages.append(reply.usage)
        forms.add(reply.capability)
        assert reply.origin == "live"
        assert [Colour.model_validate(sample.answer) for sample in reply.samples]
    calls, tokens = sum(usage.calls for usage in usages), sum(usage.tokens_out for usage in usages)
    sys.stdout.write(
        f"\n{TIMES} questions: {answered} answered, {invalid} invalid; form {', '.join(forms) or 'none'}; "
        f"{calls} requests, {tokens} tokens answered, {time.monotonic() - began:.1f} s\n"
    )
    assert answered + invalid == TIMES
    assert len(forms) == 1
    assert not any(usage.estimated for usage in usages)
