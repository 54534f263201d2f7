"""API keys: listed, made and shown once, replaced, revoked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.gate import CurrentActor
from api.routes.account_sessions import NoStore
from api.routes.page import cursor_at, read_cursor
from api.routes.wiring import PROBLEMS, WiredServices, WiredTerms
from api.strict_json import StrictRoute
from api.views.api_key import ApiKeyList, ApiKeyView, MadeKeyView, MakeKeyForm, RevokeKeyForm, RotateKeyForm
from api.views.view import Name
from graphs.accounts.key_desk import KeyDesk

router = APIRouter(tags=["accounts"], responses=PROBLEMS, route_class=StrictRoute)


def key_desk(services: WiredServices, terms: WiredTerms) -> KeyDesk:
    """The desk that makes and revokes keys."""
    return KeyDesk(services=services, terms=terms)


WiredKeyDesk = Annotated[KeyDesk, Depends(key_desk)]


@router.get("/api-keys")
async def list_api_keys(
    actor: CurrentActor,
    desk: WiredKeyDesk,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
    revoked: Annotated[bool, Query(description="Those that are revoked or over, too.")] = False,
) -> ApiKeyList:
    """API keys, the newest first, without what they are."""
    found = await desk.listed(actor, limit=limit + 1, after=read_cursor(cursor), revoked=revoked)
    last = found[limit - 1].key if len(found) > limit else None
    return ApiKeyList(
        keys=[ApiKeyView.of(known) for known in found[:limit]],
        next=cursor_at(last.created_at, last.id) if last else None,
    )


@router.post("/api-keys", status_code=HTTPStatus.CREATED, dependencies=[NoStore])
async def make_api_key(form: MakeKeyForm, actor: CurrentActor, desk: WiredKeyDesk) -> MadeKeyView:
    """Make a key of somebody, which is shown once. Whoever has it acts as them, so they may do no more than you."""
    return MadeKeyView.of(await desk.make(actor, form.new()))


@router.post("/api-keys/{key_id}/rotate", status_code=HTTPStatus.CREATED, dependencies=[NoStore])
async def rotate_api_key(
    key_id: Annotated[Name, Path()], form: RotateKeyForm, actor: CurrentActor, desk: WiredKeyDesk
) -> MadeKeyView:
    """Make a key in the place of one, shown once: of the same owner, for the same. The old one ends then."""
    return MadeKeyView.of(await desk.rotate(actor, key_id, form.replacement()))


@router.post("/api-keys/{key_id}/revoke")
async def revoke_api_key(
    key_id: Annotated[Name, Path()], form: RevokeKeyForm, actor: CurrentActor, desk: WiredKeyDesk
) -> ApiKeyView:
    """Refuse a key from now on."""
    return ApiKeyView.of(await desk.revoke(actor, key_id, reason=form.reason))
