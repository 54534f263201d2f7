"""The toy, whose proposal can be changed between its approval and its execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import ActionDraft, AnyStep, ProposeStep
from policies.fact import FactValue
from tests.support.packs import STRICTER
from tests.support.toy import PACK, Notebook, toy_definition

RENAMED = ("title: Large amount", "title: Very large amount")


class OtherNotebook(Notebook):
    """Another tool with the same arguments."""

    name = "toy.note"


@dataclass(slots=True)
class Proposal:
    """What the toy proposes, and the facts it shows; a test changes them at will."""

    tool: str = "toy.write"
    extra: int = 0
    business_key: str = ""
    shift: int = 0
    stricter: bool = False
    renamed: bool = False
    version: int = 1

    def draft(self, case: CaseView) -> ActionDraft:
        amount = int(case.value("amount") or 0) + self.extra
        return ActionDraft(tool=self.tool, arguments={"amount": amount}, business_key=self.business_key)

    def facts(self, case: CaseView) -> Mapping[str, FactValue]:
        return {"note.amount": int(case.value("amount") or 0) + self.shift}

    @property
    def pack(self) -> str:
        text = STRICTER if self.stricter else PACK
        return text.replace(*RENAMED) if self.renamed else text

    def definition(self) -> ProcessDefinition:
        """The toy with this proposal, in its version."""
        toy = toy_definition(version=self.version)
        return replace(toy, steps=tuple(self._step(step) for step in toy.steps))

    def _step(self, step: AnyStep) -> AnyStep:
        return replace(step, draft=self.draft, facts=self.facts) if isinstance(step, ProposeStep) else step


MUTATIONS: Mapping[str, tuple[Mapping[str, object], frozenset[str]]] = {
    "tool": ({"tool": "toy.note"}, frozenset({"action.tool"})),
    "argument": ({"extra": 1}, frozenset({"action.arguments.amount"})),
    "key": ({"business_key": "again"}, frozenset({"action.idempotency_key"})),
    "fact": ({"shift": 1}, frozenset({"facts.note.amount"})),
    "parameter": ({"stricter": True}, frozenset({"parameters.auto_limit", "pack.version", "pack.digest"})),
    "pack": ({"renamed": True}, frozenset({"pack.digest"})),
    "version": ({"version": 2}, frozenset({"definition"})),
}
"""By what is changed: what of the proposal becomes what, and the fields in which a reviewer sees it."""
