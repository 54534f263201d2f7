"""Messages to cases that wait for them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Response

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredMessageDesk
from api.strict_json import StrictRoute
from api.views.steering import MessageView, SendMessage

router = APIRouter(tags=["messages"], responses=PROBLEMS, route_class=StrictRoute)


@router.post("/messages", status_code=HTTPStatus.CREATED)
async def send_message(
    body: SendMessage, response: Response, actor: CurrentActor, desk: WiredMessageDesk
) -> MessageView:
    """Send a message: 201 for a new one, 200 for one that was taken before, 409 for another of the same id.

    The case that has waited the longest for name and key receives it; without one the message waits for its case.
    """
    kept_for = timedelta(seconds=body.kept_for_seconds)
    received = await desk.receive(actor, body.name, body.key, body.payload, body.message_id, kept_for=kept_for)
    if not received.created:
        response.status_code = HTTPStatus.OK
    return MessageView.of(received)
