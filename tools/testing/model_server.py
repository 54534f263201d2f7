"""A scripted server of the OpenAI protocol on loopback: real HTTP, no model.

python -m tools.testing.model_server --port-file PORT [--port 8600] [--model NAME] [--answers FILE] [--fault NAME]

`--answers` is a JSON object from names of questions to answers. `--fault` plays that fault to every request. Its
answers say that they are scripted, so nobody takes them for a model's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tools.llm.completion import SCRIPTED
from tools.testing.letter_vectors import embeddings
from tools.testing.model_play import (
    EMBEDDING_FAULTS,
    FAULTS,
    Answer,
    Asked,
    Calls,
    Drip,
    Huge,
    Play,
    Raw,
    Refusal,
    Reset,
    Script,
    Silence,
    Status,
    Vectors,
    from_table,
)
from tools.testing.port_file import announce

CHUNK = 64 * 1024
PIECE = 12
MODEL = "scripted-1"
LOOK_SECONDS = 0.02

Gone = Callable[[], Awaitable[bool]]
"""Whether the client has gone away."""


class ScriptedModel:
    """A script, and every request that was made of it."""

    def __init__(
        self,
        script: Script,
        *,
        models: tuple[str, ...] = (MODEL,),
        lists_models: bool = True,
        vectors: Script = lambda _: Vectors(),
    ) -> None:
        """`models` are on its list, where it has one; `vectors` is the script of embeddings."""
        self.script = script
        self.vectors = vectors
        self.models = models
        self.lists_models = lists_models
        self.asked: list[Asked] = []
        self.embedded: list[Asked] = []
        self.at_once: list[int] = []
        """For each request, how many were being answered when it came, itself included."""
        self._under_way = 0

    async def complete(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        asked = Asked(number=len(self.asked), body=await request.json(), headers=dict(request.headers))
        self.asked.append(asked)
        self._under_way += 1
        self.at_once.append(self._under_way)
        try:
            return await played(self.script(asked), asked, request.is_disconnected)
        finally:
            self._under_way -= 1

    async def embed(self, request: Request) -> Response:
        """`POST /v1/embeddings`."""
        asked = Asked(number=len(self.embedded), body=await request.json(), headers=dict(request.headers))
        self.embedded.append(asked)
        return await played(self.vectors(asked), asked, request.is_disconnected)

    async def listed(self) -> Response:
        """`GET /v1/models`."""
        if not self.lists_models:
            return error_response(Status(status=405))
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "scripted"} for name in self.models]
        return JSONResponse({"object": "list", "data": models})


async def played(play: Play, asked: Asked, gone: Gone) -> Response:  # noqa: C901 - one case a play
    """The response that a play is."""
    match play:
        case Answer():
            await asyncio.sleep(play.after_seconds)
            return _answered(play, asked)
        case Refusal():
            reason = "content_filter" if play.by_filter else "stop"
            message = {"content": None, "refusal": None if play.by_filter else play.text}
            return JSONResponse(completion(asked, message, finish_reason=reason))
        case Calls():
            calls = [tool_call(name, arguments) for name, arguments in play.calls]
            return JSONResponse(completion(asked, {"content": None, "tool_calls": calls}, finish_reason="tool_calls"))
        case Status():
            return error_response(play)
        case Raw():
            return Response(play.body, media_type=play.media_type, headers=dict(play.headers))
        case Silence():
            await silent(play.seconds, gone)
            return error_response(Status(status=504))
        case Drip():
            return StreamingResponse(dripping(play.pause_seconds, gone), media_type="application/json")
        case Huge():
            return StreamingResponse(huge(play.size, gone), media_type="application/json")
        case Reset():
            return BrokenOff()
        case Vectors():
            return await _embedded(play, asked)


async def _embedded(play: Vectors, asked: Asked) -> Response:
    await asyncio.sleep(play.after_seconds)
    found = embeddings(asked.texts, model=str(asked.body.get("model")), play=play)
    return Response(json.dumps({**found, "system_fingerprint": SCRIPTED}), media_type="application/json")


def _answered(play: Answer, asked: Asked) -> Response:
    if asked.body.get("stream"):
        return StreamingResponse(streamed(play, asked), media_type="text/event-stream")
    message: dict[str, Any] = {"content": play.text}
    if asked.form == "tool_call":
        message = {"content": None, "tool_calls": [tool_call(asked.body["tools"][0]["function"]["name"], play.text)]}
    return JSONResponse(completion(asked, message, play=play, finish_reason=play.finish_reason))


def completion(
    asked: Asked, message: Mapping[str, Any], *, finish_reason: str, play: Answer | None = None
) -> dict[str, Any]:
    """A chat completion."""
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", **message},
        "finish_reason": finish_reason,
        "logprobs": None,
    }
    if play and play.probabilities and asked.body.get("logprobs"):
        tokens = [{"token": "t", "logprob": math.log(p), "top_logprobs": []} for p in play.probabilities]
        choice["logprobs"] = {"content": tokens, "refusal": None}
    answer = {
        "id": f"chatcmpl-{asked.number}",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body.get("model"),
        "system_fingerprint": SCRIPTED,
        "choices": [choice],
    }
    return {**answer, "usage": usage(asked, play)} if play is None or play.count else answer


def usage(asked: Asked, play: Answer | None) -> dict[str, int]:
    """Words for tokens: what is counted does not matter, but it can be foreseen."""
    sent, came = len(asked.text.split()), len(play.text.split()) if play else 1
    return {"prompt_tokens": sent, "completion_tokens": came, "total_tokens": sent + came}


def tool_call(name: str, arguments: str) -> dict[str, Any]:
    """A call of a function."""
    return {"id": "call_0", "type": "function", "function": {"name": name, "arguments": arguments}}


def error_response(play: Status) -> Response:
    """An error in the protocol's form."""
    error = {"message": play.message, "type": "error", "param": play.parameter or None, "code": play.code or None}
    return JSONResponse({"error": error}, play.status, dict(play.headers))


async def streamed(play: Answer, asked: Asked) -> AsyncIterator[str]:
    """The answer in pieces, as server-sent events."""
    base = {"id": f"chatcmpl-{asked.number}", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    for start in range(0, len(play.text), PIECE):
        delta = {"index": 0, "delta": {"content": play.text[start : start + PIECE]}, "finish_reason": None}
        yield f"data: {json.dumps({**base, 'choices': [delta]})}\n\n"
    yield f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
    yield "data: [DONE]\n\n"


async def silent(seconds: float, gone: Gone) -> None:
    """Nothing, as long as anybody waits for it."""
    ends_at = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends_at and not await gone():  # noqa: ASYNC110, no event tells of it
        await asyncio.sleep(LOOK_SECONDS)


async def dripping(pause_seconds: float, gone: Gone) -> AsyncIterator[bytes]:
    """White space, one byte at a time."""
    while not await gone():
        yield b" "
        await asyncio.sleep(pause_seconds)


async def huge(size: int, gone: Gone) -> AsyncIterator[bytes]:
    """A text that does not end for `size` bytes."""
    yield b'{"choices": [{"message": {"content": "'
    for _ in range(size // CHUNK):
        if await gone():
            return
        yield b"x" * CHUNK
    yield b'"}}]}'


class BrokenOff(Response):
    """Says how long it is, sends a part, and goes away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"choices": [', "more_body": True})


def model_app(model: ScriptedModel) -> FastAPI:
    """The protocol over a script."""
    app = FastAPI(title="Scripted model")
    app.add_api_route("/v1/chat/completions", model.complete, methods=["POST"], response_model=None)
    app.add_api_route("/v1/embeddings", model.embed, methods=["POST"], response_model=None)
    app.add_api_route("/v1/models", model.listed, methods=["GET"], response_model=None)
    return app


class WithinProcess(uvicorn.Server):
    """Leaves signals to the process it runs in."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(model: ScriptedModel) -> AsyncGenerator[str]:
    """The model on a free port of loopback until the block ends; yields the base URL of the protocol."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        model_app(model), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = WithinProcess(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="scripted model")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await task


def main() -> None:
    """Serve until it is stopped; the port is written once it listens."""
    parser = argparse.ArgumentParser(description="A scripted server of the OpenAI protocol.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--answers", type=Path)
    parser.add_argument("--fault", choices=sorted({**FAULTS, **EMBEDDING_FAULTS}))
    options = parser.parse_args()
    answers = json.loads(options.answers.read_text(encoding="utf-8")) if options.answers else {}
    fault = {**FAULTS, **EMBEDDING_FAULTS}.get(options.fault)
    script: Script = from_table(answers) if options.fault not in FAULTS else lambda _: FAULTS[options.fault]
    listener = socket.create_server(("127.0.0.1", options.port))
    announce(listener, options.port_file)
    vectors: Script = lambda _: fault or Vectors()  # noqa: E731 - as above
    app = model_app(ScriptedModel(script, models=(options.model,), vectors=vectors))
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
