"""The ERP twin in a process of its own: the server.

It outlives the workers that tests kill, and writes every request it carried out to a log file.
"""

from __future__ import annotations

import argparse
import base64
import inspect
import json
import socket
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, validate_call

from tools.erp.port import Erp
from tools.errors import TargetWarning, ToolError
from tools.testing.erp_memory import ErpRequest, MemoryErp
from tools.testing.erp_seed import SEED
from tools.testing.port_file import announce

Arguments = Annotated[dict[str, Any], Body()]
OPERATIONS = frozenset(name for name, value in inspect.getmembers(Erp) if inspect.iscoroutinefunction(value))


def erp_app(erp: MemoryErp) -> FastAPI:
    """The port as one route an operation; a refusal is HTTP 409 with kind, reason and message."""
    app = FastAPI(title="Interlock's ERP twin", openapi_url=None)

    @app.post("/{operation}")
    async def call(operation: str, arguments: Arguments) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        try:
            result = await _carry_out(erp, operation, arguments)
        except ToolError as error:
            refusal = {
                "kind": type(error).__name__,
                "reason": error.reason,
                "message": error.message,
                "warning": error.warning if isinstance(error, TargetWarning) else "",
            }
            return JSONResponse(refusal, status_code=409)
        return JSONResponse({"result": _plain(result)})

    return app


async def _carry_out(erp: MemoryErp, operation: str, given: dict[str, Any]) -> Any:
    """The operation of the port, with its arguments made of JSON as their annotations say. Raises `LookupError`."""
    if operation not in OPERATIONS:
        raise LookupError(operation)
    if "content" in given:
        given = {**given, "content": base64.b64decode(given["content"])}
    return await validate_call(getattr(erp, operation))(**given)


def _plain(result: BaseModel | tuple[BaseModel, ...] | None) -> Any:
    if isinstance(result, tuple):
        return [value.model_dump(mode="json") for value in result]
    return result.model_dump(mode="json") if result is not None else None


def serve(arguments: list[str] | None = None) -> None:
    """Serve a twin until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tools.testing.erp", description="The ERP twin, over HTTP.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, required=True, help="gets the port once the socket listens")
    parser.add_argument("--log-file", type=Path, required=True, help="one JSON line a request carried out")
    parser.add_argument("--seed", type=Path, default=SEED)
    parser.add_argument("--ignores-keys", action="store_true")
    parser.add_argument("--delay-before", type=float, default=0.0, metavar="S")
    parser.add_argument("--delay-after", type=float, default=0.0, metavar="S")
    options = parser.parse_args(arguments)
    with options.log_file.open("a") as log, socket.create_server(("127.0.0.1", options.port)) as listener:

        def write(request: ErpRequest) -> None:
            log.write(json.dumps(asdict(request)) + "\n")
            log.flush()

        erp = MemoryErp.from_seed(
            options.seed,
            today=datetime.now(UTC).date(),
            ignores_keys=options.ignores_keys,
            delay_before=options.delay_before,
            delay_after=options.delay_after,
            on_request=write,
        )
        announce(listener, options.port_file)
        uvicorn.Server(uvicorn.Config(erp_app(erp), log_level="warning")).run(sockets=[listener])
