"""The form of a task, and what an answer leads to, as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.views.view import Form, Name, Text, View
from graphs.store.tables import Task
from graphs.tasks.edits import Edited
from graphs.tasks.hints import FieldHint, hints_of
from graphs.tasks.outlook import Outlook


class HintView(View):
    """How to draw a field, and what is known about its value."""

    name: str
    title: str
    widget: Annotated[str, Field(description="`text`, `date`, `money` or `number`.")]
    help: str
    present: Annotated[Any, Field(description="The value as the case has it; null where it is not known.")]
    proposed: Annotated[Any, Field(description="What an agent or the action has instead, where that differs.")]
    confidence: Annotated[float | None, Field(description="How surely the present value was read, 0 to 1.")]
    source: Annotated[dict[str, Any] | None, Field(description="Where it comes from, with page and box.")]
    doubt: Annotated[str | None, Field(description="Why to look at it first; null where there is no doubt.")]

    @classmethod
    def of(cls, hint: FieldHint) -> HintView:
        """The hint as it is shown."""
        return cls(
            name=hint.name,
            title=hint.title,
            widget=hint.widget,
            help=hint.help,
            present=hint.present,
            proposed=hint.proposed,
            confidence=hint.confidence,
            source=dict(hint.source) if hint.source is not None else None,
            doubt=hint.doubt,
        )


class TaskForm(View):
    """A task's form: the JSON Schema (2020-12) that its answers are checked against, and how to draw it."""

    task: str
    digest: str
    answer_schema: Annotated[dict[str, Any], Field(description="JSON Schema of the body of `POST …/answer`.")]
    order: Annotated[list[str], Field(description="Fields in the order to show them: the doubtful ones first.")]
    fields: list[HintView]
    doubtful: list[str]
    evidence_required: list[str]

    @classmethod
    def of(cls, task: Task, schema: dict[str, Any]) -> TaskForm:
        """The form as it is shown."""
        hints = hints_of(task)
        return cls(
            task=task.id,
            digest=task.digest,
            answer_schema=schema,
            order=list(hints.order),
            fields=[HintView.of(one) for one in hints.fields],
            doubtful=list(hints.doubtful),
            evidence_required=list(hints.evidence),
        )


class ArgumentView(View):
    """An argument of the proposed action."""

    name: str
    value: Any
    editable: Annotated[bool, Field(description="Whether it can be corrected in the form.")]
    protected: Annotated[bool, Field(description="Whether it takes values from named sources only.")]


class ConsequenceView(View):
    """What an answer leads to."""

    decision: str
    text: str
    next_step: str


class OutlookView(View):
    """What to know before answering: what stopped the case, and what happens then."""

    stopped_by: Annotated[list[str], Field(description="The rules and thresholds that stopped it, in words.")]
    consequences: list[ConsequenceView]
    arguments: list[ArgumentView]
    effect_kind: str | None
    undo: Annotated[
        str,
        Field(description="`compensated`: taken back when the case is cancelled; `by_hand`; `never`; `nothing` done."),
    ]
    undo_by: Annotated[str | None, Field(description="The tool that takes it back.")]
    approvable_with_edits: bool

    @classmethod
    def of(cls, outlook: Outlook) -> OutlookView:
        """The outlook as it is shown."""
        return cls(
            stopped_by=list(outlook.stopped_by),
            consequences=[
                ConsequenceView(decision=one.decision, text=one.text, next_step=one.next_step)
                for one in outlook.consequences
            ],
            arguments=[
                ArgumentView(name=one.name, value=one.value, editable=one.editable, protected=one.protected)
                for one in outlook.arguments
            ],
            effect_kind=outlook.effect_kind,
            undo=outlook.undo,
            undo_by=outlook.undo_by,
            approvable_with_edits=outlook.approvable_with_edits,
        )


class EditedField(View):
    """What an edit changes about the proposed action."""

    field: str
    old: Any
    new: Any


class PreviewEdits(Form):
    """Fields to set, as text."""

    set: Annotated[dict[Name, Text], Field(min_length=1)]


class TaskPreview(View):
    """What the task would ask with the edits. An approval that sets the same fields names this `digest`."""

    task: str
    digest: str
    action: dict[str, Any] | None
    changes: list[EditedField]
    reasons: list[dict[str, Any]]
    form: dict[str, Any]
    required_limit_minor: int | None
    currency: str | None

    @classmethod
    def of(cls, edited: Edited) -> TaskPreview:
        """The preview as it is shown."""
        task = edited.task
        return cls(
            task=task.id,
            digest=task.digest,
            action=task.action,
            changes=[EditedField(field=one.field, old=one.old, new=one.new) for one in edited.changes],
            reasons=task.reasons,
            form=task.form,
            required_limit_minor=task.required_limit_minor,
            currency=task.currency,
        )
