"""Roles as the API shows them, and takes what completes one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.views.view import Form, Text, View
from graphs.roles import RoleState


class RoleView(View):
    """A role beside what this release has of it."""

    name: str
    title: str
    state: Annotated[
        Literal["as_released", "changed", "own", "absent"],
        Field(description="`own` is of your making; `absent` is built in and not there."),
    ]
    permissions: list[str]
    missing: Annotated[list[str], Field(description="What this release has and the role lacks.")]
    beyond: Annotated[list[str], Field(description="What a built-in role allows beyond this release.")]

    @classmethod
    def of(cls, state: RoleState) -> RoleView:
        """The role as it is shown."""
        return cls(
            name=state.name,
            title=state.title,
            state=state.state,
            permissions=list(state.permissions),
            missing=list(state.missing),
            beyond=list(state.beyond),
        )


class RoleList(View):
    """Every role, by name."""

    roles: list[RoleView]


class CompleteForm(Form):
    """Why a role is completed; it is recorded."""

    reason: Text
