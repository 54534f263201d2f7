"""The endpoint's answer to a chat request, read without trusting it."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.llm.chat import Completion
from tools.llm.fault import Garbled, Refused
from tools.llm.question import Capability

SCRIPTED = "scripted"
"""What a scripted server says as its `system_fingerprint`: its answers are no model's."""
MOST_TOKENS = 10**9
LONGEST_NAME = 200
"""Of a model."""


class Received(BaseModel):
    """Base: what is not known is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Function(Received):
    """The function that a model wants to be called."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(Received):
    """A call that a model wants to be made."""

    function: Function | None = None


class AnswerMessage(Received):
    """What a model says."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class TokenLikelihood(Received):
    """How likely a token was."""

    logprob: Annotated[float, Field(allow_inf_nan=False)]


class Likelihoods(Received):
    """How likely each token of the answer was."""

    content: list[TokenLikelihood] | None = None


class Choice(Received):
    """One answer."""

    message: AnswerMessage
    finish_reason: str | None = None
    logprobs: Likelihoods | None = None


class Tokens(Received):
    """What the endpoint has counted."""

    prompt_tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)]
    completion_tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class Envelope(Received):
    """A chat completion."""

    choices: Annotated[list[Choice], Field(min_length=1)]
    model: Any = None
    usage: Any = None
    system_fingerprint: str | None = None


def read_completion(content: bytes, *, name: str, capability: Capability) -> Completion:
    """What the model has answered. Raises `Garbled` and `Refused`."""
    try:
        envelope = Envelope.model_validate(json.loads(content, parse_constant=_no_number))
    except (ValueError, RecursionError, ValidationError):
        raise Garbled("what came is no chat completion") from None
    choice = envelope.choices[0]
    if choice.message.refusal:
        raise Refused("the model declines to answer")
    if choice.finish_reason == "content_filter":
        raise Refused("a content filter of the endpoint stopped the answer")
    answer, problem = _answer(choice, name=name, capability=capability)
    tokens = _counted(envelope.usage)
    return Completion(
        content=answer,
        problem=problem,
        capability=capability,
        tokens_in=tokens.prompt_tokens if tokens else None,
        tokens_out=tokens.completion_tokens if tokens else None,
        likelihood_bps=_likelihood(choice.logprobs),
        scripted=envelope.system_fingerprint == SCRIPTED,
        model=model_told(envelope.model),
    )


def model_told(told: object) -> str:
    """The name of the model that an endpoint says has answered; empty for what is no name."""
    return told if isinstance(told, str) and len(told) <= LONGEST_NAME and told.isprintable() else ""


def _answer(choice: Choice, *, name: str, capability: Capability) -> tuple[str, str]:
    """The text of the answer, or why there is none."""
    calls = choice.message.tool_calls or []
    names = [call.function.name if call.function else None for call in calls]
    if names and (capability != "tool_call" or set(names) != {name}):
        return "", "a tool is called that nobody offered"
    if len(calls) > 1:
        return "", "there are several answers instead of one"
    function = calls[0].function if calls else None
    text = (function.arguments if function else choice.message.content) or ""
    if choice.finish_reason == "length":
        return text, "the answer was cut off because it is too long: be brief"
    return text, "" if text.strip() else "the answer is empty"


def _counted(usage: Any) -> Tokens | None:
    """What the endpoint has counted; None where it did not, or not in numbers."""
    try:
        return Tokens.model_validate(usage)
    except ValidationError:
        return None


def _likelihood(found: Likelihoods | None) -> int | None:
    """The mean probability of the tokens, in basis points."""
    if found is None or not found.content:
        return None
    probabilities = [math.exp(min(token.logprob, 0.0)) for token in found.content]
    return round(10_000 * sum(probabilities) / len(probabilities))


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number")


def seems_an_object(completion: Completion) -> bool:
    """Whether the answer is a JSON object, so that the form it was asked in seems to be understood."""
    try:
        found: Any = json.loads(completion.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)
