"""Corrections of a stopped case: which facts a person may set, and where the case goes on to be judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.agents.evidence import folded
from graphs.errors import Invalid, ProtectedField
from graphs.forms import entered_value
from graphs.process import ProcessDefinition
from graphs.resolution.terms import FixTerms
from graphs.state import CaseState, CaseView
from graphs.steering import StepNotRetryable, check_entry, standing_at
from graphs.steps import EditableField, ReviewStep
from policies.canonical import jsonable
from policies.fact import Fact, Integrity, Source, SourceKind
from policies.protected import is_protected

Make = Callable[[CaseView, Mapping[str, str], str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """Fields that may be corrected together: `make` makes data of what was entered, judged again from `then` on."""

    fields: tuple[EditableField, ...]
    then: str
    make: Make

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each field by its name."""
        return {field.name: field.kind for field in self.fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is put into the state, the step the case goes on from, and `told`: the fields in a line."""

    patch: Mapping[str, Any]
    enters: str
    told: str


def correctables(definition: ProcessDefinition) -> Iterator[Correctable]:
    """What the process lets people correct: the forms of its questions, then the fixes that it admits."""
    for step in definition.steps:
        if isinstance(step, ReviewStep) and step.editable and step.correction is not None:
            yield Correctable(fields=step.editable, then=step.correct_to, make=step.correction)
    if definition.fixes is not None and definition.fixes.editable:
        yield Correctable(
            fields=definition.fixes.editable, then=definition.fixes.correct_to, make=_by_terms(definition.fixes)
        )


def corrected(
    definition: ProcessDefinition, state: CaseState, view: CaseView, values: Mapping[str, str], *, by: str
) -> Correction:
    """The correction as the case takes it.

    Raises `ProtectedField`, `Invalid` for a field that nobody may correct or a value it cannot have, or
    `StepNotRetryable` where the case can be judged again from nowhere.
    """
    if not values:
        raise Invalid("name at least one field to correct (name=value)")
    offered = list(correctables(definition))
    _check_names(offered, values)
    fitting = [found for found in offered if set(values) <= set(found.kinds)]
    if not fitting:
        raise Invalid(f"{', '.join(sorted(values))}: correct these one after the other, no one form holds them all")
    form = next((found for found in fitting if _reached(definition, state, found.then)), fitting[0])
    entered = {name: entered_value(name, form.kinds[name], value) for name, value in values.items()}
    return Correction(
        patch=jsonable(dict(form.make(view, entered, by))),
        enters=_entered(definition, state, form.then),
        told=",".join(f"{name}={folded(value)}" for name, value in sorted(entered.items())),
    )


def _check_names(offered: list[Correctable], values: Mapping[str, str]) -> None:
    known = {name for found in offered for name in found.kinds}
    for name in values:
        if is_protected(name):
            raise ProtectedField(f"{name} accepts no value from a correction: change it at its source")
        if name not in known:
            fields = ", ".join(sorted(name for name in known if not is_protected(name))) or "none"
            raise Invalid(f"{name} cannot be corrected here (fields: {fields})")


def _reached(definition: ProcessDefinition, state: CaseState, step: str) -> bool:
    return step in state["visits"] or standing_at(definition, state).name == step


def _entered(definition: ProcessDefinition, state: CaseState, then: str) -> str:
    """Where the case goes on: at `then` if it has been there, else where it stands: nothing was judged by the value."""
    if _reached(definition, state, then):
        check_entry(definition, then)
        return then
    here = standing_at(definition, state)
    try:
        check_entry(definition, here.name)
    except StepNotRetryable as error:
        raise StepNotRetryable(f"the case has not been at {then!r}, and {error}") from error
    return here.name


def _by_terms(terms: FixTerms) -> Make:
    """Facts whose source is the person, as little trusted as what anybody enters: the rules judge them again."""

    def make(_case: CaseView, entered: Mapping[str, str], by: str) -> Mapping[str, Any]:
        source = Source(kind=SourceKind.PERSON, ref=by)
        return {
            "facts": {
                name: Fact(
                    value=terms.fact_value(name, value), confidence=1.0, source=source, integrity=Integrity.UNTRUSTED
                )
                for name, value in entered.items()
            }
        }

    return make
