"""Agents, as the API shows and takes them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.views.authority import Currency, Day, Minor
from api.views.view import Form, Name, Text, View
from graphs.agent_desk import AgentLimit, AgentTerms
from graphs.store.agents import AgentRecord

Login = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="Lower case, at most 63 characters.")]


class AgentLimitForm(Form):
    """What an agent may move by itself, in minor units."""

    currency: Currency
    limit_minor: Minor
    effective_from: Day
    effective_to: Day | None = None


class AgentTermsForm(Form):
    """Who answers for an agent, what it may move, and whether it may work; in the place of what was set before."""

    sponsor: Annotated[Name, Field(description="Login or id of an active person.")]
    limits: Annotated[list[AgentLimitForm], Field(default_factory=list, max_length=100)]
    active: bool = True
    reason: Text

    def terms(self) -> AgentTerms:
        """The terms for the desk."""
        limits = tuple(AgentLimit(**limit.model_dump()) for limit in self.limits)
        return AgentTerms(sponsor=self.sponsor, limits=limits, active=self.active)


class NewAgentForm(AgentTermsForm):
    """A new agent."""

    login: Login
    name: Name
    roles: Annotated[list[Name], Field(default_factory=list, max_length=50)]


class AgentLimitView(View):
    """What an agent may move by itself."""

    currency: str
    limit_minor: int
    effective_from: date
    effective_to: date | None


class AgentView(View):
    """An agent with the terms it works under; `sponsor` is a user's id."""

    id: str
    login: str
    name: str
    active: bool
    sponsor: str | None
    roles: list[str]
    limits: list[AgentLimitView]

    @classmethod
    def of(cls, record: AgentRecord) -> AgentView:
        """The agent as it is shown."""
        user = record.user
        limits = [
            AgentLimitView(
                currency=row.currency,
                limit_minor=row.max_minor,
                effective_from=row.effective_from,
                effective_to=row.effective_to,
            )
            for row in record.limits
        ]
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            active=user.active,
            sponsor=user.sponsor_id,
            roles=list(record.roles),
            limits=limits,
        )


class AgentList(View):
    """All agents of the tenant."""

    agents: list[AgentView]


class NewAgentView(View):
    """A new agent with its API key, which nobody is shown again."""

    agent: AgentView
    key: str
