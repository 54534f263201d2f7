"""The outlook of a task: what stopped the case, and what happens on each answer, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from graphs.process import ProcessDefinition
from graphs.steps import AnyStep, DecisionStep, EffectStep, EndStep, ProposeStep, ReviewStep
from graphs.store.tables import Task
from graphs.tasks.edits import edits_approvable
from policies.action import EffectKind
from policies.protected import is_protected

Undo = Literal["compensated", "by_hand", "never", "nothing"]
UNDOING: Mapping[Undo, str] = {
    "compensated": "If the case is cancelled later, Interlock takes it back.",
    "by_hand": "Interlock does not take it back by itself: a person has to, in the target system.",
    "never": "It cannot be undone.",
    "nothing": "Nothing is written by the approval itself.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of the proposed action. `editable`: as a field of the form; `protected`: from named sources only."""

    name: str
    value: Any
    editable: bool
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What an answer leads to: in words, and the step that the case goes on with."""

    decision: str
    text: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a reviewer should know before answering. `undo` says whether what an approval does can be taken back."""

    stopped_by: tuple[str, ...]
    consequences: tuple[Consequence, ...]
    arguments: tuple[Argument, ...]
    effect_kind: str | None
    undo: Undo
    undo_by: str | None
    approvable_with_edits: bool


def outlook_of(task: Task, definition: ProcessDefinition) -> Outlook | None:
    """The outlook; None where the task's step is not a review of the definition."""
    review = definition.by_name.get(task.step)
    if not isinstance(review, ReviewStep):
        return None
    effect = _effect(definition, review)
    undo = _undo(task, effect)
    edits = "approve" in task.form.get("choices", ()) and edits_approvable(definition, review)
    tellers = {"approve": _approve, "correct": _correct, "reject": _reject}
    consequences = tuple(
        tellers[choice](task, definition, review) for choice in task.form.get("choices", ()) if choice in tellers
    )
    return Outlook(
        stopped_by=tuple(stopping(reason) for reason in task.reasons),
        consequences=consequences,
        arguments=_arguments(task),
        effect_kind=(task.action or {}).get("effect_kind"),
        undo=undo,
        undo_by=effect.compensation.tool if effect is not None and effect.compensation is not None else None,
        approvable_with_edits=edits,
    )


def stopping(reason: Mapping[str, Any]) -> str:
    """One reason in one line: which rule or threshold, what it says, how grave it is, and where it comes from."""
    title, message = reason.get("title"), reason.get("message") or "no text"
    said = f"{title}: {message}" if title else str(message)
    source = f"; {reason['source']}" if reason.get("source") else ""
    return f"{said} ({reason.get('severity', 'review')} by {reason.get('rule', 'the engine')}{source})"


def _approve(task: Task, definition: ProcessDefinition, review: ReviewStep) -> Consequence:
    effect = _effect(definition, review)
    if effect is None or task.action is None:
        onward = _onward(definition, review)
        text = f"The case goes on as it is, with {_step(onward)}. {UNDOING['nothing']}"
        return Consequence(decision="approve", text=text, next_step=onward.name)
    after = definition.by_name[effect.next]
    given = ", ".join(f"{name} {_short(value)}" for name, value in _given(task).items()) or "no arguments"
    text = (
        f"The rules judge once more. If nothing has changed and nobody else is needed, {task.action['tool']} is called "
        f"with {given}. {UNDOING[_undo(task, effect)]} Then the case goes on with {_step(after)}."
    )
    return Consequence(decision="approve", text=text, next_step=effect.name)


def _correct(task: Task, definition: ProcessDefinition, review: ReviewStep) -> Consequence:
    after = definition.by_name[review.correct_to]
    what = "The fields you set take the place of what was there" if task.form.get("fields") else "Nothing is changed"
    text = (
        f"{what}. The case goes back to {_step(after)}, and the rules judge again: you or somebody else may be asked "
        "once more."
    )
    return Consequence(decision="correct", text=text, next_step=after.name)


def _reject(task: Task, definition: ProcessDefinition, review: ReviewStep) -> Consequence:
    after = definition.by_name[review.reject_to]
    ends = " and ends as rejected" if isinstance(after, EndStep) and after.ends == "rejected" else ""
    proposed = f" {task.action['tool']} is not called." if task.action else ""
    text = f"The case goes on with {_step(after)}{ends}.{proposed} Your reason is recorded."
    return Consequence(decision="reject", text=text, next_step=after.name)


def _effect(definition: ProcessDefinition, review: ReviewStep) -> EffectStep | None:
    of = definition.by_name.get(review.of)
    effect = definition.by_name.get(of.allow) if isinstance(of, ProposeStep) else None
    return effect if isinstance(effect, EffectStep) else None


def _onward(definition: ProcessDefinition, review: ReviewStep) -> AnyStep:
    of = definition.by_name[review.of]
    return definition.by_name[of.allow] if isinstance(of, DecisionStep | ProposeStep) else of


def _undo(task: Task, effect: EffectStep | None) -> Undo:
    if effect is None or task.action is None:
        return "nothing"
    if task.action.get("effect_kind") == EffectKind.IRREVERSIBLE:
        return "never"
    return "compensated" if effect.compensation is not None else "by_hand"


def _arguments(task: Task) -> tuple[Argument, ...]:
    editable = {item["name"] for item in task.form.get("fields", ())}
    return tuple(
        Argument(name=name, value=value, editable=name in editable, protected=is_protected(name))
        for name, value in _given(task).items()
    )


def _given(task: Task) -> Mapping[str, Any]:
    arguments = (task.action or {}).get("arguments")
    return arguments if isinstance(arguments, dict) else {}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _step(step: AnyStep) -> str:
    return f"“{step.name.replace('_', ' ')}”"
