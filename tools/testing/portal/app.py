"""The supplier portal as a web application: it keeps people's sessions and answers forms.

Its confirmation form protects nobody: sent twice, an order is confirmed twice.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from tools.browser.portal import ConfirmOrder, PortalOrder
from tools.testing.portal.books import PortalBooks
from tools.testing.portal.layout import LAYOUTS, LayoutName
from tools.testing.portal.pages import Pages

COOKIE = "portal_session"
Text = Annotated[str, Form()]


@dataclass(kw_only=True)
class Conditions:
    """How the portal behaves; a test may change it while the portal runs.

    `slow_seconds` delays every page. `hold_before` and `hold_after` (seconds) delay a confirmation on either side of
    its being taken. A session lasts `session_requests` requests, and `expires_at_confirmation` ends it with the click.
    """

    layout: LayoutName = "classic"
    slow_seconds: float = 0.0
    hold_before: float = 0.0
    hold_after: float = 0.0
    session_requests: int | None = None
    expires_at_confirmation: bool = False
    maintenance: bool = False


@dataclass(kw_only=True)
class Portal:
    """The books behind a door: one user, and the sessions under way with what is left of them."""

    books: PortalBooks
    user: str
    password: str
    conditions: Conditions = field(default_factory=Conditions)
    sessions: dict[str, int | None] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """Method and path of every request that came."""
    on_request: Callable[[str], None] | None = None

    @property
    def pages(self) -> Pages:
        """In the layout of the moment."""
        return Pages(layout=LAYOUTS[self.conditions.layout])

    def sign_in(self, user: str, password: str) -> str | None:
        """The new session's name, None for a wrong password."""
        if not (secrets.compare_digest(user, self.user) and secrets.compare_digest(password, self.password)):
            return None
        name = secrets.token_urlsafe(24)
        self.sessions[name] = self.conditions.session_requests
        return name

    def came(self, request: str) -> None:
        """Remember a request, and tell who wants to know."""
        self.requests.append(request)
        if self.on_request:
            self.on_request(request)

    def admits(self, name: str) -> bool:
        """Whether the session is there; each request uses it up a little."""
        if name not in self.sessions:
            return False
        left = self.sessions[name]
        if left == 0:
            del self.sessions[name]
            return False
        self.sessions[name] = None if left is None else left - 1
        return True

    def day(self, text: str) -> date | None:
        """A day as the layout's form has it, None where it is none."""
        layout = LAYOUTS[self.conditions.layout]
        try:
            return date.fromisoformat(text) if layout.native_dates else _parsed(text, layout.day)
        except ValueError:
            return None


def _parsed(text: str, form: str) -> date:
    return datetime.strptime(text, form).date()  # noqa: DTZ007 a day has no time zone


def portal_app(portal: Portal) -> FastAPI:
    """The portal's pages."""
    app = FastAPI(title="Supplier portal", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.portal = portal

    @app.exception_handler(HTTPException)
    async def said(_request: Request, error: HTTPException) -> Response:  # pyright: ignore[reportUnusedFunction]
        if error.status_code == 503:
            return HTMLResponse(portal.pages.maintenance(), status_code=503, headers={"Retry-After": "60"})
        return Response(str(error.detail), status_code=error.status_code, headers=error.headers)

    app.include_router(doors)
    app.include_router(rooms)
    return app


def _portal(request: Request) -> Portal:
    portal: Portal = request.app.state.portal
    return portal


async def opened(request: Request) -> None:
    """As slow as it is to be; while it is maintained nothing else happens."""
    portal = _portal(request)
    portal.came(f"{request.method} {request.url.path}")
    await asyncio.sleep(portal.conditions.slow_seconds)
    if portal.conditions.maintenance:
        raise HTTPException(503)


async def admitted(request: Request) -> None:
    """Only who has a session comes in; else to the door."""
    if not _portal(request).admits(request.cookies.get(COOKIE, "")):
        raise HTTPException(303, headers={"Location": "/sign-in"})


doors = APIRouter(dependencies=[Depends(opened)])
rooms = APIRouter(dependencies=[Depends(opened), Depends(admitted)])


@doors.get("/sign-in")
async def sign_in_page(request: Request) -> HTMLResponse:
    """The form to sign in."""
    return HTMLResponse(_portal(request).pages.sign_in())


@doors.post("/sign-in")
async def sign_in(request: Request, user: Text = "", password: Text = "") -> Response:
    """A session, or the form again."""
    portal = _portal(request)
    name = portal.sign_in(user, password)
    if name is None:
        return HTMLResponse(portal.pages.sign_in(wrong=True), status_code=401)
    response = RedirectResponse("/orders", status_code=303)
    response.set_cookie(COOKIE, name, httponly=True, samesite="strict")
    return response


@rooms.get("/")
async def home() -> Response:
    """There is nothing at the entrance."""
    return RedirectResponse("/orders", status_code=303)


@rooms.get("/orders")
async def orders(request: Request, q: str = "") -> HTMLResponse:
    """The orders whose number holds the text."""
    portal = _portal(request)
    return HTMLResponse(portal.pages.orders(portal.books.searched(q), q))


@rooms.get("/orders/{number}")
async def order(request: Request, number: str) -> HTMLResponse:
    """One order."""
    portal = _portal(request)
    return HTMLResponse(portal.pages.order(_found(portal, number)))


@rooms.get("/orders/{number}/delivery")
async def delivery(request: Request, number: str) -> HTMLResponse:
    """When it comes."""
    portal = _portal(request)
    return HTMLResponse(portal.pages.delivery(_found(portal, number)))


@rooms.post("/orders/{number}/confirm")
async def confirm(request: Request, number: str, deliver_on: Text = "", reference: Text = "") -> Response:
    """Take the confirmation, as often as it is sent."""
    portal = _portal(request)
    offered, day = _found(portal, number), portal.day(deliver_on)
    if day is None or not reference:
        raise HTTPException(422, "a date and a reference are needed")
    if portal.conditions.expires_at_confirmation:
        portal.sessions.clear()
        raise HTTPException(303, headers={"Location": "/sign-in"})
    asked = ConfirmOrder(order_number=number, deliver_on=day, net_total=offered.net_total, currency=offered.currency)
    await asyncio.sleep(portal.conditions.hold_before)
    made = portal.books.confirm(asked, reference=reference)
    await asyncio.sleep(portal.conditions.hold_after)
    return RedirectResponse(f"/confirmations/{made.number}", status_code=303)


@rooms.get("/confirmations")
async def confirmations(request: Request, q: str = "") -> HTMLResponse:
    """The confirmations with that reference; without one, all."""
    portal = _portal(request)
    found = portal.books.confirmed_with(q) if q else portal.books.confirmations
    return HTMLResponse(portal.pages.confirmations(found, q))


@rooms.get("/confirmations/{number}")
async def confirmation(request: Request, number: str) -> HTMLResponse:
    """What was taken."""
    portal = _portal(request)
    found = next((made for made in portal.books.confirmations if made.number == number), None)
    if found is None:
        raise HTTPException(404)
    return HTMLResponse(portal.pages.taken(found))


@rooms.get("/invoices")
async def invoices(request: Request, since: str = "") -> HTMLResponse:
    """The invoices from that day on; without a day, all."""
    portal = _portal(request)
    found = portal.books.issued_since(portal.day(since) or date.min)
    return HTMLResponse(portal.pages.invoices(found, since))


@rooms.get("/invoices/{number}/file")
async def invoice_file(request: Request, number: str) -> Response:
    """The invoice's PDF."""
    posted = _portal(request).books.invoices.get(number)
    if posted is None:
        raise HTTPException(404)
    named = {"Content-Disposition": f'attachment; filename="{posted.file.name}"'}
    return Response(posted.file.content, media_type="application/pdf", headers=named)


def _found(portal: Portal, number: str) -> PortalOrder:
    found = portal.books.orders.get(number)
    if found is None:
        raise HTTPException(404)
    return found
