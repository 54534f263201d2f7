"""What happened to a case, and who did it: its entries of the trail, with what each says in a few words.

The words need the right to see the case only; the values behind them stand in the trail, for those who may read that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from graphs.agents.blind import withheld
from graphs.audit import WORKER, ChainEntry
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import AGENT, Actor

READ = "case.read"
JUDGED = frozenset({"action.judged", "decision.judged", "action.lapsed"})
By = Literal["person", "service", "agent", "rule", "system"]
DECIDED = "agent.decided"
MOST_TOLD = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry: what happened, at which step, who did it, and what it says in a few words (empty once erased).

    `verdict` is the kind of the verdict that was given, `status` what came of asking an agent.
    """

    seq: int
    at: datetime
    kind: str
    step: str | None
    visit: int | None
    by: By
    actor: str
    name: str | None
    verdict: str | None
    status: str | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVerdict:
    """A verdict as it was recorded: of a step, of a read call (`tool`), or of an action before it was sent."""

    seq: int
    at: datetime
    kind: str
    step: str | None
    tool: str | None
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDecision:
    """What an agent decided, as it was recorded."""

    seq: int
    at: datetime
    step: str | None
    decision: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistory:
    """All that happened, the verdicts that were given, and what agents decided, in order."""

    happenings: Sequence[Happening]
    verdicts: Sequence[GivenVerdict]
    decisions: Sequence[GivenDecision]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistoryDesk:
    """Tells what happened."""

    services: Services

    async def of_case(self, actor: Actor, case_id: str) -> CaseHistory:
        """The history of a case. Raises `PermissionMissing` or `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            ended = (await unit.cases.get(case_id)).ended_at is not None
            entries = _without_blind(await unit.audit_log.of_case(case_id), ended=ended)
            who = await _Known.of(unit, entries)
        return CaseHistory(
            happenings=[who.happening(entry, values) for entry, values in entries],
            verdicts=[found for entry, values in entries for found in _verdicts(entry, values)],
            decisions=[
                GivenDecision(seq=entry.seq, at=entry.at, step=entry.step, decision=values["decision"])
                for entry, values in entries
                if entry.kind == "agent.decided" and isinstance(values.get("decision"), Mapping)
            ],
        )


Entries = Sequence[tuple[ChainEntry, Mapping[str, Any]]]


def _without_blind(entries: Entries, *, ended: bool) -> Entries:
    """The entries, with nothing of an agent's answer that a person is still to do without."""
    if ended:
        return entries
    answered = max((entry.seq for entry, _ in entries if entry.kind == "answer.applied"), default=0)
    return [
        (entry, {**values, "decision": withheld(values["decision"]), "update": None})
        if entry.kind == "agent.decided" and entry.seq > answered and isinstance(values.get("decision"), Mapping)
        else (entry, values)
        for entry, values in entries
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The users that entries name."""

    names: Mapping[str, str]
    kinds: Mapping[str, str]

    @classmethod
    async def of(cls, unit: UnitOfWork, entries: Entries) -> _Known:
        users = sorted({entry.actor for entry, _ in entries} - {WORKER})
        return cls(names=await unit.people.names(users), kinds=await unit.people.kinds(users))

    def happening(self, entry: ChainEntry, values: Mapping[str, Any]) -> Happening:
        return Happening(
            seq=entry.seq,
            at=entry.at,
            kind=entry.kind,
            step=entry.step,
            visit=entry.visit,
            by=self._by(entry),
            actor=entry.actor,
            name=self.names.get(entry.actor),
            verdict=_part(values, "verdict", "kind") if entry.kind in JUDGED else None,
            status=_part(values, "decision", "status") if entry.kind == DECIDED else None,
            told=told_of(entry.kind, values)[:MOST_TOLD],
        )

    def _by(self, entry: ChainEntry) -> By:
        if entry.kind in JUDGED:
            return "rule"
        if entry.kind == DECIDED or self.kinds.get(entry.actor) == AGENT:
            return "agent"
        if entry.actor == WORKER:
            return "system"
        return "service" if self.kinds.get(entry.actor) == "service" else "person"


def _part(values: Mapping[str, Any], name: str, part: str) -> str | None:
    """A part of a value that was recorded; None where it was erased."""
    value = values.get(name)
    return str(value[part]) if isinstance(value, Mapping) and value.get(part) else None


def told_of(kind: str, values: Mapping[str, Any]) -> str:
    """What the entry says, in a few words of its own values; empty where they say nothing or were erased."""
    verdict, decision = values.get("verdict"), values.get("decision")
    if kind in JUDGED and isinstance(verdict, Mapping):
        findings = [one.get("message") or one.get("title") for one in verdict.get("findings") or ()]
        return " ".join(_sentence(str(text)) for text in findings if text)
    if kind == DECIDED and isinstance(decision, Mapping):
        return str(decision.get("choice") or decision.get("why") or "")
    if isinstance(values.get("end"), Mapping):
        return str(values["end"].get("outcome") or values["end"].get("status") or "")
    if isinstance(values.get("answer"), Mapping):
        return "; ".join(str(values["answer"][name]) for name in ("decision", "reason") if values["answer"].get(name))
    if isinstance(decision, Mapping):
        return "; ".join(str(decision[name]) for name in ("decision", "reason") if decision.get(name))
    return "; ".join(_plain(values))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _plain(values: Mapping[str, Any]) -> Iterator[str]:
    action = values.get("action")
    tool = action.get("tool") if isinstance(action, Mapping) else values.get("tool")
    calls = values.get("calls")
    asked = values.get("task")
    if isinstance(calls, list):
        tools = [str(call["action"].get("tool")) for call in calls if isinstance(call.get("action"), Mapping)]
        yield ", ".join(dict.fromkeys(tools))
    for found in (tool, values.get("code"), values.get("message"), values.get("reason"), values.get("outcome")):
        if isinstance(found, str) and found:
            yield found
    if isinstance(asked, Mapping) and asked.get("title"):
        yield str(asked["title"])


def _verdicts(entry: ChainEntry, values: Mapping[str, Any]) -> Iterator[GivenVerdict]:
    for tool, verdict in [(None, values.get("verdict")), *_of_calls(values.get("calls"))]:
        if isinstance(verdict, Mapping) and "point" in verdict:
            yield GivenVerdict(seq=entry.seq, at=entry.at, kind=entry.kind, step=entry.step, tool=tool, verdict=verdict)


def _of_calls(calls: Any) -> Iterator[tuple[str | None, Any]]:
    for call in calls if isinstance(calls, list) else ():
        action = call.get("action")
        yield (str(action.get("tool")) if isinstance(action, Mapping) else None), call.get("verdict")
