"""What a process lets an agent propose when one of its cases has failed. Without terms, nobody is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from graphs.state import CaseView
from graphs.steps import AgentStep, AnyStep, DecisionStep, EditableField, ProposeStep, ReadStep
from policies.fact import FactValue
from policies.protected import is_protected
from tools.llm.question import Passage


class Fix(StrEnum):
    """What may be proposed for an incident. The last changes nothing."""

    RETRY_NOW = "retry_now"
    RETRY_LATER = "retry_later"
    CORRECT_FIELD = "correct_field"
    RE_ROUTE = "re_route"
    ASK_SENDER = "ask_sender"
    LEAVE_TO_PERSON = "leave_to_person"


RETRIES = frozenset({Fix.RETRY_NOW, Fix.RETRY_LATER})


def no_passages(_case: CaseView) -> tuple[Passage, ...]:
    """Show the agent no text beside the error's message."""
    return ()


def nobody(_case: CaseView) -> str | None:
    """No sender is on file."""
    return None


def as_entered(_name: str, value: str) -> FactValue:
    """Keep a correction as it was entered."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTerms:
    """The fixes a process admits for its failed cases; `process` is asked for one, at most `most` times a case.

    `editable` are facts that a correction may set, and `correct_to` the step the case goes on from then; `entries` are
    the steps that it may be sent to. `passages` are texts that may prove a value, `sender` the address on file or
    verified of whoever sent the case: never one that a text names. `fact_value` makes a fact of an entered value.
    """

    fixes: tuple[Fix, ...]
    process: str = "incident_resolution"
    most: int = 3
    editable: tuple[EditableField, ...] = ()
    correct_to: str = ""
    entries: tuple[str, ...] = ()
    passages: Callable[[CaseView], tuple[Passage, ...]] = no_passages
    sender: Callable[[CaseView], str | None] = nobody
    fact_value: Callable[[str, str], FactValue] = as_entered

    def field(self, name: str) -> EditableField | None:
        """The field of that name that a correction may set."""
        return next((found for found in self.editable if found.name == name), None)

    def fault(self, name: str, steps: Mapping[str, AnyStep]) -> str | None:
        """What a process called `name` with these steps may not say here; None where all is well."""
        if not self.fixes or Fix.LEAVE_TO_PERSON in self.fixes:
            return "name the fixes that an agent may propose (leaving it to a person always is one)"
        if self.process == name:
            return "a process cannot resolve its own incidents: name another"
        if (Fix.CORRECT_FIELD in self.fixes) is not bool(self.editable and self.correct_to):
            return "`correct_field` needs both `editable` and `correct_to`, and they need it"
        if (Fix.RE_ROUTE in self.fixes) is not bool(self.entries):
            return "`re_route` needs `entries`, and they need it"
        held = [field.name for field in self.editable if is_protected(field.name) or field.kind == "amount"]
        if held:
            return f"{', '.join(held)} is protected: no correction of an agent may set it"
        entered = (*self.entries, *([self.correct_to] if self.correct_to else []))
        closed = [step for step in entered if not _enterable(steps.get(step))]
        return f"a case cannot go on from {', '.join(closed)}" if closed else None


def _enterable(step: AnyStep | None) -> bool:
    return isinstance(step, ReadStep | AgentStep | DecisionStep | ProposeStep)
