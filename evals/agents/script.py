"""Scripted cassettes: answers to every case by a seeded plan, so that each way of a question is gone, with no model.

Most cases are answered with what the data set expects. In a fixed share of them something else happens: one sample
disagrees, or is repaired, an answer is none even when repaired, the model declines, or a quote stands nowhere. Whoever
wrote the answers knew the data set, so they say nothing of a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from evals.agents.asking import arguments_of, lookup_of
from evals.agents.case import AgentCases, AgentExpected, AgentInputs
from evals.agents.wording import ChoiceUnspeakable, answer_of, true_quote
from graphs.agents.decision_class import LOOKUP_ROUNDS, Asked, DecisionClass, Lookup, Lookups, with_lookups
from graphs.reading.document_fields import choice_of
from tools.llm.cassette import CassetteText, Entry, request_digest
from tools.llm.meter import estimated_tokens
from tools.llm.rendering import rendered

MODEL: Final = "scripted"
SEED: Final = 20264
REASON: Final = "written by a script, by nobody who has read the case"
INVENTED: Final = "words that stand in no invoice and in no mail"

Turn = Literal["disagrees", "repaired", "invalid", "refused", "unproven", "agrees"]
SHARES: Final[Sequence[tuple[Turn, float]]] = (
    ("disagrees", 0.15),
    ("repaired", 0.10),
    ("invalid", 0.06),
    ("refused", 0.06),
    ("unproven", 0.06),
)
"""Which share of the cases takes each turn; all others agree."""


def scripted_cassette(asks: DecisionClass, cases: AgentCases) -> CassetteText:
    """Answers to all samples of all cases: the same cases always give the same cassette. Raises `ChoiceUnspeakable`."""
    turns = planned([str(case.name) for case in cases.cases], seed=f"{SEED}/{asks.name}")
    entries: dict[str, Entry] = {}
    for case in cases.cases:
        if case.expected_output is None:
            raise ChoiceUnspeakable(f"{case.name} expects nothing")
        entries.update(_of_case(asks, case.inputs, case.expected_output, turns[str(case.name)]))
    return CassetteText(origin="scripted", model=MODEL, entries=entries)


def planned(names: Sequence[str], *, seed: str) -> dict[str, Turn]:
    """The turn of each case. The shares are exact up to rounding, and every turn has a case where there are enough."""
    drawn = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).hexdigest())
    turns: dict[str, Turn] = dict.fromkeys(names, "agrees")
    begin = 0
    for turn, share in SHARES:
        end = begin + max(1, round(share * len(names)))
        turns.update(dict.fromkeys(drawn[begin:end], turn))
        begin = end
    return turns


def _of_case(
    asks: DecisionClass, inputs: AgentInputs, expected: AgentExpected, turn: Turn
) -> Iterator[tuple[str, Entry]]:
    material = Asked(fields=inputs.fields, passages=inputs.passages)
    if asks.lookups:
        material, asked = _looked_up(asks, inputs, material)
        yield from asked
    arguments = arguments_of(asks, material)
    sent = sum(estimated_tokens(message.content) for message in rendered(asks.question, arguments).messages)
    quote = true_quote(inputs.fields, inputs.passages)
    right = answer_of(asks.answer, expected.choice, reason=REASON, evidence=quote, passages=inputs.passages)
    for sample in range(asks.samples):
        for repair, entry in enumerate(_answers(asks, inputs, expected.choice, right, turn, last=sample == 0)):
            name = request_digest(arguments, model=MODEL, sample=sample, repair=bool(repair))
            told = {"tokens_in": sent, "tokens_out": estimated_tokens(entry.content)}
            yield name, entry if entry.fault else entry.model_copy(update=told)


def _looked_up(asks: DecisionClass, inputs: AgentInputs, material: Asked) -> tuple[Asked, list[tuple[str, Entry]]]:
    """The material with all that the case has to be looked up, and what was said to get it: once, and no more."""
    entries: list[tuple[str, Entry]] = []
    wanted = [Lookup(tool=tool, arguments={}) for tool in asks.lookups if tool in inputs.lookups]
    for number in range(1, LOOKUP_ROUNDS + 1):
        said = Lookups(lookups=tuple(wanted) if number == 1 else ())
        arguments = arguments_of(asks, material, lookup=True)
        sent = sum(estimated_tokens(m.content) for m in rendered(asks.lookup_question, arguments).messages)
        content = said.model_dump_json()
        entry = Entry(content=content, tokens_in=sent, tokens_out=estimated_tokens(content))
        entries.append((request_digest(arguments, model=MODEL, sample=0), entry))
        if not said.lookups:
            break
        found = [{"tool": one.tool, **lookup_of(asks, inputs, one)} for one in said.lookups]
        material = with_lookups(material, number, found)
    return material, entries


def _answers(
    asks: DecisionClass, inputs: AgentInputs, choice: str, right: dict[str, Any], turn: Turn, *, last: bool
) -> Iterator[Entry]:
    """What one sample says, and where that is no answer, what its repair says. `last`: this sample is the odd one."""
    match turn:
        case "refused":
            yield Entry(fault="Refused")
        case "invalid":
            yield Entry(content=json.dumps({"reason": REASON}))
            yield Entry(content="I am not sure what you mean.")
        case "repaired" if last:
            yield Entry(content=_text(right)[:-1])
            yield Entry(content=_text(right))
        case "disagrees" if last:
            other = another_choice(asks, inputs, choice)
            quote = right["evidence"][0]
            said = answer_of(asks.answer, other, reason=REASON, evidence=quote, passages=inputs.passages)
            yield Entry(content=_text(said))
        case "unproven":
            yield Entry(content=_text({**right, "evidence": [{**right["evidence"][0], "text": INVENTED}]}))
        case _:
            yield Entry(content=_text(right))


def another_choice(asks: DecisionClass, inputs: AgentInputs, choice: str) -> str:
    """Something else that an answer may choose. Raises `ChoiceUnspeakable`."""
    evidence = {"source": "fields", "text": INVENTED}
    for other in _other_choices(asks, inputs, choice):
        if other != choice:
            try:
                answer_of(asks.answer, other, reason=REASON, evidence=evidence, passages=inputs.passages)
            except ChoiceUnspeakable:
                continue
            return other
    raise ChoiceUnspeakable(f"{asks.name} has no other choice than {choice!r}")


def _other_choices(asks: DecisionClass, inputs: AgentInputs, choice: str) -> Iterator[str]:
    """What might be said in the place of `choice`: a word of the schema, an account, a value more or less, no line."""
    yield from sorted(asks.choices)
    accounts: Any = inputs.fields.get("accounts") or ()
    yield from (str(account["code"]) for account in accounts)
    wanted: Any = inputs.fields.get("wanted")
    if wanted is not None:
        values = json.loads(choice)
        fewer = dict(sorted(values.items())[1:]) if values else {wanted[0]: inputs.passages[0].text.split()[0]}
        yield choice_of(fewer)
    yield ",".join(f"{part.partition(':')[0]}:-" for part in choice.split(","))
    yield "1:1"


def _text(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False, sort_keys=True)
