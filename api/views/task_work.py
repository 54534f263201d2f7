"""Notes, hand-overs and bulk decisions, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.views.task import Person
from api.views.view import Form, Name, Text, View
from graphs.store.inbox_tabs import Tab, TaskSearch
from graphs.tasks.bulk import MOST, BulkReport, BulkRequest
from graphs.tasks.notes import Note


class ReasonForm(Form):
    """Why; it is recorded."""

    reason: Text = ""


class HandForm(Form):
    """To whom, and why."""

    to: Annotated[Name, Field(description="Login or id of a person who may answer the task.")]
    reason: Text = ""


class NoteForm(Form):
    """A note."""

    text: Annotated[Text, Field(description="`@login` mentions a person, who is told.")]


class NoteView(View):
    """What somebody wrote about a task; it is never changed."""

    id: str
    author: Person
    text: str
    mentions: list[Person]
    at: datetime

    @classmethod
    def of(cls, note: Note, names: Mapping[str, str]) -> NoteView:
        """The note as it is shown."""
        return cls(
            id=note.id,
            author=_person(note.author_id, names),
            text=note.text,
            mentions=[_person(one, names) for one in note.mentions],
            at=note.at,
        )


class NoteList(View):
    """The notes on a task, the oldest first."""

    notes: list[NoteView]


class BulkFilter(Form):
    """What to look for in a tab, when the request is first made."""

    tab: Literal["mine", "team", "unassigned", "delegated"]
    words: Text = ""
    case: Name | None = None
    role: Name | None = None
    overdue: bool = False
    due_before: Annotated[AwareDatetime | None, Field(strict=False)] = None


class BulkForm(Form):
    """One decision about many tasks: those with these `ids`, or those that a `filter` finds."""

    decision: Literal["approve", "reject"]
    ids: Annotated[list[Name], Field(default_factory=list, max_length=MOST)]
    filter: BulkFilter | None = None
    reason: Text = ""
    digests: Annotated[
        dict[Name, Name], Field(default_factory=dict, max_length=MOST, description="As you saw the tasks, by id.")
    ]
    confirm: Annotated[bool, Field(description="Approve also what is irreversible, where its digest is given.")] = False

    def request(self, key: str) -> BulkRequest:
        """The request for the desk. Raises `Invalid`."""
        wanted = self.filter
        search = (
            TaskSearch()
            if wanted is None
            else TaskSearch(
                words=tuple(wanted.words.split()),
                case_id=wanted.case,
                role=wanted.role,
                overdue=wanted.overdue,
                due_before=wanted.due_before,
            )
        )
        return BulkRequest(
            key=key,
            decision=self.decision,
            ids=tuple(self.ids),
            tab=Tab(wanted.tab) if wanted is not None else None,
            search=search,
            reason=self.reason,
            digests=self.digests,
            confirm=self.confirm,
        )


class BulkItem(View):
    """What became of one task: `accepted`, or `refused` with a `code` and why."""

    task: str
    status: str
    code: str | None
    detail: str | None


class BulkResult(View):
    """What became of each task; the same for every request with the same key."""

    id: str
    decision: str
    accepted: int
    refused: int
    items: list[BulkItem]

    @classmethod
    def of(cls, report: BulkReport) -> BulkResult:
        """The report as it is shown."""
        items = [
            BulkItem(task=one.task_id, status=one.status, code=one.code, detail=one.detail) for one in report.outcomes
        ]
        return cls(
            id=report.id,
            decision=report.decision,
            accepted=report.accepted,
            refused=len(items) - report.accepted,
            items=items,
        )


def _person(user_id: str, names: Mapping[str, str]) -> Person:
    return Person(id=user_id, name=names.get(user_id, user_id))
