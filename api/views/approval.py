"""Approvals as the API lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.views.task import Person, TaskSummary, user_ids
from api.views.task_options import TaskOptionView, option_view
from api.views.view import View
from graphs.tasks.approvals import Approval


class ApprovalView(View):
    """A task that asks for an approval; `approve` says whether the caller may give it, and why not."""

    task: TaskSummary
    tool: Annotated[str, Field(description="What would be called.")]
    irreversible: bool
    needed_minor: Annotated[int | None, Field(description="The limit that an approval needs; null without an amount.")]
    limit_minor: Annotated[int | None, Field(description="The caller's own; null where nothing gives them one.")]
    currency: str | None
    excluded: Annotated[list[Person], Field(description="Who started the case or approved it before, and may not.")]
    approve: TaskOptionView

    @classmethod
    def of(cls, found: Approval, names: Mapping[str, str]) -> ApprovalView:
        """The approval as it is shown."""
        task = found.task
        action = task.action or {}
        return cls(
            task=TaskSummary.of(task, names),
            tool=str(action.get("tool", "")),
            irreversible=action.get("effect_kind") == "irreversible",
            needed_minor=task.required_limit_minor,
            limit_minor=found.limit_minor,
            currency=task.currency,
            excluded=[Person(id=one, name=names.get(one, one)) for one in task.excluded],
            approve=option_view(found.option, names),
        )


class ApprovalList(View):
    """Approvals, the earliest deadline first."""

    approvals: list[ApprovalView]
    next: Annotated[str | None, Field(description="Cursor of the following page, null on the last.")]


def ids_in(*approvals: Approval) -> list[str]:
    """Ids of the people in these approvals."""
    givers = {one.option.in_place_of for one in approvals if one.option.in_place_of}
    excluded = {person for one in approvals for person in one.task.excluded}
    return sorted({*user_ids(*(one.task for one in approvals)), *givers, *excluded})
