"""Agents as actors: their sponsors, limits and keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.agent import AgentList, AgentTermsForm, AgentView, NewAgentForm, NewAgentView
from graphs.agent_desk import AgentDesk

router = APIRouter(tags=["authority"], responses=PROBLEMS, route_class=StrictRoute)
WiredAgentDesk = Annotated[AgentDesk, wired(AgentDesk)]


@router.get("/agents")
async def list_agents(actor: CurrentActor, desk: WiredAgentDesk) -> AgentList:
    """Every agent with who answers for it and what it may move by itself."""
    return AgentList(agents=[AgentView.of(record) for record in await desk.listed(actor)])


@router.post("/agents", status_code=201)
async def add_agent(form: NewAgentForm, actor: CurrentActor, desk: WiredAgentDesk) -> NewAgentView:
    """Make an agent; its key is shown in this answer and never again."""
    record, key = await desk.add(
        actor, form.login, name=form.name, roles=form.roles, terms=form.terms(), reason=form.reason
    )
    return NewAgentView(agent=AgentView.of(record), key=key)


@router.put("/agents/{login}")
async def set_agent(login: str, form: AgentTermsForm, actor: CurrentActor, desk: WiredAgentDesk) -> AgentView:
    """Set who answers for an agent, what it may move, and whether it may work."""
    return AgentView.of(await desk.set(actor, login, terms=form.terms(), reason=form.reason))
