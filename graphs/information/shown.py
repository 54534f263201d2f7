"""Requests as they are shown: their rows, with what the trail of the case holds of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.information.request import ASKED, RECEIVED, CameOfIt, InformationRequest
from graphs.store.cases import ENDED
from graphs.store.database import UnitOfWork
from graphs.store.information import OPEN, InformationRequests
from graphs.store.information_tables import InformationRow

SENDING, SENT, NOT_SENT, UNDELIVERED, STOPPED = "sending", "sent", "not_sent", "undelivered", "stopped"
"""How far a mail has come; `stopped` is an open incident of the case that sends it."""


async def shown(unit: UnitOfWork, rows: Sequence[InformationRow]) -> list[InformationRequest]:
    """The requests with their words, their delivery, and what came of them."""
    requests = InformationRequests(unit.session)
    said = await _said(unit, rows)
    asked = await requests.still_asked([row.task_id for row in rows])
    replies: dict[str, list[CameOfIt]] = {}
    for reply in await requests.replies([row.id for row in rows]):
        replies.setdefault(reply.request_id, []).append(CameOfIt(row=reply, said=said.get(reply.id, {})))
    return [
        InformationRequest(
            row=row,
            open=row.status == OPEN and row.task_id in asked,
            delivery=await _delivery(unit, row),
            said=said.get(row.id, {}),
            replies=replies.get(row.id, ()),
        )
        for row in rows
    ]


async def _said(unit: UnitOfWork, rows: Sequence[InformationRow]) -> Mapping[str, Mapping[str, Any]]:
    """What was asked and what came, by the id of request or reply."""
    found: dict[str, Mapping[str, Any]] = {}
    for case_id in sorted({row.case_id for row in rows}):
        for entry, values in await unit.audit_log.of_case(case_id):
            if entry.kind == ASKED:
                found[str(values.get("request"))] = values
            elif entry.kind == RECEIVED:
                found[str(values.get("reply"))] = values
    return found


async def _delivery(unit: UnitOfWork, row: InformationRow) -> str:
    if row.undelivered is not None:
        return UNDELIVERED
    effects = await unit.effects.of_case(row.id)
    if any(effect.status == "confirmed" for effect in effects):
        return SENT
    case = await unit.cases.get(row.id)
    if case.status == "incident":
        return STOPPED
    return NOT_SENT if case.status in ENDED else SENDING
