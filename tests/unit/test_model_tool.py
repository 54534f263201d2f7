"""The tool `model.ask`, streaming for a console, and a key that appears nowhere."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import traceback
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.conftest import ROOT
from tests.support.model import COLOUR, RED, arguments, scripted
from tests.support.patience import wait_until
from tools.connector import Standing
from tools.errors import Permanent
from tools.limits import UNLIMITED, declared_limits, target_of
from tools.llm.client import MOST_BYTES, OpenAiClient
from tools.llm.endpoint import Endpoint
from tools.llm.errors import ModelFailed, ModelUnavailable, QuestionUnknown
from tools.llm.fault import Fault, Late, Lost, TooLong
from tools.llm.gateway import Gateway, open_gateway
from tools.llm.question import Budget, Passage, Prompt, Question, Reply
from tools.llm.tool import MOST_SECONDS, ModelTool
from tools.port import Tool
from tools.resilience import call_once
from tools.secret import SecretMissing
from tools.testing.model_play import FAULTS, Answer, Drip, Huge, Raw, Reset, Silence, Status, in_turn
from tools.testing.model_server import MODEL

KEY = "sk_canary_of_the_key"
RIGHT = in_turn(Answer(content=RED))


def tool(gateway: Gateway | None) -> ModelTool:
    return ModelTool({COLOUR.name: COLOUR}, gateway)


async def test_it_is_a_tool_and_its_result_is_a_reply_in_plain_json() -> None:
    async with scripted(RIGHT) as asking:
        asks = tool(asking.gateway)
        assert isinstance(asks, Tool)
        result = await call_once(asks, arguments().model_dump(mode="json"), key="k")
        assert json.loads(json.dumps(result)) == result
        assert Reply.model_validate(result).samples[0].answer == RED
        assert await asks.find_by_key(arguments(), key="k") is None


async def test_without_a_gateway_it_says_what_to_set() -> None:
    asks = tool(None)
    with pytest.raises(ModelUnavailable, match="set INTERLOCK_LLM_BASE_URL"):
        await asks.execute(arguments(), key="k")
    assert declared_limits(asks) is UNLIMITED
    assert target_of(asks) == "model"


@pytest.mark.parametrize(
    "changes",
    [{"question": "colours"}, {"prompt": "colour@2"}, {"prompt_digest": "0" * 64}],
    ids=["question", "version", "text"],
)
async def test_a_question_that_no_process_asks_is_unknown_also_without_a_gateway(changes: dict[str, str]) -> None:
    async with scripted(RIGHT) as asking:
        for gateway in (asking.gateway, None):
            with pytest.raises(QuestionUnknown):
                await tool(gateway).execute(arguments(**changes), key="k")
        assert asking.requests == 0


async def test_two_versions_of_a_prompt_are_asked_side_by_side() -> None:
    newer = Question(
        name=COLOUR.name, prompt=Prompt(name="colour", version=2, text="Say the colour."), answer=COLOUR.answer
    )
    async with scripted(RIGHT) as asking:
        asks = ModelTool({"old": COLOUR, "new": newer}, asking.gateway)
        await asks.execute(arguments(), key="k")
        await asks.execute(arguments(prompt=newer.prompt.reference, prompt_digest=newer.prompt.digest), key="k")
        assert ["Say the colour." in asked.text for asked in asking.model.asked] == [False, True]


async def test_fields_that_are_no_json_are_refused_before_anything_is_sent() -> None:
    async with scripted(RIGHT) as asking:
        with pytest.raises(Permanent, match="fields"):
            await tool(asking.gateway).execute(arguments(fields={"thing": "\ud800"}), key="k")
        assert asking.requests == 0


async def test_no_question_lasts_longer_than_a_worker_s_slot() -> None:
    busy = Status(status=429, headers={"Retry-After": str(MOST_SECONDS)})
    async with scripted(in_turn(busy)) as asking:
        asks = tool(asking.gateway)
        with pytest.raises(ModelFailed):
            await asks.execute(arguments(budget=Budget(seconds=100_000)), key="k")
        assert asking.clock.pauses == []
        assert asks.time_limit == timedelta(seconds=MOST_SECONDS)


async def test_nothing_but_the_material_and_the_question_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-provider")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-provider")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Other: of-another-provider")
    async with scripted(RIGHT, key=KEY) as asking:
        await asking.gateway.ask(COLOUR, arguments(passages=(Passage(label="mail", text="seen"),)))
        sent = asking.model.asked[0]
        assert sent.headers["authorization"] == f"Bearer {KEY}"
        assert "of-another-provider" not in str(sent)
        assert not [name for name in sent.headers if name.startswith(("openai", "x-")) and "raw" not in name]
        assert sent.material == {"fields": '{"thing":"a fire engine"}', "mail": "seen"}
        assert set(sent.body) == {"model", "messages", "max_tokens", "temperature", "response_format"}


@pytest.mark.parametrize("name", [*FAULTS, "echoing"])
async def test_the_key_is_in_no_error_and_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echoing = Status(status=401, message=f"Incorrect API key: {KEY}", code=KEY, parameter=KEY)
    with capture_logs() as events:
        async with scripted(
            in_turn(FAULTS.get(name, echoing)), key=KEY, time_limit=timedelta(milliseconds=60)
        ) as asking:
            with pytest.raises(ModelFailed) as caught:
                await asking.gateway.ask(COLOUR, arguments())
            assert asking.model.asked[0].headers["authorization"] == f"Bearer {KEY}"
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told + repr(caught.value) + str(events) + caplog.text


async def test_a_key_that_is_not_there_is_unavailable_and_named_by_its_reference() -> None:
    def missing(reference: str) -> SecretStr:
        raise SecretMissing(f"{reference}: the variable is not set")

    client = OpenAiClient(Endpoint(base_url="http://127.0.0.1:9/v1", model="m", key="env:KEY"), secret=missing)
    with pytest.raises(Fault, match="env:KEY: the variable is not set"):
        await client.complete({"model": "m", "messages": []}, seconds=1)
    await client.aclose()


async def pieces_of(client: OpenAiClient, seconds: float = 5.0) -> list[str]:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Tell."}]}
    return [piece async for piece in client.pieces(body, seconds=seconds)]


async def test_a_console_gets_the_text_in_pieces() -> None:
    async with scripted(in_turn(Answer(content="a text that is longer than one piece"))) as asking:
        client = OpenAiClient(asking.endpoint, secret=lambda _: SecretStr(KEY))
        found = await pieces_of(client)
        assert len(found) == 3
        assert "".join(found) == "a text that is longer than one piece"
        await client.aclose()


@pytest.mark.parametrize(
    ("play", "fault"),
    [
        (Silence(), Late),
        (Drip(), Late),
        (Reset(), Lost),
        (Huge(size=2 * MOST_BYTES), TooLong),
        (Status(status=500), Fault),
        (Raw(body=b"data: {]\n\n", media_type="text/event-stream"), Fault),
        (Raw(body=b'data: {"choices": [7]}\n\n', media_type="text/event-stream"), Fault),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, type) else value.__name__,
)
async def test_a_stream_that_fails_ends_with_a_fault(
    play: Silence | Drip | Reset | Huge | Status | Raw, fault: type[Fault]
) -> None:
    async with scripted(in_turn(play)) as asking:
        client = OpenAiClient(asking.endpoint, secret=lambda _: SecretStr(KEY))
        async with asyncio.timeout(10):
            with pytest.raises(fault):
                await pieces_of(client, seconds=0.3)
        await client.aclose()


async def test_the_check_asks_no_model_and_names_one_that_is_not_listed() -> None:
    async with scripted(RIGHT) as asking:
        assert (await asking.gateway.check()).standing is Standing.OK
        other = Endpoint(base_url=asking.endpoint.base_url, model="other")
        async with open_gateway(other) as gateway:
            found = await gateway.check()
        assert (found.standing, found.problem) == (Standing.DEGRADED, "the endpoint answers, but does not list other")
        assert asking.requests == 0


async def test_a_server_without_a_list_of_models_is_well_and_one_that_is_away_is_down() -> None:
    async with scripted(RIGHT, lists_models=False) as asking:
        assert (await asking.gateway.check()).standing is Standing.OK
        endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", model=MODEL)
    async with open_gateway(endpoint) as gateway:
        found = await gateway.check()
    assert found.standing is Standing.DOWN
    assert "cannot be reached" in found.problem


def test_the_scripted_server_is_a_process_of_its_own_too(tmp_path: Path) -> None:
    port, answers = tmp_path / "port", tmp_path / "answers.json"
    answers.write_text(json.dumps({"colour": RED}))
    command = [sys.executable, "-m", "tools.testing.model_server", "--port-file", str(port), "--answers", str(answers)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until(port.exists, within_seconds=40, otherwise=lambda: "it did not start")
        url = f"http://127.0.0.1:{port.read_text()}/v1/chat/completions"
        messages = [{"role": "user", "content": "Question: colour (colour@1)"}]
        answer = httpx.post(url, json={"model": MODEL, "messages": messages}, timeout=20, trust_env=False).json()
        assert json.loads(answer["choices"][0]["message"]["content"]) == RED
        assert answer["system_fingerprint"] == "scripted"
    finally:
        process.terminate()
        process.wait(timeout=20)
