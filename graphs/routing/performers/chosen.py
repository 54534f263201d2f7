"""Who was chosen for a proposal, as it stands in the case's data: the choice is part of the case, and so replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from graphs.state import CaseView
from graphs.steps import Performer, ProposeStep

SECTION = "performers"
"""The section of a case's data, kept by the name of the proposal."""
KIND_FACT, NAME_FACT = "performer.kind", "performer.name"
"""What rules may ask of the performer, where their pack declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The performer of a visit of a proposal; `waits` that it could not begin at once.

    `others` were able too, the first of them to begin at `others_from`; None where nobody knew.

    `failed` are those that could not, with the reason, for this intention. `nobody` says why nobody was left: then
    `performer` is who would draft, and a person must look. `handed_at` is when a person was told to do it.
    """

    performer: str
    kind: str
    tool: str
    target: str
    visit: int
    intention: str
    at: str
    others: tuple[str, ...] = ()
    others_from: str | None = None
    waits: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)
    nobody: str | None = None
    handed_at: str | None = None

    def section(self, step: str) -> dict[str, Any]:
        """As it stands in the case's data."""
        return {SECTION: {step: {**asdict(self), "others": list(self.others), "failed": dict(self.failed)}}}

    def without(self, performer: str, why: str) -> Chosen:
        """The same, with one more that could not."""
        return replace(self, failed={**self.failed, performer: why})

    def another_begins(self, by: datetime) -> bool:
        """Whether one of the others begins by then, as far as it was known when this one was chosen."""
        return self.others_from is not None and datetime.fromisoformat(self.others_from) <= by

    @property
    def chosen_at(self) -> datetime:
        """When."""
        return datetime.fromisoformat(self.at)


def chosen_of(view: CaseView, step: str) -> Chosen | None:
    """Who was chosen last for the proposal called `step`; None before the first time."""
    found = view.section(SECTION).get(step)
    if found is None:
        return None
    values: dict[str, Any] = {**found, "others": tuple(found["others"])}
    return Chosen(**values)


def anew(view: CaseView, step: str) -> dict[str, Any]:
    """Data after which everybody may try again: a person has looked at why the proposal could not be carried out."""
    chosen = chosen_of(view, step)
    return replace(chosen, failed={}, nobody=None).section(step) if chosen is not None else {}


def performer_of(step: ProposeStep, view: CaseView) -> Performer | None:
    """The performer that drafts: the one chosen, or, before any choice, the first that the data does not speak against.

    None where the step itself drafts.
    """
    if not step.performers:
        return None
    chosen = chosen_of(view, step.name)
    named = {performer.name: performer for performer in step.performers}
    if chosen is not None and chosen.performer in named:
        return named[chosen.performer]
    fitting = (performer for performer in step.performers if performer.objection(view) is None)
    return next(fitting, step.performers[0])
