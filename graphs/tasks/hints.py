"""Hints for whoever draws a task's form: order, widgets, values as they are and as proposed, and what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphs.store.tables import Task

WIDGETS = {"date": "date", "amount": "money", "number": "number", "text": "text"}
HELP = {
    "date": "As 2026-01-31.",
    "amount": "Decimal, as 1234.56; kept with two places.",
    "number": "Decimal, as 1234.5.",
    "text": "At most 500 characters.",
}
SURE = 0.95
"""A value that was read with less confidence is marked as doubtful. Whether it stops a case is for the rule pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHint:
    """A field that may be corrected: as it is (`present`), as an agent or the action has it (`proposed`).

    `source` is where the present value comes from, with page and box; `doubt` says why it is to be looked at first.
    """

    name: str
    title: str
    widget: str
    help: str
    present: Any
    proposed: Any = None
    confidence: float | None = None
    source: Mapping[str, Any] | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormHints:
    """`order` is the order to show the fields in: what is doubtful comes first, then as the process lists them."""

    order: tuple[str, ...]
    fields: tuple[FieldHint, ...]
    evidence: tuple[str, ...]

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The fields to look at first."""
        return tuple(one.name for one in self.fields if one.doubt)


def hints_of(task: Task) -> FormHints:
    """The hints of a task's form, from its own evidence."""
    facts = task.evidence.get("facts")
    known: Mapping[str, Any] = facts if isinstance(facts, dict) else {}
    proposals = {**_arguments(task), **_advised(task)}
    fields = tuple(_hint(item, known.get(item["name"]), proposals) for item in task.form["fields"])
    ordered = sorted(fields, key=lambda one: one.doubt is None)
    return FormHints(
        order=tuple(one.name for one in ordered), fields=fields, evidence=tuple(task.form["evidence_required"])
    )


def _hint(item: Mapping[str, Any], fact: Any, proposals: Mapping[str, Any]) -> FieldHint:
    name, present = item["name"], item["value"]
    found: Mapping[str, Any] = fact if isinstance(fact, dict) and "source" in fact else {}
    proposed = proposals.get(name)
    return FieldHint(
        name=name,
        title=item["title"],
        widget=WIDGETS.get(item["kind"], "text"),
        help=HELP.get(item["kind"], HELP["text"]),
        present=present,
        proposed=proposed if proposed != present else None,
        confidence=_number(found.get("confidence")),
        source=found.get("source"),
        doubt=_doubt(present, found, proposed),
    )


def _doubt(present: Any, fact: Mapping[str, Any], proposed: Any) -> str | None:
    if present is None or present == "":
        return "not known"
    confidence = _number(fact.get("confidence"))
    if confidence is not None and confidence < SURE:
        return f"read with confidence {confidence:.2f}"
    return "something else is proposed" if proposed is not None and proposed != present else None


def _arguments(task: Task) -> Mapping[str, Any]:
    arguments = (task.action or {}).get("arguments")
    return arguments if isinstance(arguments, dict) else {}


def _advised(task: Task) -> dict[str, Any]:
    """The values by field that an agent proposes; nothing of a decision that is reviewed blind, which shows none."""
    advice = task.evidence.get("advice")
    answer = advice.get("answer") if isinstance(advice, dict) else None
    values = answer.get("values") if isinstance(answer, dict) else None
    if not isinstance(values, list):
        return {}
    return {str(one["field"]): one.get("value") for one in values if isinstance(one, dict) and "field" in one}


def _number(value: Any) -> float | None:
    """A confidence as evidence holds it: fractions stand there as text."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
