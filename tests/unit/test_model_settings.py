"""The model in the settings: what belongs together, and what a process offers and shows of it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.bootstrap import PromptChanged, questions_of
from api.connector_watch import ConnectorWatch
from api.errors import SettingsInvalid
from api.model import EMBEDDINGS_LISTED_AS, LISTED_AS, endpoint_of, open_model, open_models
from api.settings import Settings, load_settings, variable
from graphs.process import ProcessDefinition
from tests.support.advised import SCOUT, advised_definition
from tests.support.model import COLOUR, arguments, scripted
from tools.connector import Standing
from tools.llm.endpoint import Prices
from tools.llm.errors import ModelUnavailable
from tools.llm.question import Prompt
from tools.testing.model_play import Answer, Refusal, in_turn
from tools.testing.model_server import ScriptedModel, serving

URL = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "m"}
PRICED = {"llm_price_in_micros_per_1k": 100, "llm_price_out_micros_per_1k": 400}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches the tests."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)


def test_without_an_endpoint_there_is_none() -> None:
    assert endpoint_of(load_settings()) is None


def test_an_endpoint_is_what_the_settings_say() -> None:
    settings = load_settings(**URL, **PRICED, llm_api_key="env:KEY", llm_fallback_model="n", llm_timeout_seconds=7)
    endpoint = endpoint_of(settings)
    assert endpoint is not None
    assert (endpoint.models, endpoint.key, endpoint.time_limit) == (("m", "n"), "env:KEY", timedelta(seconds=7))
    assert endpoint.prices == Prices(in_micros=100, out_micros=400)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"llm_base_url": URL["llm_base_url"]}, "llm_model"),
        ({**URL, "llm_price_in_micros_per_1k": 1}, "llm_price_out_micros_per_1k"),
        ({**URL, "llm_price_out_micros_per_1k": 1}, "llm_price_in_micros_per_1k"),
        ({**URL, "llm_tenant_daily_cost_micros": 1}, "llm_tenant_daily_cost_micros"),
        ({"llm_cassette": "c.json", "llm_cassette_mode": "record"}, "llm_base_url"),
        ({"llm_base_url": "models.example/v1"}, "llm_base_url"),
        ({"llm_base_url": "https://user:s3cr3t@models.example/v1"}, "llm_base_url"),
        ({"llm_api_key": "sk-s3cr3t"}, "llm_api_key"),
        ({"llm_timeout_seconds": 0}, "llm_timeout_seconds"),
        ({"llm_timeout_seconds": 301}, "llm_timeout_seconds"),
        ({"llm_answer_tokens": 63}, "llm_answer_tokens"),
        ({"llm_tenant_daily_tokens": -1}, "llm_tenant_daily_tokens"),
        ({"llm_cassette_mode": "both"}, "llm_cassette_mode"),
    ],
)
def test_what_does_not_fit_names_its_variable_and_no_secret(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(**values)
    assert named in str(refused.value).lower()
    assert "s3cr3t" not in str(refused.value)


async def test_a_cassette_answers_without_an_endpoint(tmp_path: Path) -> None:
    file = tmp_path / "cassette.json"
    file.write_text('{"origin": "recorded", "model": "m", "entries": {}}')
    async with open_model(load_settings(llm_cassette=file)) as gateway:
        assert gateway is not None
        with pytest.raises(ModelUnavailable, match="cassette has no answer"):
            await gateway.ask(COLOUR, arguments())


async def test_a_cassette_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"INTERLOCK_LLM_CASSETTE: .*cannot be read"):
        async with open_model(load_settings(llm_cassette=tmp_path / "none.json")):
            pass


async def test_answers_are_recorded_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY", "of the test")
    file = tmp_path / "cassette.json"
    async with scripted(in_turn(Answer(content={"reason": "r", "choice": "red"}))) as asking:
        settings = load_settings(
            llm_base_url=asking.endpoint.base_url,
            llm_model=asking.endpoint.model,
            llm_api_key="env:MODEL_KEY",
            llm_cassette=file,
            llm_cassette_mode="record",
        )
        async with open_model(settings) as gateway:
            assert gateway is not None
            await gateway.ask(COLOUR, arguments())
        assert asking.model.asked[0].headers["authorization"] == "Bearer of the test"
    async with open_model(load_settings(llm_cassette=file)) as gateway:
        assert gateway is not None
        assert (await gateway.ask(COLOUR, arguments())).model == asking.endpoint.model


async def test_the_watch_knows_how_the_model_stands() -> None:
    async with open_model(load_settings(**URL)) as gateway:
        watch = ConnectorWatch(model=gateway)
        assert (watch.model_found, watch.degraded) == (None, False)
        await watch.look()
        found = watch.model_found
    assert found is not None
    assert (found.health.standing, watch.degraded, list(watch.known)) == (Standing.DOWN, True, [LISTED_AS])


async def test_the_watch_knows_how_what_makes_vectors_stands_beside_the_model() -> None:
    model = ScriptedModel(lambda _: Refusal(), models=("letters-1",))
    async with serving(model) as url:
        settings = load_settings(**URL, embeddings_model="letters-1", embeddings_base_url=url)
        async with open_models(settings) as models:
            watch = ConnectorWatch(model=models.gateway, embedder=models.embedder)
            assert watch.embedder_found is None
            await watch.look()
            found, other = watch.embedder_found, watch.model_found
    assert found is not None
    assert other is not None
    assert (found.health.standing, other.health.standing) == (Standing.OK, Standing.DOWN)
    assert model.asked == [], "a check asks no model"


async def test_the_watch_looks_at_vectors_alone_where_no_model_is_asked() -> None:
    settings = load_settings(embeddings_model="letters-1", embeddings_base_url=URL["llm_base_url"])
    async with open_models(settings) as models:
        watch = ConnectorWatch(embedder=models.embedder)
        await watch.look()
    assert (list(watch.known), watch.degraded) == ([EMBEDDINGS_LISTED_AS], True)


def asking(*prompts: Prompt) -> list[ProcessDefinition]:
    """A definition for each prompt."""
    return [advised_definition(replace(SCOUT, prompt=prompt)) for prompt in prompts]


def test_the_questions_of_all_versions_are_known_side_by_side() -> None:
    newer = Prompt(name="colour", version=2, text="Say the colour.")
    found = questions_of([*asking(COLOUR.prompt), *asking(COLOUR.prompt, newer)])
    assert [question.prompt.reference for question in found.values()] == ["colour@1", "colour@2"]
    assert questions_of([]) == {}


def test_a_prompt_that_was_changed_without_a_new_version_is_refused() -> None:
    changed = Prompt(name="colour", version=1, text="Say the colour.")
    with pytest.raises(PromptChanged, match="colour@1 has two texts"):
        questions_of([*asking(COLOUR.prompt), *asking(changed)])


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.startswith("llm_")])
def test_every_setting_of_the_model_is_optional(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable(name), "")
    load_settings()
