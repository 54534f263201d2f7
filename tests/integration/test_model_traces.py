"""The trace of a question to a model has the field's standard names, and never what was asked or answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from tests.support.model import BLUE, COLOUR, arguments, scripted
from tests.support.otlp_sink import SeenSpan, Sink, otlp_sink
from tools.llm.connecting import connecting
from tools.llm.embedder import open_embedder
from tools.llm.embedding import EmbedArguments
from tools.llm.endpoint import Endpoint
from tools.llm.errors import ModelFailed
from tools.llm.question import Budget
from tools.telemetry.otel import Exporting
from tools.testing.model_play import Answer, Raw, Refusal, Script, Status, Vectors
from tools.testing.model_server import MODEL, ScriptedModel, serving

CLIENT = 3
"""A span's kind, in OpenTelemetry's numbers."""
SECRETS = ("Which colour?", "a fire engine", "It is red.", BLUE["reason"], "sk-canary-4712")
"""What is asked, what is shown with it, what is answered, and the key."""


@pytest.fixture
def exporting(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sink, Exporting]]:
    """A collector, and what sends this process's spans there; they are there once it is closed."""
    with otlp_sink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url)
        found = Exporting(version="1", role="serve")
        try:
            yield sink, found
        finally:
            found.close()


async def traced(exporting: tuple[Sink, Exporting], script: Script, *, refused: bool = False) -> SeenSpan:
    """The span of one question."""
    sink, exporter = exporting
    async with scripted(script, key=SECRETS[-1], time_limit=timedelta(seconds=20)) as asking:
        asked = asking.gateway.ask(COLOUR, arguments(budget=Budget(calls=1)))
        if refused:
            with pytest.raises(ModelFailed):
                await asked
        else:
            await asked
    exporter.close()
    (span,) = [one for one in sink.spans if "gen_ai.operation.name" in one.attributes]
    assert [secret for secret in SECRETS if any(str(secret).encode() in body for body in sink.bodies)] == []
    return span


async def test_a_question_has_the_standard_names_of_a_chat(exporting: tuple[Sink, Exporting]) -> None:
    span = await traced(exporting, lambda _: Answer(content=BLUE))
    told = span.attributes
    assert (span.name, span.kind, span.failed) == (f"chat {MODEL}", CLIENT, False)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert (told["gen_ai.request.model"], told["gen_ai.response.model"]) == (MODEL, MODEL)
    assert told["gen_ai.usage.input_tokens"] > 0
    assert told["gen_ai.usage.output_tokens"] > 0
    assert told["server.address"] == "127.0.0.1"
    assert {name for name in told if name.startswith("gen_ai.")} == {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
    }


async def test_a_question_that_fails_is_told_by_its_code_alone(exporting: tuple[Sink, Exporting]) -> None:
    span = await traced(exporting, lambda _: Status(status=403), refused=True)
    assert span.failed
    assert str(span.attributes["error.type"]).isidentifier()
    assert "gen_ai.response.model" not in span.attributes


@pytest.mark.parametrize("told", [7, None, "x" * 201, "two\nlines"])
async def test_what_is_no_name_of_a_model_is_not_told(exporting: tuple[Sink, Exporting], told: object) -> None:
    answer = {
        "model": told,
        "choices": [{"message": {"role": "assistant", "content": json.dumps(BLUE)}, "finish_reason": "stop"}],
    }
    span = await traced(exporting, lambda _: Raw(body=json.dumps(answer).encode()))
    assert "gen_ai.response.model" not in span.attributes


async def test_vectors_of_texts_have_the_standard_names_of_embeddings(exporting: tuple[Sink, Exporting]) -> None:
    sink, exporter = exporting
    async with serving(ScriptedModel(lambda _: Refusal(), vectors=lambda _: Vectors())) as url:
        endpoint = Endpoint(base_url=url, model="letters-1", key="env:KEY", time_limit=timedelta(seconds=20))
        async with open_embedder(endpoint, connect=connecting(lambda _: SecretStr(SECRETS[-1]))) as embedder:
            await embedder.embed(EmbedArguments(view="test", texts=("a fire engine",)))
    exporter.close()
    (span,) = [one for one in sink.spans if "gen_ai.operation.name" in one.attributes]
    assert (span.name, span.attributes["gen_ai.operation.name"]) == ("embeddings letters-1", "embeddings")
    assert span.attributes["gen_ai.response.model"] == "letters-1"
    assert [secret for secret in SECRETS if any(str(secret).encode() in body for body in sink.bodies)] == []
