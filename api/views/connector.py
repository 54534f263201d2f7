"""Connectors as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.connector_watch import Found
from api.connectors import OpenedConnector
from api.views.target import TargetView
from api.views.view import View
from graphs.store.admission import TargetState
from policies.canonical import jsonable
from tools.connector import Standing

ShownStanding = Literal["ok", "degraded", "down"] | None


def shown(standing: Standing | None) -> ShownStanding:
    """The standing as a word."""
    return standing.value if standing else None


class ConnectorView(View):
    """A configured external system as it stands."""

    name: str
    kind: str
    standing: Annotated[ShownStanding, Field(description="As the last check found it; null before the first.")]
    problem: Annotated[str, Field(description="What is wrong, in plain words; empty when all is well.")]
    remedy: Annotated[str, Field(description="What to do about it.")]
    checked_at: datetime | None
    seconds: Annotated[float | None, Field(description="How long the check took.")]
    details: dict[str, Any]
    tools: Annotated[list[str], Field(description="What processes may propose to do with it.")]
    target: Annotated[
        TargetView | None,
        Field(description="Its breaker, calls under way and limits; null while it was never limited."),
    ]

    @classmethod
    def of(cls, opened: OpenedConnector, found: Found | None, target: TargetState | None) -> ConnectorView:
        """The connector as it is shown; one that could not be opened is down, checked or not."""
        health = found.health if found else None
        unchecked = Standing.DOWN if opened.problem else None
        return cls(
            name=opened.name,
            kind=opened.configured.kind,
            standing=shown(health.standing if health else unchecked),
            problem=health.problem if health else opened.problem,
            remedy=health.remedy if health else "",
            checked_at=found.checked_at if found else None,
            seconds=health.seconds if health else None,
            details=jsonable(health.details) if health else {},
            tools=[tool.name for tool in opened.tools],
            target=TargetView.of(target) if target else None,
        )


class ConnectorList(View):
    """The tenant's connectors, in the order of the configuration."""

    connectors: list[ConnectorView]


class CallbackReceipt(View):
    """What became of a callback.

    `taken`: stored, and given to its case or kept for it. `known`: it came before. `late`: recorded; its case has
    gone on without it. `ignored`: genuine, and about nothing a case waits for.
    """

    status: Literal["taken", "known", "late", "ignored"]
