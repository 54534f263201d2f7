"""Kill switches: what is off, and turning it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredSwitchDesk
from api.views.switch import SwitchForm, SwitchList, SwitchView
from graphs.switches import SwitchScope

Named = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$")]

router = APIRouter(tags=["switches"], responses=PROBLEMS)


@router.get("/switches")
async def list_switches(actor: CurrentActor, desk: WiredSwitchDesk) -> SwitchList:
    """Every switch that was ever turned, those that are off first."""
    return SwitchList(switches=[SwitchView.of(state) for state in await desk.listed(actor)])


@router.put("/switches/{scope}/{name}")
async def set_switch(
    scope: SwitchScope, name: Named, form: SwitchForm, actor: CurrentActor, desk: WiredSwitchDesk
) -> SwitchView:
    """Switch a tool, a process or an agent off or on, with a reason; every worker obeys within a second."""
    return SwitchView.of(await desk.set(actor, scope, name, off=form.off, reason=form.reason))
