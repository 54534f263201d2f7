"""Connectors: how each configured external system stands."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from api.connector_watch import ConnectorWatch
from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredLimitDesk
from api.views.connector import ConnectorList, ConnectorView

router = APIRouter(tags=["connectors"], responses=PROBLEMS)


def watch_of(request: Request) -> ConnectorWatch:
    """The watch the application was made with."""
    return cast("ConnectorWatch", request.app.state.connectors)


WiredWatch = Annotated[ConnectorWatch, Depends(watch_of)]


@router.get("/connectors")
async def list_connectors(actor: CurrentActor, watch: WiredWatch, desk: WiredLimitDesk) -> ConnectorList:
    """The tenant's connectors: what the last check found, what they offer, and how their targets stand."""
    targets = {state.target: state for state in await desk.listed(actor)}
    views = [
        ConnectorView.of(opened, watch.known.get(opened.name), targets.get(opened.name))
        for opened in watch.connectors.of(actor.tenant)
    ]
    return ConnectorList(connectors=views)
