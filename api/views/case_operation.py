"""Orders about many cases, as the API takes them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.views.case import CaseStatus
from api.views.steering import Reason
from api.views.view import Form, Name, Text
from graphs.case_move import CaseMove, CaseMoveKind
from graphs.case_operation import MOST_CASES, CaseOrder
from graphs.store.case_search import CaseSearch, WaitingFor
from graphs.store.people import Actor

Instant = Annotated[AwareDatetime, Field(strict=False)]
CaseNamed = Annotated[UUID, Field(strict=False)]


class CaseFilter(Form):
    """Whatever the list finds when the order is given; as the list's own query."""

    status: Annotated[list[CaseStatus], Field(max_length=8)] = Field(default_factory=list)
    process: Name | None = None
    step: Name | None = None
    stage: Name | None = None
    words: Annotated[Text, Field(max_length=200)] = ""
    waiting: Literal["person", "task", "message", "timer"] | None = None
    owner: Annotated[Name | None, Field(description="A user's id, or `me`.")] = None
    overdue: bool = False
    due_before: Instant | None = None
    started_from: Instant | None = None
    started_before: Instant | None = None

    def search(self, actor: Actor) -> CaseSearch:
        """What is looked for."""
        plain = self.model_dump(exclude={"status", "words", "waiting", "owner"})
        return CaseSearch(
            **plain,
            status=tuple(self.status),
            words=tuple(self.words.split()),
            waiting=WaitingFor(self.waiting) if self.waiting else None,
            owner=actor.user_id if self.owner == "me" else self.owner,
        )


class CaseOrderForm(Form):
    """One order about these `cases`, or about what `filter` finds; at most 1,000."""

    kind: Literal["retry", "cancel", "suspend", "resume", "reassign"]
    reason: Reason
    cases: Annotated[list[Annotated[UUID, Field(strict=False)]], Field(max_length=MOST_CASES)] = Field(
        default_factory=list
    )
    filter: CaseFilter | None = None
    to: Annotated[
        Name | None, Field(description="Who gets the tasks, where they are reassigned: a login or an id.")
    ] = None

    def order(self, actor: Actor) -> CaseOrder:
        """The order for the desk. Raises `Invalid`."""
        return CaseOrder(
            move=CaseMove(kind=CaseMoveKind(self.kind), to=self.to or ""),
            reason=self.reason,
            cases=tuple(str(case) for case in self.cases),
            search=self.filter.search(actor) if self.filter is not None else None,
        )
