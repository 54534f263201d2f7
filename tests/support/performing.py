"""A process whose writing is done by an API, a bot or a person; its channels have doors for faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel

from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AgentStep,
    EditableField,
    EffectStep,
    HandStep,
    Performer,
    PerformerKind,
    ProposeStep,
    Reader,
    ReadStep,
)
from graphs.store.tables import Case, Task
from graphs.tasks import Answer
from policies.action import EffectKind
from policies.judgement import RuleBook
from tests.support.advised import SCOUT
from tests.support.engine import Engine
from tests.support.toy import (
    PACK,
    Note,
    amount_facts,
    approval,
    authority,
    corrected,
    ends,
    look_up,
    process,
    toy_rulebook,
)
from tools.by_hand import ByHand
from tools.errors import Ambiguous, Permanent, Transient
from tools.limits import UNLIMITED, TargetLimits
from tools.port import OutcomeLookup

FIELDS = "  note.amount: {type: money, description: What is written}\n"
ASKS = """  performer.kind: {type: str, description: Who would write it}
"""
FORBIDS = """  - id: TOY-BOT
    at: [write]
    title: Bots write small amounts only
    severity: block
    when: performer.kind == "api" and note.amount > 300
    message: The API may not write this.
    source: {regulation: Toy, clause: "6"}
    examples:
      - {expect: fires, given: {performer.kind: api, note.amount: 301}}
      - {expect: passes, given: {performer.kind: api, note.amount: 300}}
      - {expect: passes, given: {performer.kind: bot, note.amount: 301}}
"""
Door = Literal["ok", "busy", "not_supported", "closed", "lost", "silent", "killed_before", "killed_after"]


def performing_rulebook() -> RuleBook:
    """The toy's rules, and one about who writes."""
    return toy_rulebook(PACK.replace(FIELDS, FIELDS + ASKS) + FORBIDS)


class Killed(BaseException):
    """The worker dies at this instant."""


@dataclass
class Book:
    """What was really written, by whom: (key, channel)."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def write(self, key: str, channel: str) -> None:
        self.lines.append((key, channel))

    def by(self, key: str) -> list[str]:
        """The channels that wrote under the key."""
        return [channel for written, channel in self.lines if written == key]


class BookOnDisk(Book):
    """A book that outlives the process that writes into it."""

    def __init__(self, path: Path) -> None:
        """Reads what others wrote."""
        lines = path.read_text().splitlines() if path.exists() else []
        super().__init__(lines=[(key, channel) for key, _, channel in (line.partition(" ") for line in lines)])
        self.path = path

    def write(self, key: str, channel: str) -> None:
        super().write(key, channel)
        with self.path.open("a") as book:
            book.write(f"{key} {channel}\n")


@dataclass(slots=True, kw_only=True)
class Channel:
    """A way into the book. Each call goes through the next door; when none is left, it is written and answered."""

    name: str
    book: Book
    doors: list[Door] = field(default_factory=list)
    outcome_lookup: OutcomeLookup = OutcomeLookup.ASKABLE
    limits: TargetLimits = UNLIMITED
    effect_kind: EffectKind = EffectKind.WRITE
    arguments: type[BaseModel] = Note
    time_limit: timedelta = timedelta(seconds=1)
    calls: int = 0

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        self.calls += 1
        door = self.doors.pop(0) if self.doors else "ok"
        match door:
            case "busy":
                raise Transient("busy", tool=self.name, code="busy")
            case "not_supported":
                raise Permanent("not in this channel", tool=self.name, code="not_supported")
            case "closed":
                raise Permanent("the period is closed", tool=self.name, code="period_closed")
            case "silent":
                raise Ambiguous("no answer", tool=self.name)
            case "killed_before":
                raise Killed
            case _:
                return self._written(key, door)

    def _written(self, key: str, door: Door) -> dict[str, Any]:
        if self.outcome_lookup is not OutcomeLookup.DEDUPES or self.name not in self.book.by(key):
            self.book.write(key, self.name)
        if door == "lost":
            raise Ambiguous("the connection broke after the request", tool=self.name)
        if door == "killed_after":
            raise Killed
        return {"reference": f"{self.name}-1"}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        assert self.outcome_lookup is OutcomeLookup.ASKABLE
        return {"reference": f"{self.name}-1"} if self.name in self.book.by(key) else None


def through(tool: str) -> Callable[[CaseView], ActionDraft]:
    """Draft the writing through a tool."""

    def drafted(case: CaseView) -> ActionDraft:
        return ActionDraft(tool=tool, arguments={"amount": case.value("amount")})

    return drafted


def told(case: CaseView) -> ActionDraft:
    return ActionDraft(tool="by_hand", arguments={"what": "Write the note into the book", "note": case.value("amount")})


def too_small(case: CaseView) -> str | None:
    return "a bot is not started for less than 10" if int(case.value("amount") or 0) < 10 else None


API = Performer(
    name="api",
    kind=PerformerKind.API,
    tool="toy.api",
    draft=through("toy.api"),
    takes=timedelta(seconds=1),
    falls_over_on=frozenset({"not_supported"}),
)
BOT = Performer(
    name="bot",
    kind=PerformerKind.BOT,
    tool="toy.bot",
    draft=through("toy.bot"),
    takes=timedelta(seconds=30),
    objection=too_small,
    falls_over_on=frozenset({"not_supported"}),
)
PERSON = Performer(name="person", kind=PerformerKind.PERSON, tool="by_hand", draft=told, takes=timedelta(minutes=20))


def performing_definition(
    *performers: Performer, attempts: int = 2, patience: timedelta = timedelta(minutes=2), four_eyes: bool = True
) -> ProcessDefinition:
    """look_up → propose → write → done; `approve` for a person's yes, `hand` for a person's work."""
    amount = EditableField(name="amount", title="Amount", kind="number")
    return process(
        "Performing",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="propose"),
        ProposeStep(
            name="propose",
            stage="write",
            point="write",
            facts=amount_facts,
            performers=performers or (API, BOT, PERSON),
            patience=patience,
            attempts=attempts,
            allow="write",
            review="approve",
            deny="rejected",
        ),
        approval(correct_to="propose", editable=(amount,), correction=corrected, authority=authority),
        EffectStep(name="write", stage="write", of="propose", next="done", by_hand="hand"),
        HandStep(
            name="hand",
            stage="write",
            of="write",
            role="approver",
            title=lambda case: "Write it by hand",
            next="done",
            back="propose",
            answer_within=timedelta(days=1),
            four_eyes=four_eyes,
        ),
        *ends(),
    )


def performing_office(engine: Engine, book: Book, *, doors: str = "") -> None:
    """Give the engine the process and its channels into the book; the API goes through `doors`, commas between them."""
    first = [door for door in get_args(Door) if door in doors.split(",")]
    api, bot = Channel(name="toy.api", book=book, doors=first), Channel(name="toy.bot", book=book)
    engine.definitions = (performing_definition(),)
    engine.more_tools = (api, bot, ByHand())


def with_an_agent(*performers: Performer) -> ProcessDefinition:
    """look_up → ask → propose …: an agent step that may draft."""
    ask = AgentStep(name="ask", stage="intake", asks=SCOUT, question=nothing_asked, next="propose")
    steps = (
        replace(step, next="ask") if isinstance(step, ReadStep) else step for step in performing_definition().steps
    )
    steps = (replace(step, performers=performers) if isinstance(step, ProposeStep) else step for step in steps)
    return process("Performing", *steps, ask)


async def nothing_asked(_case: CaseView, _reader: Reader) -> None:
    """There is nothing to ask."""


AGENT = Performer(
    name="agent",
    kind=PerformerKind.AGENT,
    tool="toy.bot",
    draft=through("toy.bot"),
    takes=timedelta(seconds=5),
    drafted_by="ask",
)


LIMIT = timedelta(seconds=1)


async def begun(office: Engine) -> Case:
    """A case advanced once, by a worker that may die of it."""
    accepted = await office.start()
    try:
        return await office.advance(accepted.case.id)
    except Killed:
        return await office.case(accepted.case.id)


async def keys_of(office: Engine, case_id: str) -> set[str]:
    """The keys of the case's effects."""
    async with office.database.unit_of_work("acme") as unit:
        return {effect.idempotency_key for effect in await unit.effects.of_case(case_id)}


async def driven(office: Engine, book: Book, dice: random.Random) -> Case:
    """The case after its worker was started again and again, people answering truly."""
    case = await begun(office)
    for _ in range(14):
        if case.status == "waiting":
            task = await office.task_of(case.id)
            await office.answer(case.id, "berta", await true_answer(office, task, book, dice))
        elif case.status != "running":
            break
        await office.let_effects_age(LIMIT)
        try:
            case = await office.advance(case.id)
        except Killed:
            case = await office.case(case.id)
    return case


async def true_answer(office: Engine, task: Task, book: Book, dice: random.Random) -> Answer:
    """What a person answers who has looked into the book."""
    [key] = await keys_of(office, task.case_id) or {""}
    if task.step == "approve":
        return Answer(decision="correct", set={})
    if task.question.startswith("Do this by hand") and dice.random() < 0.7:
        book.write(key, "person")
    if book.by(key):
        return Answer(decision="approve", evidence={"reference": "seen"})
    return Answer(decision="reject", reason="it is not in the book")
