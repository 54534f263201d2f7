"""Notices: what the caller was told, how they want to be told, and the tenant's words."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredNoticeDesk
from api.strict_json import StrictRoute
from api.views.notice import (
    DigestAsked,
    NoticeList,
    NoticeTestForm,
    NoticeTextForm,
    NoticeTextList,
    NoticeTextView,
    NoticeTold,
    NoticeView,
    PreferencesForm,
    PreferencesView,
)

router = APIRouter(tags=["notices"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/notices")
async def list_notices(
    actor: CurrentActor,
    desk: WiredNoticeDesk,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> NoticeList:
    """The caller's notices, the newest first."""
    return NoticeList(notices=[NoticeView.of(one) for one in await desk.listed(actor, unread=unread, limit=limit)])


@router.get("/notices/preferences")
async def show_notice_preferences(actor: CurrentActor, desk: WiredNoticeDesk) -> PreferencesView:
    """How the caller wants to be told."""
    return PreferencesView.of(await desk.preferences(actor))


@router.put("/notices/preferences")
async def set_notice_preferences(form: PreferencesForm, actor: CurrentActor, desk: WiredNoticeDesk) -> PreferencesView:
    """Say how the caller wants to be told, in the place of what they said before."""
    return PreferencesView.of(await desk.set_preferences(actor, form))


@router.post("/notices/test")
async def try_notices(form: NoticeTestForm, actor: CurrentActor, desk: WiredNoticeDesk) -> NoticeTold:
    """Tell the caller that notices reach them."""
    return NoticeTold(id=await desk.test(actor, channel=form.channel))


@router.post("/notices/digest")
async def send_digest(actor: CurrentActor, desk: WiredNoticeDesk) -> DigestAsked:
    """Send the caller now what waits for their digest or the end of their quiet hours."""
    return DigestAsked(notices=await desk.digest(actor))


@router.get("/notices/texts")
async def list_notice_texts(actor: CurrentActor, desk: WiredNoticeDesk) -> NoticeTextList:
    """The texts that count."""
    return NoticeTextList(texts=[NoticeTextView.of(one) for one in await desk.texts(actor)])


@router.put("/notices/texts")
async def set_notice_text(form: NoticeTextForm, actor: CurrentActor, desk: WiredNoticeDesk) -> NoticeTextView:
    """Put a text of the tenant's own in the place of the one before."""
    row = await desk.set_text(actor, form.kind, form.language, title=form.title, body=form.body, reason=form.reason)
    return NoticeTextView.set(row)


@router.post("/notices/{notice_id}/read")
async def read_notice(notice_id: UUID, actor: CurrentActor, desk: WiredNoticeDesk) -> NoticeView:
    """The caller has read the notice; again changes nothing."""
    return NoticeView.of(await desk.read(actor, str(notice_id)))
