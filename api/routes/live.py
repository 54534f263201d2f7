"""One stream a page: that something happened, so that it looks anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.gate import CurrentActor
from api.news_desk import KEPT, NewsDesk, Watched
from api.problems import RequestRefused
from api.routes.wiring import PROBLEMS, WiredNews, WiredServices, WiredSessionDesk
from api.views.live import LiveChange, change_of
from graphs.accounts.session import SessionActor
from graphs.accounts.session_desk import SessionDesk
from graphs.errors import NotFound
from graphs.runtime.services import Services
from graphs.store.people import Actor

MAX_SEQ = 2**63 - 1
HEARTBEAT_SECONDS = 15.0
"""So often a connection that is silent says that it lives, and whether its session does is looked up."""
MOST_STREAMS = 500
CHANGE = "change"
SESSION_OVER = "session_over"

router = APIRouter(tags=["live"], responses=PROBLEMS)


def room_to_watch(desk: WiredNews) -> NewsDesk:
    """The application's news. Raises `RequestRefused` (503) where more pages watch than one process serves."""
    if sum(watched.watchers for watched in desk.tenants.values()) >= MOST_STREAMS:
        raise RequestRefused(
            HTTPStatus.SERVICE_UNAVAILABLE, "too_many_streams", "too many pages are open: ask now and again instead"
        )
    return desk


@router.get("/events", response_class=EventSourceResponse)
async def events(
    actor: CurrentActor,
    services: WiredServices,
    sessions: WiredSessionDesk,
    desk: Annotated[NewsDesk, Depends(room_to_watch)],
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MAX_SEQ, description="Number of the last event seen; go on behind it.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What happens in the caller's organisation and is for them to see, at most four times a second.

    It ends with `session_over` when the session does, or the caller may not come in any more. To watch is no use of a
    session: it ends as if nobody did.
    """
    async with desk.watching(actor.tenant, last_event_id) as watched:
        after = watched.seq if last_event_id is None else min(last_event_id, watched.seq)
        # Whoever connects knows from which number on they are told.
        yield _event(LiveChange(seq=after, topics=[], cases=[]), "hello")
        looked_up = time.monotonic()
        while not desk.over:
            news = watched.behind(after)
            if news is None:
                after = watched.seq
                yield _event(LiveChange(seq=after, topics=[], cases=[], reset=True), CHANGE)
            elif news:
                after = news[-1].seq
                change = change_of(news, seq=after, permissions=actor.permissions)
                if change is not None:
                    yield _event(change, CHANGE)
            await _moved_on(desk, watched, after)
            if time.monotonic() - looked_up >= HEARTBEAT_SECONDS:
                looked_up = time.monotonic()
                if not await still_in(services, sessions, actor):
                    yield ServerSentEvent(event=SESSION_OVER, raw_data="{}")
                    return
                yield ServerSentEvent(comment="here")


@router.get("/changes")
async def changes(
    actor: CurrentActor,
    services: WiredServices,
    after: Annotated[int | None, Query(ge=0, le=MAX_SEQ, description="`seq` of the answer before.")] = None,
) -> LiveChange:
    """The same for whoever cannot keep a stream open: what has happened since the answer before."""
    async with services.database.unit_of_work(actor.tenant) as unit:
        if after is None:
            return LiveChange(seq=await unit.audit_log.head(actor.tenant), topics=[], cases=[])
        news = await unit.audit_log.news(actor.tenant, after=after, limit=KEPT)
        if len(news) == KEPT:
            return LiveChange(seq=await unit.audit_log.head(actor.tenant), topics=[], cases=[], reset=True)
    seq = news[-1].seq if news else after
    return change_of(news, seq=seq, permissions=actor.permissions) or LiveChange(seq=seq, topics=[], cases=[])


async def still_in(services: Services, sessions: SessionDesk, actor: Actor) -> bool:
    """Whether the caller would be let in now; a session is not kept alive by being looked up."""
    if isinstance(actor, SessionActor):
        return any(row.id == actor.session_id for row in await sessions.mine(actor))
    try:
        async with services.database.unit_of_work(actor.tenant) as unit:
            await unit.people.actor(actor.user_id)
    except NotFound:
        return False
    return True


async def _moved_on(desk: NewsDesk, watched: Watched, after: int) -> None:
    """Until there is something behind `after`, it is time for a heartbeat, or all is over."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS), watched.changed:
            await watched.changed.wait_for(lambda: desk.over or watched.seq > after)
    except TimeoutError:
        return


def _event(change: LiveChange, name: str) -> ServerSentEvent:
    return ServerSentEvent(data=change, event=name, id=str(change.seq), retry=2000)
