"""Callbacks of external systems. No API key: who sends is shown by the signature, which the connector verifies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, NoReturn

import structlog
from fastapi import APIRouter, Path, Request

from api.problems import RequestRefused
from api.routes.connectors import WiredWatch
from api.routes.wiring import PROBLEMS, WiredMessageDesk
from api.views.connector import CallbackReceipt
from graphs.errors import NotFound, PermissionMissing
from graphs.messages import MessageDesk
from tools.callback import Callback, CallbackForged, CallbackMalformed, CallbackRefused, ReceivesCallbacks

Named = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]

log = structlog.get_logger(__name__)
router = APIRouter(tags=["connectors"], responses=PROBLEMS)


@router.post("/callbacks/{connector}")
async def receive_callback(
    connector: Named, request: Request, watch: WiredWatch, desk: WiredMessageDesk
) -> CallbackReceipt:
    """Take a signed callback once: its case goes on, or finds it when it comes to its wait.

    What comes after the case has gone on without it is recorded, and never acted on.
    """
    opened = watch.connectors.named(connector)
    receiver = opened.connector if opened else None
    if opened is None or not isinstance(receiver, ReceivesCallbacks):
        raise RequestRefused(HTTPStatus.NOT_FOUND, "not_found", "nothing here takes callbacks")
    body = await limited_body(request, receiver.max_callback_bytes)
    try:
        found = receiver.callback(request.headers, body)
    except CallbackRefused as error:
        refuse(connector, error)
    if found is None:
        return CallbackReceipt(status="ignored")
    return await deliver(desk, opened.configured.tenant, connector, found)


async def deliver(desk: MessageDesk, tenant: str, connector: str, callback: Callback) -> CallbackReceipt:
    """Give the message to its case, with the rights of the connector's service user."""
    try:
        async with desk.services.database.unit_of_work(tenant) as unit:
            actor = await unit.people.named(tenant, callback.deliver_as)
        received = await desk.receive(
            actor,
            callback.message,
            callback.key,
            callback.payload,
            f"{connector}/{callback.message_id}",
            only_in_time=True,
        )
    except (NotFound, PermissionMissing) as error:
        log.error("callback.undeliverable", connector=connector, login=callback.deliver_as, error=error.code)
        detail = "the connector's user here may not deliver messages; the server's log says more"
        raise RequestRefused(HTTPStatus.SERVICE_UNAVAILABLE, "callback_undeliverable", detail) from error
    if received.late:
        return CallbackReceipt(status="late")
    return CallbackReceipt(status="taken" if received.created else "known")


async def limited_body(request: Request, limit: int) -> bytes:
    """The body. Raises `RequestRefused` (413) as soon as more than `limit` bytes have come."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            detail = f"a callback here may have at most {limit} bytes"
            raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail)
    return bytes(body)


def refuse(connector: str, error: CallbackRefused) -> NoReturn:
    """Answer with the error's code; a forger learns nothing beside it."""
    log.warning("callback.refused", connector=connector, code=error.code, reason=str(error))
    match error:
        case CallbackForged():
            status, detail = HTTPStatus.UNAUTHORIZED, "no valid signature, or not of this time"
        case CallbackMalformed():
            status, detail = HTTPStatus.UNPROCESSABLE_ENTITY, str(error)
        case _:
            status, detail = HTTPStatus.SERVICE_UNAVAILABLE, "callbacks cannot be verified now; try again later"
    raise RequestRefused(status, error.code, detail) from error
