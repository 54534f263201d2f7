"""Cassettes: the same questions answered without a network, and nothing in the file that should not be there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.model import BLUE, COLOUR, FALLBACK, RED, Asking, arguments, scripted
from tools.llm.cassette import CassetteEntryMissing, CassetteUnreadable, request_digest
from tools.llm.connecting import connecting
from tools.llm.errors import ModelFailed, ModelRefused, ModelUnavailable
from tools.llm.gateway import Gateway, open_recording, replaying
from tools.llm.question import Passage
from tools.testing.model_play import Answer, Asked, Play, Refusal, Script, Status, in_turn
from tools.testing.model_server import MODEL

KEY = "sk-canary-4711"
TODAY = date(2026, 3, 1)


@asynccontextmanager
async def recording(script: Script, file: Path, **endpoint: Any) -> AsyncIterator[tuple[Asking, Gateway]]:
    async with (
        scripted(script, key=KEY, **endpoint) as asking,
        open_recording(
            asking.endpoint,
            file,
            connect=connecting(lambda _: SecretStr(KEY)),
            surroundings=asking.clock.surroundings,
            today=TODAY,
        ) as gateway,
    ):
        yield asking, gateway


def written(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def write(file: Path, cassette: dict[str, Any]) -> None:
    file.write_text(json.dumps(cassette))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cassette.json"


async def test_what_was_recorded_is_answered_again_without_the_endpoint(file: Path) -> None:
    def script(asked: Asked) -> Play:
        return Answer(content=[RED, BLUE, "no", RED][asked.number] if asked.number < 4 else RED)

    async with recording(script, file) as (_, gateway):
        live = await gateway.ask(COLOUR, arguments(samples=3))
    again = await replaying(file).ask(COLOUR, arguments(samples=3))
    assert again.samples == live.samples
    assert (again.model, again.capability, again.usage.repairs) == (live.model, live.capability, live.usage.repairs)
    assert (again.usage.tokens_in, again.usage.tokens_out) == (live.usage.tokens_in, live.usage.tokens_out)


async def test_a_recording_names_its_model_its_day_and_that_a_script_was_played(file: Path) -> None:
    async with recording(in_turn(Answer(content=RED)), file) as (_, gateway):
        assert (await gateway.ask(COLOUR, arguments())).origin == "scripted"
    text = written(file)
    assert (text["origin"], text["model"], text["recorded_on"]) == ("scripted", MODEL, "2026-03-01")
    assert (await replaying(file).ask(COLOUR, arguments())).origin == "scripted"


async def test_neither_key_nor_headers_nor_endpoint_stand_in_the_file(file: Path) -> None:
    async with recording(in_turn(Answer(content=RED), Status(status=401, message=KEY)), file) as (asking, gateway):
        await gateway.ask(COLOUR, arguments())
        with pytest.raises(ModelUnavailable):
            await gateway.ask(COLOUR, arguments(fields={"thing": "another"}))
        text = json.dumps(written(file))
        address = asking.endpoint.base_url.removeprefix("http://").removesuffix("/v1")
    assert [word for word in (KEY, "env:KEY", address, "uthorization", "Bearer", "fire engine") if word in text] == []


async def test_faults_are_replayed_as_faults_and_lead_to_the_fall_back_again(file: Path) -> None:
    def script(asked: Asked) -> Play:
        return Status(status=502) if asked.body["model"] == MODEL else Answer(content=RED)

    async with recording(script, file, fallback_model=FALLBACK) as (_, gateway):
        live = await gateway.ask(COLOUR, arguments(samples=2))
    again = await replaying(file).ask(COLOUR, arguments(samples=2))
    assert (again.model, again.fallback, again.samples) == (live.model, live.fallback, live.samples)
    assert again.fallback


async def test_a_refusal_is_replayed_as_one(file: Path) -> None:
    async with recording(in_turn(Refusal()), file) as (_, gateway):
        with pytest.raises(ModelRefused):
            await gateway.ask(COLOUR, arguments())
    with pytest.raises(ModelRefused):
        await replaying(file).ask(COLOUR, arguments())


@pytest.mark.parametrize(
    "other",
    [
        {"fields": {"thing": "another"}},
        {"passages": (Passage(label="mail", text="It is blue."),)},
        {"passages": (Passage(label="page_1", text="It is red."),)},
        {"passages": ()},
        {"samples": 2},
        {"prompt_digest": "0" * 64},
    ],
    ids=["fields", "text", "label", "none", "a further sample", "prompt"],
)
async def test_another_request_is_missing_by_name(file: Path, other: dict[str, Any]) -> None:
    async with recording(in_turn(Answer(content=RED)), file) as (_, gateway):
        await gateway.ask(COLOUR, arguments())
    with pytest.raises(CassetteEntryMissing, match="no answer of scripted-1") as caught:
        await replaying(file).ask(COLOUR, arguments(**other))
    assert isinstance(caught.value, ModelFailed)


async def test_a_recording_goes_on_with_its_file_and_refuses_another_model_s(file: Path) -> None:
    async with recording(in_turn(Answer(content=RED)), file) as (_, gateway):
        await gateway.ask(COLOUR, arguments())
    async with recording(in_turn(Answer(content=BLUE)), file) as (_, gateway):
        await gateway.ask(COLOUR, arguments(fields={"thing": "the sky"}))
    assert len(written(file)["entries"]) == 2
    with pytest.raises(CassetteUnreadable, match="name another file"):
        async with recording(in_turn(Answer(content=RED)), file, model="other"):
            pass


async def test_a_written_cassette_needs_no_more_than_the_answers(file: Path) -> None:
    name = request_digest(arguments(), model="written", sample=0)
    entry = {"content": json.dumps(RED)}
    write(file, {"origin": "scripted", "model": "written", "entries": {name: entry}})
    reply = await replaying(file).ask(COLOUR, arguments())
    assert reply.samples[0].answer == RED
    assert (reply.origin, reply.usage.calls, reply.usage.estimated) == ("scripted", 1, True)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"origin": "live", "model": "m"}', '{"origin": "recorded", "model": "m", "entries": {"x": {}}}'],
)
def test_a_file_that_is_no_cassette_is_refused_by_name(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(CassetteUnreadable, match=r"cassette\.json is no cassette"):
        replaying(file)


def test_a_file_that_is_not_there_is_refused_by_name(file: Path) -> None:
    with pytest.raises(CassetteUnreadable, match="cannot be read"):
        replaying(file)
