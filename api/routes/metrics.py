"""What a monitoring system reads."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from api.exposition import MEDIA_TYPE, Exposition
from api.gate import BEARER, COOKIE
from api.routes.wiring import PROBLEMS
from api.scraping import PATH, Scraping
from graphs.store.people import Actor

router = APIRouter(tags=["server"], responses=PROBLEMS, dependencies=[Depends(BEARER), Depends(COOKIE)])


def exposition_of(request: Request) -> Exposition:
    """The exposition, once the gate knows the scrape token or the actor may look. Raises `PermissionMissing`."""
    scraping = cast("Scraping", request.app.state.scraping)
    if not getattr(request.state, "scrapes", False):
        scraping.require(cast("Actor", request.state.actor))
    return cast("Exposition", request.app.state.exposition)


@router.get(PATH, response_class=PlainTextResponse)
async def metrics(exposition: Annotated[Exposition, Depends(exposition_of)]) -> Response:
    """Metrics of this process and counts of the whole installation, in Prometheus's text format.

    With the scrape token as a bearer, or with `metrics.read` in the installation's own tenant.
    """
    return Response(await exposition.text(), media_type=MEDIA_TYPE)
