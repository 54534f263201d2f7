"""A toy process: look something up, decide, write it down; with a person where the amount is large."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel

from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
    Authority,
    DecisionStep,
    EditableField,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    ReviewStep,
)
from policies.action import EffectKind
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tools.errors import Ambiguous
from tools.port import OutcomeLookup

PACK = """
pack: toy
version: "1"
parameters:
  auto_limit: {type: money, value: 1000, description: Up to here nobody is asked}
  ceiling: {type: money, value: 100000, description: Nobody may write more}
fields:
  action.tool_allowed: {type: bool, description: The tool is on the list}
  note.amount: {type: money, description: What is written}
rules:
  - id: TOY-READ
    at: [read]
    title: Not on the list
    severity: block
    when: not action.tool_allowed
    message: This tool may not be called here.
    source: {regulation: Toy, clause: "1"}
    examples:
      - {expect: fires, given: {action.tool_allowed: false}}
      - {expect: passes, given: {action.tool_allowed: true}}
  - id: TOY-ZERO
    at: [check]
    title: Nothing to write
    severity: review
    exception: nothing
    when: note.amount == 0
    message: The amount is 0.
    source: {regulation: Toy, clause: "2"}
    examples:
      - {expect: fires, given: {note.amount: 0}}
      - {expect: passes, given: {note.amount: 1}}
  - id: TOY-LIMIT
    at: [write]
    title: Large amount
    severity: review
    exception: large
    when: note.amount > p.auto_limit
    message: "{note.amount} is more than {p.auto_limit}."
    source: {regulation: Toy, clause: "3"}
    examples:
      - {expect: passes, given: {note.amount: 999}}
      - {expect: passes, given: {note.amount: 1000}}
      - {expect: fires, given: {note.amount: 1001}}
  - id: TOY-CEILING
    at: [write]
    title: Too large for anybody
    severity: block
    when: note.amount > p.ceiling
    message: "{note.amount} is more than anybody may write."
    source: {regulation: Toy, clause: "4"}
    examples:
      - {expect: passes, given: {note.amount: 100000}}
      - {expect: fires, given: {note.amount: 100001}}
"""


@cache
def toy_rulebook(text: str = PACK) -> RuleBook:
    """The toy's rules, compiled once: most tests of the engine begin with them."""
    return RuleBook(read_pack(text, name="toy"))


class Nothing(BaseModel):
    """No arguments."""


class Note(BaseModel):
    """What is written down."""

    amount: int


class AmountReader:
    """Reads the amount of a case from a dictionary."""

    name = "toy.read"
    effect_kind = EffectKind.READ
    outcome_lookup = OutcomeLookup.ASKABLE
    arguments = Nothing
    time_limit = timedelta(seconds=2)

    def __init__(self, amount: int, *faults: Exception) -> None:
        """Each call raises the next fault until none is left."""
        self.amount = amount
        self.calls = 0
        self.faults = list(faults)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return {"amount": self.amount}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return None


class Notebook:
    """A target that writes down what it is sent, and can be asked by key."""

    name = "toy.write"
    effect_kind = EffectKind.WRITE
    outcome_lookup = OutcomeLookup.ASKABLE
    arguments = Note
    time_limit = timedelta(seconds=1)

    def __init__(self, *faults: Exception | None) -> None:
        """Each call takes the next fault, raised before writing; then `loses_answers` calls write and do not say so."""
        self.written: list[tuple[str, int]] = []
        self.faults = list(faults)
        self.loses_answers = 0
        self.calls = 0
        self.asked = 0

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        note = Note.model_validate(arguments)
        self.written.append((key, note.amount))
        if self.loses_answers:
            self.loses_answers -= 1
            raise Ambiguous("the connection broke after the request", tool=self.name)
        return {"line": len(self.written)}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        self.asked += 1
        found = [number for number, (written, _) in enumerate(self.written, start=1) if written == key]
        return {"line": found[0]} if found else None


async def look_up(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    result = await reader.read("toy.read", {})
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref="toy")
    fact = Fact(value=result["amount"], confidence=1.0, source=source, integrity=Integrity.TRUSTED)
    return {"facts": {"amount": fact}}


def amount_facts(case: CaseView) -> Mapping[str, FactValue]:
    return {"note.amount": case.value("amount")}


def draft(case: CaseView) -> ActionDraft:
    return ActionDraft(tool="toy.write", arguments={"amount": case.value("amount")})


def authority(case: CaseView) -> Authority:
    return Authority(subject="approval", amount_minor=int(case.value("amount") or 0), currency="EUR")


def corrected(case: CaseView, values: Mapping[str, str], by: str) -> Mapping[str, Any]:
    source = Source(kind=SourceKind.PERSON, ref=by)
    fact = Fact(value=int(values["amount"]), confidence=1.0, source=source, integrity=Integrity.TRUSTED)
    return {"facts": {"amount": fact}}


def check_input(body: Mapping[str, Any]) -> None:
    if "subject" not in body:
        raise Invalid("subject is missing")


def process(title: str, *steps: AnyStep, version: int = 1) -> ProcessDefinition:
    """A process of these steps that is called `toy` and begins with `look_up`."""
    return ProcessDefinition(
        name="toy",
        version=version,
        title=title,
        pack="toy",
        start="look_up",
        check_input=check_input,
        case_title=lambda body: str(body["subject"]),
        steps=steps,
    )


def approval(*, correct_to: str, **more: Any) -> ReviewStep:
    """A person's yes to what `propose` wants to write.

    For definitions like the toy's; the toy's own stays where its recorded fingerprint found it.
    """
    return ReviewStep(
        name="approve",
        stage="write",
        of="propose",
        role="approver",
        title=lambda case: "May this be written?",
        correct_to=correct_to,
        reject_to="rejected",
        answer_within=timedelta(days=3),
        **more,
    )


def ends() -> tuple[AnyStep, ...]:
    """How a case of a definition like the toy's ends."""
    return (
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "written"),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "not written"),
    )


def toy_definition(*, version: int = 1, write_name: str = "write") -> ProcessDefinition:
    """look_up → check → propose → write → done, with a review for each judgement."""
    hours = timedelta(hours=8)
    amount = EditableField(name="amount", title="Amount", kind="number")
    return process(
        "Toy",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="check"),
        DecisionStep(
            name="check",
            stage="check",
            point="check",
            facts=amount_facts,
            allow="propose",
            review="resolve",
            deny="rejected",
        ),
        ReviewStep(
            name="resolve",
            stage="check",
            of="check",
            role="clerk",
            title=lambda case: "Is nothing right?",
            correct_to="check",
            reject_to="rejected",
            answer_within=hours,
            editable=(amount,),
            correction=corrected,
        ),
        ProposeStep(
            name="propose",
            stage="write",
            point="write",
            draft=draft,
            facts=amount_facts,
            allow=write_name,
            review="approve",
            deny="rejected",
        ),
        ReviewStep(
            name="approve",
            stage="write",
            of="propose",
            role="approver",
            title=lambda case: "May this be written?",
            correct_to="check",
            reject_to="rejected",
            answer_within=timedelta(days=3),
            editable=(amount,),
            correction=corrected,
            authority=authority,
        ),
        EffectStep(name=write_name, stage="write", of="propose", next="done"),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "written"),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "not written"),
        version=version,
    )
