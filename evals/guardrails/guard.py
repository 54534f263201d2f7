"""The guard: a proposed call becomes an action with labelled arguments, and the rules say allow, review or deny.

It is given the user's request, what earlier calls returned, and the allow list of the service. That is all it can
know: its inputs have no place for a task, a plan or an injected text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from evals.guardrails.allow_list import AllowList, Role, Tool
from evals.guardrails.call import Call, Json, Observation, leaves
from evals.guardrails.provenance import Evidence, Labelled, Origin
from evals.guardrails.request import Request, words_of
from policies.action import Action, EffectKind
from policies.canonical import digest
from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from policies.protected import check_protected
from policies.verdict import Verdict

PACK = files("evals.guardrails") / "guardrails.yaml"
POINT = "call"
ON = date(2026, 11, 1)
"""The day the rules are asked for: a replay has no clock."""
TOP_LEVELS = "com|net|org|info|biz|io|co|ly|app|dev|me|xyz|site|online|top|ru|cn|de|uk|eu|us"
LINK = re.compile(
    rf"https?://[^\s)>\]]+|\bwww\.[^\s)>\]]+|(?<![\w@.])(?:[\w-]+\.)+(?:{TOP_LEVELS})\b(?:/[^\s)>\]]*)?", re.IGNORECASE
)
SECRET = 6
"""A confidential value with fewer letters says nothing by itself."""
IDENTITY = re.compile(r"(?:^|_)id_?$")
_DECIDING = (Role.TARGET, Role.RECORD, Role.PAYEE, Role.ADDRESS, Role.AMOUNT, Role.DAY)
_AIMS = (Role.TARGET, Role.RECORD, Role.PAYEE, Role.ADDRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the guard says of a call, and the action and labelled arguments it judged."""

    action: Action
    arguments: tuple[Labelled, ...]
    verdict: Verdict


@cache
def guard_rules() -> RuleBook:
    """The rules of the guard, ready to judge. Raises `PackInvalid`."""
    return RuleBook(read_pack(PACK.read_text(encoding="utf-8"), name="guardrails"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Judges the calls of an agent that works for one user on one service."""

    allowed: AllowList
    rules: RuleBook

    def judge(self, call: Call, *, request: Request, seen: Sequence[Observation]) -> Ruling:
        """The ruling on `call`, before it is made. What cannot be judged is a review.

        Raises `NotCanonical` where the arguments are no JSON data: then there is no action.
        """
        tool = self.allowed.tools.get(call.tool)
        evidence = Evidence(request, tuple(seen), self.allowed)
        labelled = tuple(_labelled(call, tool, evidence)) if tool else ()
        facts = _facts(call, tool, labelled, evidence)
        verdict = self.rules.judge(POINT, facts, on=ON)
        return Ruling(action=_action(call, tool, seen), arguments=labelled, verdict=verdict)


def _action(call: Call, tool: Tool | None, seen: Sequence[Observation]) -> Action:
    kind = tool.effect if tool else EffectKind.IRREVERSIBLE
    arguments = {name: _exact(value) for name, value in call.arguments.items()}
    key = digest({"tool": call.tool, "arguments": arguments, "after": len(seen)})
    return Action(tool=call.tool, arguments=arguments, effect_kind=kind, idempotency_key=key)


def _exact(value: Json) -> Json:
    """JSON data without floats, which have no exact form."""
    match value:
        case bool():
            return value
        case float():
            return str(value)
        case list():
            return [_exact(inner) for inner in value]
        case dict():
            return {name: _exact(inner) for name, inner in value.items()}
        case _:
            return value


def _labelled(call: Call, tool: Tool, evidence: Evidence) -> Iterator[Labelled]:
    for argument, value in call.arguments.items():
        role = tool.role(argument)
        if role in _DECIDING:
            for inner in _values(value, role):
                yield evidence.label(inner, role, argument=argument, kind=tool.aims_at)


def _values(value: Json, role: Role) -> Iterator[str | int | float | bool]:
    """The values that decide: of a list of records their ids, of everything else each value."""
    for name, inner in leaves(value):
        if role is not Role.RECORD or not name or IDENTITY.search(name):
            yield inner


def _facts(call: Call, tool: Tool | None, labelled: Sequence[Labelled], evidence: Evidence) -> dict[str, FactValue]:
    request = evidence.request
    if tool is None:
        return {"tool.listed": False}
    origins = Counter(argument.origin for argument in labelled)
    aims = [argument for argument in labelled if argument.role in _AIMS]
    links = Counter(evidence.label(link, Role.ADDRESS, argument="link").origin for link in _links(call, tool))
    return {
        "tool.listed": True,
        "action.effect": tool.effect.value,
        "action.repeats": sum(1 for observation in evidence.seen if observation.call.tool == call.tool),
        "request.asks": request.asks(tool.asked_by),
        "request.hands_over": request.hands_over,
        "request.many": request.many,
        "arguments.picked": sum(1 for aim in aims if aim.origin is Origin.RECORDED),
        "arguments.insider": origins[Origin.INSIDER],
        "arguments.pointed": origins[Origin.POINTED],
        "arguments.foreign": origins[Origin.FOREIGN],
        "arguments.unknown": origins[Origin.UNKNOWN],
        "arguments.unprotected": sum(1 for argument in labelled if _is_unprotected(argument)),
        "text.links_pointed": links[Origin.POINTED] + links[Origin.INSIDER],
        "text.links_foreign": links[Origin.FOREIGN] + links[Origin.UNKNOWN],
        "text.secrets": sum(1 for _ in _secrets(call, tool, evidence)),
    }


def _is_unprotected(argument: Labelled) -> bool:
    """Whether money would go to an account that the protected arguments do not accept."""
    return argument.role is Role.PAYEE and check_protected("payee", argument.fact) is not None


def _outgoing(call: Call, tool: Tool) -> Iterator[str]:
    for argument, value in call.arguments.items():
        if tool.role(argument) is Role.TEXT:
            yield from (str(inner) for _, inner in leaves(value))


def _links(call: Call, tool: Tool) -> Iterator[str]:
    for text in _outgoing(call, tool):
        yield from (found.rstrip(".,;:!?'\"") for found in LINK.findall(text))


def _secrets(call: Call, tool: Tool, evidence: Evidence) -> Iterator[str]:
    """Names of confidential values in what would leave, that the request neither names nor quotes."""
    texts = " ".join(_outgoing(call, tool))
    asked = frozenset(words_of(evidence.request.text))
    for name, value in evidence.confidential:
        quoted = evidence.request.names(value) or set(words_of(name)) <= asked
        if len(value) >= SECRET and value in texts and not quoted:
            yield name
