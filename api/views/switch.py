"""Kill switches as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.views.view import Form, Text, View
from graphs.switches import SwitchState


class SwitchView(View):
    """A switch, who turned it and why."""

    scope: str
    name: str
    off: bool
    reason: str
    set_by: str
    since: datetime
    waiting_cases: Annotated[int, Field(description="Cases that go on when it is switched on.")]

    @classmethod
    def of(cls, state: SwitchState) -> SwitchView:
        """The switch as it is shown."""
        switch = state.switch
        return cls(
            scope=switch.scope,
            name=switch.name,
            off=switch.off,
            reason=switch.reason,
            set_by=switch.set_by,
            since=switch.since,
            waiting_cases=state.waiting,
        )


class SwitchList(View):
    """Every switch that was ever turned, those that are off first."""

    switches: list[SwitchView]


class SwitchForm(Form):
    """How a switch is to stand."""

    off: bool
    reason: Text
