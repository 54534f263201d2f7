"""Review quality: what was looked at, figures of groups, known-answer cases and second reviews."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredQualityDesk, WiredSeenDesk
from api.strict_json import StrictRoute
from api.views.deadline import written_instant
from api.views.quality import (
    OwnQualityView,
    ProbeCount,
    QualityView,
    RateForm,
    RateList,
    RateView,
    SeedForm,
    SeedView,
    SeenForm,
    SeenView,
)
from api.views.view import Name
from graphs.errors import Invalid
from graphs.quality.desk import Group

router = APIRouter(tags=["quality"], responses=PROBLEMS, route_class=StrictRoute)

Since = Annotated[Name | None, Query(description="From this instant on; 30 days before the end where it is not said.")]
Until = Annotated[Name | None, Query(description="Up to this instant; now where it is not said.")]


@router.post("/tasks/{task_id}/seen")
async def see_task(task_id: UUID, form: SeenForm, actor: CurrentActor, desk: WiredSeenDesk) -> SeenView:
    """Record that the caller has the task before them, and what evidence was open for how long."""
    return SeenView.of(await desk.seen(actor, str(task_id), form.evidence))


@router.get("/quality")
async def show_quality(
    actor: CurrentActor,
    desk: WiredQualityDesk,
    team: Annotated[Name | None, Query(description="A team's reviewers.")] = None,
    role: Annotated[Name | None, Query(description="Everybody who holds the role.")] = None,
    since: Since = None,
    until: Until = None,
) -> QualityView:
    """Figures of a group's reviews; never of a person."""
    group = Group(team=team, role=role)
    return QualityView.of(await desk.show(actor, group, since=instant(since), until=instant(until)))


@router.get("/quality/mine")
async def show_own_quality(
    actor: CurrentActor, desk: WiredQualityDesk, since: Since = None, until: Until = None
) -> OwnQualityView:
    """The caller's own figures."""
    return OwnQualityView.of(await desk.own(actor, since=instant(since), until=instant(until)))


@router.post("/quality/seeds")
async def seed_known_case(form: SeedForm, actor: CurrentActor, desk: WiredQualityDesk) -> SeedView:
    """Have an answered task asked again of others, as a case of which it is known what is right."""
    return SeedView.of(await desk.seed(actor, form.seed()))


@router.get("/quality/rates")
async def list_quality_rates(actor: CurrentActor, desk: WiredQualityDesk) -> RateList:
    """How much is checked, by role, and what was so far."""
    counts = await desk.counts(actor)
    checks = [ProbeCount(kind=kind, status=status, count=count) for (kind, status), count in sorted(counts.items())]
    return RateList(rates=[RateView.of(one) for one in await desk.rates(actor)], checks=checks)


@router.put("/quality/rates/{role}")
async def set_quality_rate(role: str, form: RateForm, actor: CurrentActor, desk: WiredQualityDesk) -> RateView:
    """Say of how many of a role's answers a second is asked, and beside how many a known case is put."""
    return RateView.of(
        await desk.set_rate(actor, role, second_bps=form.second_bps, known_bps=form.known_bps, reason=form.reason)
    )


def instant(written: str | None) -> datetime | None:
    """The instant, if one is written. Raises `Invalid`."""
    try:
        return written_instant(written) if written is not None else None
    except ValueError as error:
        raise Invalid(f"{written!r} is no instant: {error}") from None
