"""The ERP twin over HTTP in a thread of the test, so that the test sees its books and may work in them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from tools.testing.erp import ErpRequest, MemoryErp


@contextmanager
def served_erp(app: FastAPI) -> Iterator[str]:
    """Where the app of a twin answers, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def after_drafting(erp: MemoryErp, act: Callable[[], None]) -> None:
    """Let `act` happen in the ERP once Interlock's draft is there: between the check for duplicates and the posting."""

    def on_request(request: ErpRequest) -> None:
        if (request.operation, request.executed) == ("draft_invoice", True):
            act()

    erp.on_request = on_request


def enter_the_same(erp: MemoryErp) -> None:
    """Somebody else enters an invoice with the reference of the newest one."""
    newest = list(erp.books.invoices.values())[-1]
    number = str(len(erp.books.invoices) + 1)
    erp.books.invoices[number] = newest.model_copy(update={"invoice_id": number, "draft_key": ""})
