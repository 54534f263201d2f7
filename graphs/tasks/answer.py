"""An answer: what a reviewer says, whether it fits the task's form, and the decision that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from graphs.errors import AnswerOutdated, Invalid, ProtectedField
from graphs.forms import entered_value
from graphs.standing import Standing
from graphs.store.tables import Task
from graphs.tasks.errors import EditsNotApprovable
from graphs.tasks.form import check_shape, shape_of
from policies.approval import Approval
from policies.protected import is_protected

ANSWER = "task.answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reviewer's answer. `digest`, if given, is the digest of the task as the reviewer saw it.

    `in_place_of` is the login or id of the person who let the reviewer answer in their place. An approval may `set`
    fields where the definition allows it; its `digest` is then that of the preview. `bulk` is the id of the bulk
    decision that it is part of.
    """

    decision: Literal["approve", "correct", "reject"]
    set: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None
    in_place_of: str | None = None
    bulk: str | None = None

    @property
    def edits(self) -> bool:
        """Whether it approves something else than the task shows: what comes of its own edits."""
        return self.decision == "approve" and bool(self.set)


def check_answer(task: Task, answer: Answer, *, editing: bool = False) -> None:
    """Whether the answer fits the task's form; `editing` that an approval may set fields.

    Raises `Invalid`, `ProtectedField`, `EditsNotApprovable` or `AnswerOutdated`.
    """
    if answer.digest is not None and answer.digest != task.digest:
        raise AnswerOutdated("what you saw has changed: look at the task again")
    if answer.decision not in task.form["choices"]:
        raise Invalid(f"{answer.decision!r} is not possible here: {', '.join(task.form['choices'])}")
    _check_fields(task, answer, editing=editing)
    missing = [name for name in task.form["evidence_required"] if not answer.evidence.get(name, "").strip()]
    if answer.decision == "approve" and missing:
        raise Invalid(f"evidence is required for {', '.join(missing)} (--evidence {missing[0]}=…)")
    if answer.decision == "reject" and not answer.reason.strip():
        raise Invalid("a rejection needs a reason")
    check_shape(
        shape_of(task.form, edits=editing),
        decision=answer.decision,
        set_=answer.set,
        reason=answer.reason,
        evidence=answer.evidence,
        digest=answer.digest,
    )


def _check_fields(task: Task, answer: Answer, *, editing: bool) -> None:
    if answer.edits and not editing:
        raise EditsNotApprovable("an approval cannot set fields here: correct them, and you are asked again")
    if answer.set and answer.decision == "reject":
        raise Invalid("fields can only be set with the decision 'correct'")
    editable = {item["name"]: item["kind"] for item in task.form["fields"]}
    for name, value in answer.set.items():
        if is_protected(name) and name not in editable:
            raise ProtectedField(f"{name} accepts no value from a reviewer: change it at its source")
        if name not in editable:
            known = ", ".join(sorted(editable)) or "none"
            raise Invalid(f"{name} cannot be corrected here (fields: {known})")
        entered_value(name, editable[name], value)


def decision_of(standing: Standing, task: Task, answer: Answer, *, at: str) -> dict[str, Any]:
    """The decision as it is stored with the task and handed to the graph.

    An approval with edits is a correction that brings its approval along: for exactly what `answer.digest` names.
    """
    actor = standing.actor
    decision: dict[str, Any] = {
        "task": task.id,
        "decision": "correct" if answer.edits else answer.decision,
        "by": actor.user_id,
        "name": actor.name,
        "at": at,
        "set": dict(answer.set),
        "reason": answer.reason,
        "evidence": dict(answer.evidence),
        "digest": task.digest,
    }
    if standing.through:
        decision["through"] = list(standing.through)
    if answer.bulk is not None:
        decision["bulk"] = answer.bulk
    if answer.decision == "approve":
        approval = Approval(
            by=actor.user_id,
            through=standing.through,
            roles=actor.roles,
            limit_minor=standing.limit_minor,
            digest=answer.digest if answer.edits and answer.digest else task.digest,
            at=at,
            evidence=dict(answer.evidence),
        )
        decision["approval"] = approval.model_dump(mode="json", exclude=None if standing.through else {"through"})
    return decision
