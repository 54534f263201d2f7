"""Questions about tasks, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from api.views.task import Person
from api.views.view import Form, Name, Text, View
from graphs.tasks.question import MAX_WANTED, Asking, Question, Reply


class AskForm(Form):
    """What a colleague is asked."""

    to: Annotated[Name, Field(description="Login or id of a person who may see tasks.")]
    text: Text
    fields: Annotated[
        dict[Name, Literal["text", "date", "amount", "number"]],
        Field(default_factory=dict, max_length=MAX_WANTED, description="Values that are wanted, each with its kind."),
    ]
    deadline_at: Annotated[
        AwareDatetime | None, Field(strict=False, description="By when; without one, in a day. Then you are told.")
    ] = None

    def asking(self) -> Asking:
        """The question for the desk."""
        return Asking(to=self.to, text=self.text, wanted=self.fields, deadline_at=self.deadline_at)


class ReplyForm(Form):
    """What the colleague answers."""

    text: Text = ""
    values: Annotated[dict[Name, Text], Field(default_factory=dict, description="Of the fields that were asked for.")]

    def reply(self) -> Reply:
        """The answer for the desk."""
        return Reply(text=self.text, values=self.values)


class QuestionView(View):
    """A question about a task. Its answer decides nothing: whoever has the task does."""

    id: str
    task: str
    case: str
    asked_by: Person
    asked_of: Person
    text: Annotated[str | None, Field(description="What was asked; null once it is erased.")]
    fields: Annotated[dict[str, str], Field(description="Values that are wanted, each with its kind.")]
    asked_at: datetime
    deadline_at: datetime
    overdue: bool
    open: Annotated[bool, Field(description="Whether it may be answered: not after its answer, or the task's.")]
    answer: str | None
    answered_at: datetime | None
    facts: Annotated[dict[str, Any], Field(description="The values that were given, each with its provenance.")]

    @classmethod
    def of(cls, question: Question, names: Mapping[str, str]) -> QuestionView:
        """The question as it is shown."""
        row = question.row
        return cls(
            id=row.id,
            task=row.task_id,
            case=row.case_id,
            asked_by=Person(id=row.asked_by, name=names.get(row.asked_by, row.asked_by)),
            asked_of=Person(id=row.asked_of, name=names.get(row.asked_of, row.asked_of)),
            text=question.text,
            fields=row.wanted,
            asked_at=row.asked_at,
            deadline_at=row.deadline_at,
            overdue=row.overdue,
            open=question.open,
            answer=question.answer,
            answered_at=row.answered_at,
            facts=dict(question.facts),
        )


class QuestionList(View):
    """Questions about tasks."""

    questions: list[QuestionView]


def people_of(questions: Iterable[Question]) -> list[str]:
    """Ids of the people that the questions name."""
    return sorted({person for one in questions for person in (one.row.asked_by, one.row.asked_of)})
