"""Tasks as the API shows them, and the answers it takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.views.assignment import AssignmentView
from api.views.task_form import OutlookView
from api.views.view import Form, Name, Text, View
from graphs.routing.people.assigned import people_in
from graphs.store.inbox_tabs import COUNTED
from graphs.store.tables import Task
from graphs.tasks import Answer
from graphs.tasks.outlook import Outlook


class Changed(View):
    """A field that differs from what was approved before."""

    field: str
    old: Annotated[Any, Field(description="As it was approved; null where it was not there.")]
    new: Annotated[Any, Field(description="As it is now.")]


class Person(View):
    """A user by id and name."""

    id: str
    name: str


class TaskSummary(View):
    """A human work item as it stands in an inbox."""

    id: str
    case: str
    step: str
    title: str
    question: str
    status: str
    role: str
    assignee: Annotated[Person | None, Field(description="Whom it is for; with status `claimed`, who has it.")]
    delegated_by: Annotated[
        Person | None, Field(description="Who delegated it, and gets it back where it is declined.")
    ]
    deadline_at: datetime
    overdue: bool
    created_at: datetime
    decision: Annotated[str | None, Field(description="`approve`, `correct` or `reject`, once answered.")]
    decided_by: Person | None
    decided_at: datetime | None

    @classmethod
    def of(cls, task: Task, names: Mapping[str, str]) -> TaskSummary:
        """The row as it is shown; `names` has the users' names by id."""
        return cls(**_summary(task, names))


class TaskDetail(TaskSummary):
    """A task with everything a reviewer needs to answer it."""

    reasons: Annotated[list[dict[str, Any]], Field(description="Every rule that fired, with its text and facts.")]
    evidence: dict[str, Any]
    action: Annotated[dict[str, Any] | None, Field(description="The proposed action, if an action is asked for.")]
    form: Annotated[dict[str, Any], Field(description="Possible decisions, correctable fields, required evidence.")]
    digest: Annotated[str, Field(description="Digest of all that is shown; an approval is bound to it.")]
    required_limit_minor: Annotated[int | None, Field(description="Authority needed to approve, in minor units.")]
    currency: str | None
    excluded: Annotated[list[str], Field(description="Ids of users who may not answer.")]
    answer: Annotated[dict[str, Any] | None, Field(description="The whole answer, once given.")]
    duties: Annotated[list[dict[str, Any]], Field(description="What approving does, to whom.")]
    changes: Annotated[
        list[Changed], Field(description="By field, what differs from what was approved before, where that lapsed.")
    ]
    outlook: Annotated[
        OutlookView | None,
        Field(description="What stopped the case, and what each answer leads to; null once it is answered."),
    ]
    assignment: Annotated[AssignmentView | None, Field(description="How the assignee was chosen; null if unknown.")]

    undo_until: Annotated[
        datetime | None,
        Field(description="Until when the answer may be undone; null where it may not. The case waits for that."),
    ]

    @classmethod
    def whole(
        cls,
        task: Task,
        names: Mapping[str, str],
        outlook: Outlook | None = None,
        *,
        undo_until: datetime | None = None,
    ) -> TaskDetail:
        """The row with what a reviewer needs."""
        return cls(
            **_summary(task, names),
            reasons=task.reasons,
            evidence=task.evidence,
            action=task.action,
            form=task.form,
            digest=task.digest,
            required_limit_minor=task.required_limit_minor,
            currency=task.currency,
            excluded=task.excluded,
            answer=task.decision,
            duties=task.duties or [],
            changes=[Changed(**change) for change in task.changes or ()],
            outlook=OutlookView.of(outlook) if outlook is not None else None,
            assignment=AssignmentView.of(task.assignment, names),
            undo_until=undo_until,
        )


class TabCounts(View):
    """How many tasks each tab has, up to `counted_up_to`."""

    mine: int
    team: int
    unassigned: int
    done: int
    delegated: int
    counted_up_to: int = COUNTED


class TaskList(View):
    """Tasks by deadline; what is done, the newest first. `next` is the cursor of the next page."""

    tasks: list[TaskSummary]
    next: str | None = None
    counts: Annotated[TabCounts | None, Field(description="By tab, where they were asked for.")] = None


class AnswerTask(Form):
    """A reviewer's answer."""

    decision: Literal["approve", "correct", "reject"]
    set: Annotated[
        dict[Name, Text],
        Field(default_factory=dict, description="Corrected fields, as text; of an approval, as they were previewed."),
    ]
    reason: Text = ""
    evidence: Annotated[
        dict[Name, Text], Field(default_factory=dict, description="What the rules require for an approval.")
    ]
    digest: Annotated[Name | None, Field(description="Digest of the task as you saw it; if it changed, 409.")] = None
    in_place_of: Annotated[
        Name | None, Field(description="Login or id of the person who let you answer in their place.")
    ] = None

    def answer(self) -> Answer:
        """The answer for the task desk."""
        return Answer(
            decision=self.decision,
            set=self.set,
            reason=self.reason,
            evidence=self.evidence,
            digest=self.digest,
            in_place_of=self.in_place_of,
        )


def user_ids(*tasks: Task) -> list[str]:
    """Ids of the users the tasks name."""
    return sorted({user for task in tasks for user in (task.assignee_id, task.delegated_by, task.decided_by) if user})


def detail_ids(task: Task) -> list[str]:
    """Ids of the users whom the task names, and of everybody whom it might have gone to."""
    return sorted({*user_ids(task), *people_in(task.assignment)})


def _summary(task: Task, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": task.id,
        "case": task.case_id,
        "step": task.step,
        "title": task.title,
        "question": task.question,
        "status": task.status,
        "role": task.role,
        "assignee": _person(task.assignee_id, names),
        "delegated_by": _person(task.delegated_by, names),
        "deadline_at": task.deadline_at,
        "overdue": task.overdue,
        "created_at": task.created_at,
        "decision": str(task.decision["decision"]) if task.decision else None,
        "decided_by": _person(task.decided_by, names),
        "decided_at": task.decided_at,
    }


def _person(user_id: str | None, names: Mapping[str, str]) -> Person | None:
    return Person(id=user_id, name=names.get(user_id, user_id)) if user_id else None
