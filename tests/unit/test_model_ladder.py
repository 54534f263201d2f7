"""The capability ladder: how a model can be asked is found out once, and found out anew when it changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tests.support.model import COLOUR, RED, arguments, scripted
from tools.llm.errors import ModelUnavailable
from tools.llm.question import Prompt, Question
from tools.llm.schema import strict_schema
from tools.testing.model_play import Answer, Asked, Play, Script, Status, in_turn, only_forms

RIGHT = in_turn(Answer(content=RED))
FORMS = ("json_schema", "json_object", "tool_call")


def without_parameter(name: str, script: Script) -> Script:
    """A server that refuses a parameter by name."""

    def limited(asked: Asked) -> Play:
        return Status(status=400, code="unsupported_parameter", parameter=name) if name in asked.body else script(asked)

    return limited


@pytest.mark.parametrize("status", [400, 422, 500, 501])
@pytest.mark.parametrize("form", FORMS)
async def test_the_strictest_form_that_is_accepted_is_used_and_remembered(form: str, status: int) -> None:
    async with scripted(only_forms(RIGHT, form, status=status)) as asking:
        first = await asking.gateway.ask(COLOUR, arguments())
        until_known = asking.requests
        second = await asking.gateway.ask(COLOUR, arguments())
        assert first.capability == second.capability == form
        assert asking.requests == until_known + 1
        assert asking.model.asked[-1].form == form


async def test_a_server_that_accepts_a_form_and_answers_prose_is_asked_in_the_next() -> None:
    def script(asked: Asked) -> Answer:
        return Answer(content=RED if asked.form == "tool_call" else "It is red, I think.")

    async with scripted(script) as asking:
        assert (await asking.gateway.ask(COLOUR, arguments())).capability == "tool_call"
        assert [asked.form for asked in asking.model.asked] == list(FORMS)


async def test_no_form_at_all_is_unavailable_and_says_so() -> None:
    async with scripted(only_forms(RIGHT)) as asking:
        with pytest.raises(ModelUnavailable, match=r"no form: json_schema: .*HTTP 400.*tool_call"):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 3


async def test_a_form_that_is_refused_later_is_found_out_anew() -> None:
    async with scripted(RIGHT) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        asking.model.script = only_forms(RIGHT, "json_object")
        reply = await asking.gateway.ask(COLOUR, arguments())
        assert reply.capability == "json_object"
        assert reply.usage.calls == 3


async def test_an_endpoint_that_is_down_is_not_taken_for_one_that_knows_no_form() -> None:
    async with scripted(in_turn(Status(status=502), then=Answer(content=RED))) as asking:
        assert (await asking.gateway.ask(COLOUR, arguments())).capability == "json_schema"


@pytest.mark.parametrize("parameter", ["temperature", "logprobs", "max_tokens"])
async def test_a_parameter_that_a_model_refuses_is_left_out_and_that_is_remembered(parameter: str) -> None:
    async with scripted(without_parameter(parameter, RIGHT), logprobs=True) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        await asking.gateway.ask(COLOUR, arguments())
        assert [parameter in asked.body for asked in asking.model.asked] == [True, False, False]
        assert {asked.form for asked in asking.model.asked} == {"json_schema"}
        limit = "max_completion_tokens" if parameter == "max_tokens" else "max_tokens"
        assert asking.model.asked[-1].body[limit] == asking.endpoint.answer_tokens


async def test_a_refused_parameter_that_is_not_optional_is_no_endless_loop() -> None:
    async with scripted(without_parameter("messages", RIGHT)) as asking:
        with pytest.raises(ModelUnavailable):
            await asking.gateway.ask(COLOUR, arguments())
        assert asking.requests == 3


@pytest.mark.parametrize("form", FORMS)
async def test_the_schema_is_sent_in_every_form(form: str) -> None:
    async with scripted(only_forms(RIGHT, form)) as asking:
        await asking.gateway.ask(COLOUR, arguments())
        assert '"enum": ["red", "green", "blue"]'.replace(" ", "") in str(asking.model.asked[-1].body).replace(
            " ", ""
        ).replace("'", '"')


async def test_a_name_with_other_characters_is_one_that_the_protocol_takes() -> None:
    question = Question(name="colour.lookups", prompt=COLOUR.prompt, answer=COLOUR.answer)
    async with scripted(only_forms(RIGHT, "tool_call")) as asking:
        await asking.gateway.ask(question, arguments())
        assert asking.model.asked[0].body["response_format"]["json_schema"]["name"] == "colour_lookups"
        assert asking.model.asked[0].question == "colour.lookups"


async def test_likelihoods_are_asked_for_only_where_that_is_set() -> None:
    likely = in_turn(Answer(content=RED, probabilities=[1.0, 0.5]))
    async with scripted(likely) as asking:
        assert (await asking.gateway.ask(COLOUR, arguments())).samples[0].likelihood_bps is None
    async with scripted(likely, logprobs=True) as asking:
        assert (await asking.gateway.ask(COLOUR, arguments())).samples[0].likelihood_bps == 7_500


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["part"] = "part"
    text: Annotated[str, Field(min_length=1, max_length=9)]


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: tuple[Part, ...] = ()
    default: str | None = None


class Anything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    values: dict[str, str]


def test_strict_mode_closes_every_object_and_requires_every_member() -> None:
    strict = strict_schema(Whole.model_json_schema())
    assert strict is not None
    assert strict["required"] == ["parts", "default"]
    part: dict[str, Any] = strict["$defs"]["Part"]
    assert part == {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["part"]}, "text": {"type": "string"}},
        "required": ["kind", "text"],
        "additionalProperties": False,
    }


async def test_a_schema_that_strict_mode_cannot_say_is_sent_as_it_is() -> None:
    assert strict_schema(Anything.model_json_schema()) is None
    question = Question(name="any", prompt=Prompt(name="any", version=1, text="Any?"), answer=Anything)
    async with scripted(in_turn(Answer(content={"values": {"total": "7.00"}}))) as asking:
        reply = await asking.gateway.ask(question, arguments())
        sent = asking.model.asked[0].body["response_format"]["json_schema"]
        assert (sent["strict"], sent["schema"]) == (False, Anything.model_json_schema())
        assert reply.samples[0].answer == {"values": {"total": "7.00"}}
