"""Embeddings over real HTTP: what is sent, what may come back, what it costs, and what a cassette keeps."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.errors import SettingsInvalid
from api.model import embeddings_endpoint_of, open_models
from api.settings import load_settings
from tests.support.model import Clock
from tools.llm.connecting import connecting
from tools.llm.embedder import Embedder, open_embedder
from tools.llm.embedding import MOST_DIMENSIONS, MOST_TEXTS, EmbedArguments, read_vectors
from tools.llm.endpoint import Endpoint, Prices
from tools.llm.errors import ModelAnswerInvalid, ModelBudgetSpent, ModelFailed, ModelTimedOut, ModelUnavailable
from tools.llm.question import Budget
from tools.testing.letter_vectors import letter_vector
from tools.testing.model_play import EMBEDDING_FAULTS, FAULTS, Refusal, Script, Status, Vectors, in_turn
from tools.testing.model_server import ScriptedModel, serving

CRANE, CRANE_AGAIN, PAPER = "Rental of a mobile crane", "Rent of a mobile crane", "Copy paper, five boxes"
TEXTS = EmbedArguments(view="test", texts=(CRANE, CRANE_AGAIN, PAPER))
WITHIN_SECONDS = 20
KEY = "sk-canary-4712"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    embedder: Embedder
    model: ScriptedModel
    clock: Clock


@asynccontextmanager
async def scripted(
    vectors: Script = lambda _: Vectors(), *, time_limit: timedelta = timedelta(seconds=9)
) -> AsyncGenerator[Asking]:
    model, clock = ScriptedModel(lambda _: Refusal(), vectors=vectors), Clock()
    async with serving(model) as url:
        endpoint = Endpoint(
            base_url=url,
            model="letters-1",
            key="env:KEY",
            time_limit=time_limit,
            prices=Prices(in_micros=1_000, out_micros=0),
        )
        connect = connecting(lambda _: SecretStr(KEY))
        async with open_embedder(endpoint, connect=connect, surroundings=clock.surroundings) as embedder:
            yield Asking(embedder=embedder, model=model, clock=clock)


def cosine(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / math.hypot(*one) / math.hypot(*other)


async def test_each_text_has_a_vector_and_alike_texts_have_alike_ones() -> None:
    async with scripted() as asking:
        found = await asking.embedder.embed(TEXTS)
    crane, again, paper = found.vectors
    assert cosine(crane, again) > 0.6 > 0.4 > cosine(crane, paper)
    assert (found.model, found.origin) == ("letters-1", "scripted")
    assert (found.usage.calls, found.usage.tokens_in, found.usage.cost_micros) == (1, 14, 14)
    [asked] = asking.model.embedded
    assert asked.body == {"model": "letters-1", "input": list(TEXTS.texts), "encoding_format": "float"}
    assert asked.headers["authorization"] == f"Bearer {KEY}"


EXPECTED: dict[str, tuple[type[ModelFailed], int]] = {
    "time_out": (ModelTimedOut, 2),
    "drip": (ModelTimedOut, 2),
    "broken": (ModelUnavailable, 3),
    "reset": (ModelUnavailable, 3),
    "garbage": (ModelAnswerInvalid, 1),
    "huge": (ModelAnswerInvalid, 1),
    **dict.fromkeys(EMBEDDING_FAULTS, (ModelAnswerInvalid, 1)),
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_fault_ends_in_a_named_error_after_few_requests(name: str) -> None:
    error, most = EXPECTED[name]
    play = {**FAULTS, **EMBEDDING_FAULTS}[name]
    limit = timedelta(milliseconds=350 if error is ModelTimedOut else 9_000)
    async with scripted(lambda _: play, time_limit=limit) as asking, asyncio.timeout(WITHIN_SECONDS):
        with pytest.raises(error) as caught:
            await asking.embedder.embed(TEXTS)
        assert len(asking.model.embedded) == most == caught.value.usage.calls
        assert KEY not in str(caught.value)


async def test_a_fault_that_passes_is_waited_out() -> None:
    async with scripted(in_turn(Status(status=503, headers={"Retry-After": "2"}), Vectors())) as asking:
        assert len((await asking.embedder.embed(TEXTS)).vectors) == 3
        assert asking.clock.pauses == [2.0]


async def test_a_model_that_keeps_failing_is_left_alone() -> None:
    async with scripted(lambda _: Status(status=500)) as asking:
        for _ in range(3):
            with pytest.raises(ModelUnavailable):
                await asking.embedder.embed(TEXTS)
        assert len(asking.model.embedded) == 5


async def test_what_the_budget_does_not_cover_is_not_sent() -> None:
    async with scripted() as asking:
        with pytest.raises(ModelBudgetSpent):
            await asking.embedder.embed(TEXTS.model_copy(update={"budget": Budget(tokens=10)}))
        assert asking.model.embedded == []


def test_the_longest_embeddings_of_a_request_fit_into_what_is_read() -> None:
    numbers = ",".join(["-0.01234567890123456"] * MOST_DIMENSIONS)
    items = ",".join(f'{{"index": {index}, "embedding": [{numbers}]}}' for index in range(MOST_TEXTS))
    content = f'{{"data": [{items}]}}'.encode()
    assert len(content) < 1024 * 1024
    assert len(read_vectors(content, texts=MOST_TEXTS).vectors) == MOST_TEXTS


def test_a_scripted_vector_is_the_same_in_every_process() -> None:
    assert letter_vector("crane", dimensions=4) == letter_vector("  CRANE ", dimensions=4)
    assert letter_vector("", dimensions=4) != [0.0] * 4


# Settings and cassettes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"embeddings_model": "e"}, "embeddings_base_url"),
        ({"embeddings_base_url": "http://e/v1"}, "embeddings_model"),
        ({"embeddings_price_micros_per_1k": 1}, "embeddings_model"),
        ({"embeddings_api_key": "env:K"}, "embeddings_model"),
        (
            {"llm_base_url": "http://m/v1", "llm_model": "m", "embeddings_model": "e", "embeddings_api_key": "env:K"},
            "embeddings_base_url",
        ),
        (
            {
                "llm_base_url": "http://m/v1",
                "llm_model": "m",
                "llm_price_in_micros_per_1k": 1,
                "llm_price_out_micros_per_1k": 1,
                "llm_tenant_daily_cost_micros": 9,
                "embeddings_model": "e",
            },
            "embeddings_price_micros_per_1k",
        ),
    ],
)
def test_settings_that_do_not_fit_name_the_variable(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(**values)
    assert named in str(refused.value).lower()


def test_the_key_of_one_endpoint_is_not_sent_to_another() -> None:
    common = {"llm_base_url": "http://m/v1", "llm_model": "m", "llm_api_key": "env:M", "embeddings_model": "e"}
    shared = embeddings_endpoint_of(load_settings(**common))
    own = embeddings_endpoint_of(load_settings(**common, embeddings_base_url="http://e/v1"))
    assert shared is not None
    assert own is not None
    assert (shared.base_url, shared.key, shared.model) == ("http://m/v1", "env:M", "e")
    assert (own.base_url, own.key) == ("http://e/v1", None)


async def test_without_a_model_for_it_there_is_no_embedder() -> None:
    async with open_models(load_settings(llm_base_url="http://m/v1", llm_model="m")) as models:
        assert models.embedder is None
        assert models.gateway is not None


async def test_embeddings_are_recorded_beside_answers_and_replayed_without_a_network(tmp_path: Path) -> None:
    file = tmp_path / "cassette.json"
    async with serving(ScriptedModel(lambda _: Refusal())) as url:
        common = {"llm_base_url": url, "llm_model": "m", "embeddings_model": "letters-1", "llm_cassette": file}
        async with open_models(load_settings(**common, llm_cassette_mode="record")) as models:
            assert models.embedder is not None
            recorded = await models.embedder.embed(TEXTS)
    async with open_models(load_settings(llm_cassette=file, embeddings_model="letters-1")) as models:
        assert models.embedder is not None
        replayed = await models.embedder.embed(TEXTS)
        with pytest.raises(ModelUnavailable, match="no embedding of this text by letters-1"):
            await models.embedder.embed(EmbedArguments(view="test", texts=("another",)))
    assert replayed.vectors == recorded.vectors
    assert CRANE not in file.read_text()
