"""The models of a process, of answers and of embeddings: opened as the settings say, and checked like a connector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from api.connectors import MAX_TEXT
from api.errors import SettingsInvalid
from api.settings import Settings, variable
from graphs.agents.spending import TENANT_DAY_CEILING, Ceiling
from tools.connector import Health, Standing
from tools.llm.cassette import CassetteUnreadable, Recorder
from tools.llm.embedder import Embedder, open_embedder, replaying_embedder
from tools.llm.embedding_tool import MOST_SECONDS
from tools.llm.endpoint import Endpoint, Prices
from tools.llm.gateway import Gateway, open_gateway, open_recording, recorder_of, replaying

LISTED_AS = "(model)"
"""The model's name beside those of connectors, which have no brackets."""
EMBEDDINGS_LISTED_AS = "(embeddings)"


def endpoint_of(settings: Settings) -> Endpoint | None:
    """The endpoint that the settings name, None where they name none."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return None
    return Endpoint(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        fallback_model=settings.llm_fallback_model,
        key=settings.llm_api_key,
        time_limit=timedelta(seconds=settings.llm_timeout_seconds),
        answer_tokens=settings.llm_answer_tokens,
        prices=prices_of(settings),
        logprobs=settings.llm_logprobs,
    )


def prices_of(settings: Settings) -> Prices | None:
    """The prices of the settings, None where they name none."""
    price_in, price_out = settings.llm_price_in_micros_per_1k, settings.llm_price_out_micros_per_1k
    return None if price_in is None or price_out is None else Prices(in_micros=price_in, out_micros=price_out)


def day_ceiling(settings: Settings) -> Ceiling:
    """What a tenant's questions may use in a day: the release's ceiling, but for what the settings say."""
    tokens, cost = settings.llm_tenant_daily_tokens, settings.llm_tenant_daily_cost_micros
    return TENANT_DAY_CEILING.model_copy(
        update={name: value for name, value in (("tokens", tokens), ("cost_micros", cost)) if value is not None}
    )


def embeddings_endpoint_of(settings: Settings) -> Endpoint | None:
    """Where texts are made vectors of, None where the settings name no model for it."""
    base_url = settings.embeddings_base_url or settings.llm_base_url
    if settings.embeddings_model is None or base_url is None:
        return None
    return Endpoint(
        base_url=base_url,
        model=settings.embeddings_model,
        key=settings.embeddings_api_key if settings.embeddings_base_url else settings.llm_api_key,
        time_limit=timedelta(seconds=min(settings.llm_timeout_seconds, MOST_SECONDS)),
        prices=_price_of_texts(settings),
    )


def _price_of_texts(settings: Settings) -> Prices | None:
    price = settings.embeddings_price_micros_per_1k
    return None if price is None else Prices(in_micros=price, out_micros=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What is asked, and what makes vectors of texts; None where the settings name none."""

    gateway: Gateway | None
    embedder: Embedder | None


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncGenerator[Models]:
    """The settings' models, closed afterwards. Raises `SettingsInvalid`."""
    async with AsyncExitStack() as stack:
        try:
            recorder = _recorder(settings)
            gateway = await _gateway(settings, stack, recorder)
            embedder = await _embedder(settings, stack, recorder)
        except CassetteUnreadable as error:
            raise SettingsInvalid(f"{variable('llm_cassette')}: {error}") from error
        yield Models(gateway=gateway, embedder=embedder)


@asynccontextmanager
async def open_model(settings: Settings) -> AsyncGenerator[Gateway | None]:
    """The settings' gateway alone, closed afterwards; None without an endpoint and a cassette.

    Raises `SettingsInvalid`.
    """
    async with open_models(settings) as models:
        yield models.gateway


def _recorder(settings: Settings) -> Recorder | None:
    """What writes the cassette, one for both models: the file has one writer. Raises `CassetteUnreadable`."""
    model = settings.llm_model or settings.embeddings_model
    if settings.llm_cassette is None or settings.llm_cassette_mode == "replay" or model is None:
        return None
    return recorder_of(settings.llm_cassette, model=model, fallback_model=settings.llm_fallback_model)


async def _gateway(settings: Settings, stack: AsyncExitStack, recorder: Recorder | None) -> Gateway | None:
    file, endpoint = settings.llm_cassette, endpoint_of(settings)
    if file is not None and settings.llm_cassette_mode == "replay":
        return replaying(file, prices=prices_of(settings))
    if endpoint is None:
        return None
    if file is not None:
        return await stack.enter_async_context(open_recording(endpoint, file, recorder=recorder))
    return await stack.enter_async_context(open_gateway(endpoint))


async def _embedder(settings: Settings, stack: AsyncExitStack, recorder: Recorder | None) -> Embedder | None:
    model, file = settings.embeddings_model, settings.llm_cassette
    if model is None:
        return None
    if file is not None and settings.llm_cassette_mode == "replay":
        return replaying_embedder(file, model=model, prices=_price_of_texts(settings))
    endpoint = embeddings_endpoint_of(settings)
    return await stack.enter_async_context(open_embedder(endpoint, recorder=recorder)) if endpoint else None


async def check_model(gateway: Gateway | Embedder, *, within_seconds: float) -> Health:
    """How the model's endpoint is now; a check that hangs is an endpoint that is down. No model is asked."""
    try:
        async with asyncio.timeout(within_seconds):
            found = await gateway.check()
    except TimeoutError:
        problem = f"the check did not end within {within_seconds:g} s"
        found = Health(standing=Standing.DOWN, problem=problem, remedy="see whether the endpoint answers, and how fast")
    return replace(found, problem=found.problem[:MAX_TEXT], remedy=found.remedy[:MAX_TEXT])
