"""What reviewers always decide alike, as a rule that somebody may propose. Nothing here changes a rule."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.suggestion import SuggestedPackView, SuggestionList, SuggestionView
from graphs.suggestions.desk import FEWEST, SuggestionDesk
from graphs.suggestions.mining import LEAST_SUPPORT

router = APIRouter(tags=["policies"], responses=PROBLEMS, route_class=StrictRoute)
WiredSuggestionDesk = Annotated[SuggestionDesk, wired(SuggestionDesk)]
Support = Annotated[int, Query(ge=FEWEST, le=100_000, description="Cases that must have been decided alike.")]


@router.get("/policies/suggestions")
async def list_suggestions(
    actor: CurrentActor, desk: WiredSuggestionDesk, min_support: Support = LEAST_SUPPORT
) -> SuggestionList:
    """What is always decided alike, the most frequent first."""
    return SuggestionList(suggestions=[SuggestionView.of(one) for one in await desk.listed(actor, least=min_support)])


@router.get("/policies/suggestions/{suggestion_id}")
async def show_suggestion(
    suggestion_id: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")],
    actor: CurrentActor,
    desk: WiredSuggestionDesk,
    min_support: Support = LEAST_SUPPORT,
) -> SuggestedPackView:
    """One suggestion with the pack that it would make, checked by its examples and linted. Replay it as any text."""
    return SuggestedPackView.whole(await desk.show(actor, suggestion_id, least=min_support))
