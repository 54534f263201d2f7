"""The ERP twin in a process of its own: the server.

It outlives the workers that tests kill, and writes every request it carried out to a log file.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tools.erp.port import DraftInvoice
from tools.errors import ToolError
from tools.testing.erp_memory import ErpRequest, MemoryErp
from tools.testing.erp_seed import SEED

Arguments = Annotated[dict[str, Any], Body()]


def erp_app(erp: MemoryErp) -> FastAPI:
    """The port as one route an operation; a refusal is HTTP 409 with kind, reason and message."""
    app = FastAPI(title="Interlock's ERP twin", openapi_url=None)

    @app.post("/{operation}")
    async def call(operation: str, arguments: Arguments) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        try:
            result = await _carry_out(erp, operation, arguments)
        except ToolError as error:
            refusal = {"kind": type(error).__name__, "reason": error.reason, "message": error.message}
            return JSONResponse(refusal, status_code=409)
        return JSONResponse({"result": _plain(result)})

    return app


async def _carry_out(erp: MemoryErp, operation: str, given: dict[str, Any]) -> Any:
    match operation:
        case "similar_invoices":
            return await erp.similar_invoices(given["supplier_id"], since=date.fromisoformat(given["since"]))
        case "draft_invoice":
            return await erp.draft_invoice(DraftInvoice.model_validate(given["draft"]), key=given["key"])
        case "attach_document":
            content = base64.b64decode(given.pop("content"))
            return await erp.attach_document(**given, content=content)
        case "post_invoice":
            expected_total = Decimal(given.pop("expected_total"))
            return await erp.post_invoice(**given, expected_total=expected_total)
        case _:
            plain: dict[str, Callable[..., Awaitable[Any]]] = {
                "find_supplier": erp.find_supplier,
                "read_order": erp.read_order,
                "cancel_invoice": erp.cancel_invoice,
                "read_invoice": erp.read_invoice,
                "find_invoice_by_key": erp.find_invoice_by_key,
                "find_attachment_by_key": erp.find_attachment_by_key,
            }
            return await plain[operation](**given)


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
        partial = options.port_file.with_suffix(".partial")
        partial.write_text(str(listener.getsockname()[1]))
        partial.rename(options.port_file)
        uvicorn.Server(uvicorn.Config(erp_app(erp), log_level="warning")).run(sockets=[listener])
