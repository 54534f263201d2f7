"""A small system with an OpenAPI document of its own: orders that dedupe by a header, invoices found by reference.

`POST /orders` refuses to do a thing twice by `Idempotency-Key`; an invoice is found again by its `reference`; a note
can neither be deduped nor found. `behaviour` makes the next answers go wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

SLOW_SECONDS = 30.0


class Behaviour(StrEnum):
    """How answers may go wrong; the call is carried out before, except by `busy`, `under_way` and `moved`."""

    WELL = "well"
    SLOW = "slow"
    HUGE = "huge"
    NO_JSON = "no_json"
    OTHER_SHAPE = "other_shape"
    COMPRESSED = "compressed"
    FAILS_AFTERWARDS = "fails_afterwards"
    BUSY = "busy"
    MOVED = "moved"
    UNDER_WAY = "under_way"
    SEE_OTHER = "see_other"


class Line(BaseModel):
    """A line of an order."""

    model_config = ConfigDict(extra="forbid")

    sku: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{3}$")]
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Annotated[float, Field(ge=0)]


class NewOrder(BaseModel):
    """An order to be placed."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(min_length=1, max_length=40)]
    lines: Annotated[list[Line], Field(min_length=1)]
    express: bool = False
    note: str | None = None


class Order(NewOrder):
    """An order that was placed."""

    number: str


class NewInvoice(BaseModel):
    """An invoice to be entered; `reference` is what it can be found by."""

    reference: str
    amount: float


class Invoice(NewInvoice):
    """An invoice that was entered."""

    id: int


class Invoices(BaseModel):
    """What a search finds."""

    items: list[Invoice]


class Note(BaseModel):
    """Something written down."""

    text: str


@dataclass(slots=True)
class Books:
    """What the system has done, and how its next answers go."""

    orders: dict[str, Order] = field(default_factory=dict)
    invoices: list[Invoice] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    behaviour: Behaviour = Behaviour.WELL


def rest_app(books: Books, *, token: str) -> FastAPI:
    """The system over `books`; it knows its callers by `token`."""

    def known(authorization: Annotated[str, Header()] = "") -> None:
        if not compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "send the token")

    app = FastAPI(title="Orders", version="1", dependencies=[Depends(known)])
    service = Service(books)
    for method, path, call, operation in (
        ("GET", "/health", service.health, "getHealth"),
        ("POST", "/orders", service.place_order, "placeOrder"),
        ("GET", "/orders/{number}", service.read_order, "readOrder"),
        ("POST", "/invoices", service.enter_invoice, "enterInvoice"),
        ("GET", "/invoices", service.find_invoices, "findInvoices"),
        ("POST", "/notes", service.write_note, "writeNote"),
    ):
        app.add_api_route(path, call, methods=[method], operation_id=operation)
    app.middleware("http")(Misbehaving(books))
    return app


class Service:
    """The operations."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def health(self) -> dict[str, str]:
        return {"status": "ok"}

    async def place_order(self, order: NewOrder, idempotency_key: Annotated[str | None, Header()] = None) -> Order:
        books = self._books
        if idempotency_key in books.keys:
            return books.orders[books.keys[idempotency_key]]
        placed = Order(number=f"O-{len(books.orders) + 1}", **order.model_dump())
        books.orders[placed.number] = placed
        if idempotency_key:
            books.keys[idempotency_key] = placed.number
        return placed

    async def read_order(self, number: str, verbose: bool = False) -> Order:  # noqa: ARG002
        if number not in self._books.orders:
            raise HTTPException(404, f"there is no order {number}")
        return self._books.orders[number]

    async def enter_invoice(self, invoice: NewInvoice) -> Invoice:
        made = Invoice(id=len(self._books.invoices) + 1, **invoice.model_dump())
        self._books.invoices.append(made)
        return made

    async def find_invoices(self, reference: str, limit: int = 10) -> Invoices:
        found = [invoice for invoice in self._books.invoices if reference in invoice.reference]
        return Invoices(items=found[:limit])

    async def write_note(self, note: Note) -> Note:
        self._books.notes.append(note.text)
        return note


class Misbehaving:
    """Carries the call out and then answers as `books.behaviour` says."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def __call__(self, request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        self._books.bodies.append(await request.body())
        self._books.targets.append(str(request.url.path))
        match self._books.behaviour:
            case Behaviour.BUSY:
                return JSONResponse({"detail": "later"}, 429, {"Retry-After": "120"})
            case Behaviour.UNDER_WAY:
                return JSONResponse({"detail": "wait"}, 409)
            case Behaviour.MOVED:
                return RedirectResponse("http://elsewhere.test/orders", 307)
            case _:
                answer = await go_on(request)
        return answer if answer.status_code >= 400 else await self._spoiled(answer)

    async def _spoiled(self, answer: Response) -> Response:
        match self._books.behaviour:
            case Behaviour.SLOW:
                await asyncio.sleep(SLOW_SECONDS)
                return answer
            case Behaviour.HUGE:
                return PlainTextResponse("x" * 200_000)
            case Behaviour.NO_JSON:
                return PlainTextResponse("<html>")
            case Behaviour.OTHER_SHAPE:
                return JSONResponse({"number": 7})
            case Behaviour.COMPRESSED:
                return Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, media_type="application/json")
            case Behaviour.FAILS_AFTERWARDS:
                return JSONResponse({"detail": "out of memory"}, 500)
            case Behaviour.SEE_OTHER:
                return RedirectResponse("http://elsewhere.test/orders", 303)
            case _:
                return answer
