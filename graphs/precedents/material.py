"""What of a question is told to an embedding model: a view, which is an allow list, and the text it admits. Pure.

A question that an agent was asked is told as that agent saw it; any other by those facts of its verdict that the
process names. What no list names is not told, and a step without a list tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphs.agents.decision_class import LOOKED_UP
from graphs.process import ProcessDefinition
from graphs.runtime.asking import MODEL_TOOL
from graphs.steps import AgentStep, ReviewStep
from policies.canonical import canonical_json, digest
from tools.llm.embedding import MOST_TEXT
from tools.llm.readable import readable

FORM = 1
"""Of the text below: vectors of texts in another form are another view's."""
MOST_PASSAGE = 3_000
"""Characters of a passage that are told."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An allow list, by a name that changes with it. `agent` is the step whose question is told, None for facts."""

    name: str
    allowed: frozenset[str]
    agent: AgentStep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is told of one question. `fields` may name more than the view allows: then nothing is told at all."""

    view: View
    fields: Mapping[str, Any]
    passages: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether the view admits every field."""
        return set(self.fields) <= self.view.allowed

    @property
    def text(self) -> str:
        """The text: passages first, because they differ most; then the fields, the short ones first. Empty for none."""
        lines = [*self.passages.values(), *sorted(self._lines(), key=lambda line: (len(line), line))]
        return readable("\n".join(line for line in lines if line.strip()))[:MOST_TEXT].strip()

    def _lines(self) -> Iterator[str]:
        for name, value in self.fields.items():
            if value is not None:
                shown = value if isinstance(value, str) else canonical_json(value).decode()
                yield f"{name.rsplit('.', 1)[-1].replace('_', ' ')}: {shown}"

    def recorded(self) -> dict[str, Any]:
        """What the text was made of, where an erasure finds each value."""
        return {"fields": dict(self.fields), "passages": dict(self.passages)}


def views_of(definition: ProcessDefinition, step_name: str) -> list[View]:
    """The views of what is asked at a review step, the one that is preferred first; none where nothing may be told."""
    step = definition.by_name.get(step_name)
    if not isinstance(step, ReviewStep):
        return []
    advisor = definition.by_name.get(step.advised_by) if step.advised_by else None
    found: list[View] = []
    if isinstance(advisor, AgentStep):
        name = f"{advisor.asks.name}@{advisor.asks.version}/{FORM}"
        found.append(View(name=name, allowed=advisor.asks.fields, agent=advisor))
    if told := definition.told.get(step_name):
        found.append(View(name=f"facts {digest(sorted(told))[:12]}/{FORM}", allowed=told))
    return found


def of_facts(view: View, facts: Facts) -> Material:
    """Those facts of a verdict that the view admits."""
    return Material(view=view, fields={name: value for name, value in facts.items() if name in view.allowed})


def of_calls(view: View, calls: Sequence[Mapping[str, Any]]) -> Material | None:
    """What the view's agent was sent, as the trail has it; None where it was sent nothing.

    What it looked up is left out: that is not about the question.
    """
    if view.agent is None:
        return None
    sent = [call["action"]["arguments"] for call in calls if (call.get("action") or {}).get("tool") == MODEL_TOOL]
    own = [arguments for arguments in sent if arguments.get("question") == view.agent.asks.name]
    if not own:
        return None
    passages = {one["label"]: one["text"][:MOST_PASSAGE] for one in own[-1].get("passages") or ()}
    return Material(
        view=view,
        fields=own[-1]["fields"],
        passages={label: text for label, text in passages.items() if not label.startswith(LOOKED_UP)},
    )
