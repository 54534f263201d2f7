"""The decision class `document_fields`: a model reads what the reader of documents is not sure of.

A value counts only where the page that it names says so, word by word and by the reader's own parsers. What is proven
is a fact from a model, untrusted, and too unsure for anything automatic until the class is calibrated and open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.state import CaseView
from graphs.steps import Reader
from policies.canonical import canonical_json
from policies.fact import FULL_BPS, Fact, Integrity, Source, SourceKind
from tools.document.page_text import PageTexts
from tools.document.quoted import MOST_VALUE, NEVER_CLAIMED, why_unproven
from tools.llm.question import Passage

PAGES: Final = 5
MOST_TEXT: Final = 24_000
"""So many characters of all pages reach a prompt together, in the pages' order."""
MOST_FIELDS: Final = 40
UNMEASURED: Final = 0.5
"""The most that is said of a value that a model read, unless the class decides by itself: no rule lets it pass."""
LEFT_OUT: Final = "\n[the rest was left out]"


class FieldValue(BaseModel):
    """A value that the model claims to have read, and the words of the page that say so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Annotated[str, Field(max_length=60)]
    value: Annotated[str, Field(min_length=1, max_length=MOST_VALUE)]
    source: Annotated[str, Field(max_length=60)]
    quote: Annotated[str, Field(min_length=1, max_length=400)]


class DocumentFields(AgentAnswer):
    """The values of fields that were wanted; a field that is left out is one the pages do not state."""

    values: Annotated[tuple[FieldValue, ...], Field(max_length=MOST_FIELDS)]

    @property
    def choice(self) -> str:
        """All values by field, as canonical JSON."""
        return choice_of({one.field: one.value for one in self.values})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim:
    """What of an answer the pages prove, and why the rest is dropped, by field."""

    kept: tuple[FieldValue, ...]
    dropped: Mapping[str, str]


def choice_of(values: Mapping[str, str]) -> str:
    """The one form in which two answers agree or do not."""
    return canonical_json(dict(values), floats=False).decode()


def verbatim(answer: DocumentFields, asked: Asked) -> Verbatim:
    """The values that stand, word by word, on the page they are quoted from, and were asked for."""
    pages = {passage.label: passage.text for passage in asked.passages}
    wanted = asked.fields.get("wanted")
    allowed = set(wanted) if isinstance(wanted, list | tuple) else set[Any]()
    times = Counter(one.field for one in answer.values)
    dropped: dict[str, str] = {}
    for one in answer.values:
        if one.field not in allowed:
            dropped[one.field] = "nobody asked for this field"
        elif times[one.field] > 1:
            dropped[one.field] = "the answer gives it more than once"
        elif one.source not in pages:
            dropped[one.field] = "there is no such page"
        elif why := why_unproven(one.field, one.value, quote=one.quote, page=pages[one.source]):
            dropped[one.field] = why
    kept = tuple(one for one in answer.values if one.field not in dropped)
    return Verbatim(kept=kept, dropped=dropped)


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """The fields whose values the pages do not prove: each stops the whole answer from counting by itself."""
    return tuple(sorted(verbatim(answer, asked).dropped)) if isinstance(answer, DocumentFields) else ()


def reviewed(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """What a person says these fields are: the agent's values with their corrections; None where they rejected."""
    if answer.get("decision") not in ("approve", "correct"):
        return None
    corrected: Mapping[str, Any] = answer.get("set") or {}
    values = _values(decision)
    return choice_of({name: str(corrected.get(name, value)) for name, value in values.items()})


DOCUMENT_FIELDS: Final = DecisionClass(
    name="document_fields",
    version=1,
    title="Reading fields of a document",
    prompt=read_prompt(Path(__file__).parent, "document_fields", 1),
    answer=DocumentFields,
    fields=frozenset({"wanted", "doc_type"}),
    samples=3,
    contradictions=contradictions,
    reviewed=reviewed,
)


def unsure_of(facts: Mapping[str, Fact | None], needed: Sequence[str], *, threshold_bps: int) -> tuple[str, ...]:
    """The `needed` fields that are unknown, or less sure than the threshold, and may be asked of a model at all."""

    def is_sure(fact: Fact | None) -> bool:
        return fact is not None and fact.value is not None and fact.confidence * FULL_BPS >= threshold_bps

    return tuple(name for name in needed if name not in NEVER_CLAIMED and not is_sure(facts.get(name)))


def question(wanted: Collection[str], texts: PageTexts, *, doc_type: str | None) -> Asked | None:
    """What a model is asked about these pages; None where nothing is wanted, or there are no words to read."""
    passages: list[Passage] = []
    left = MOST_TEXT
    for page in texts.pages:
        if left <= 0 or not page.text.strip():
            continue
        text = page.text[:left]
        left -= len(text)
        cut = page.cut or len(text) < len(page.text)
        passages.append(Passage(label=f"page_{page.page}", text=text + LEFT_OUT if cut else text))
    if not wanted or not passages:
        return None
    named: list[JsonValue] = [*sorted(wanted)]
    return Asked(fields={"wanted": named, "doc_type": doc_type}, passages=tuple(passages))


def asking_for(needed: Sequence[str], *, threshold_bps: int) -> Callable[[CaseView, Reader], Awaitable[Asked | None]]:
    """The question of an agent step about the case's document; the step names the tool `document.text`."""

    async def ask(case: CaseView, reader: Reader) -> Asked | None:
        wanted = unsure_of({name: case.fact(name) for name in needed}, needed, threshold_bps=threshold_bps)
        if not wanted:
            return None
        arguments = {"document_sha256": case.input["document"], "pages": PAGES}
        texts = PageTexts.model_validate(await reader.read("document.text", arguments))
        kind = case.value("doc_type")
        return question(wanted, texts, doc_type=None if kind is None else str(kind))

    return ask


def fields_read(case: CaseView, decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an agent step makes of its decision: facts for fields that were unknown, and where model and reader differ.

    What the reader has read, however unsure, is replaced only by a decision that counts by itself.
    """
    facts: dict[str, Fact] = {}
    differs: dict[str, str] = {}
    for one in _proven(decision):
        known = case.fact(one.field)
        if known is None or known.value is None or (decision["autonomous"] and _replaceable(known, one.value)):
            facts[one.field] = _fact(one, decision, str(case.input["document"]))
        elif known.value != one.value:
            differs[one.field] = one.value
    told = {"dropped": _dropped(decision), "differs": differs}
    return {"facts": facts, "read_by_model": told} if decision["status"] == "answered" else {}


def _replaceable(known: Fact, value: str) -> bool:
    """Whether another value may take the place of `known`: only where a reader of documents found it."""
    return known.source.kind is SourceKind.DOCUMENT and known.value != value


def _proven(decision: Mapping[str, Any]) -> tuple[FieldValue, ...]:
    """The decision's values, without those that its contradictions name. A blind decision shows none."""
    if decision["status"] != "answered" or decision["blind"]:
        return ()
    dropped = _dropped(decision)
    return tuple(one for one in _answered(decision) if one.field not in dropped)


def _answered(decision: Mapping[str, Any]) -> tuple[FieldValue, ...]:
    return DocumentFields.model_validate(dict(decision["answer"])).values


def _values(decision: Mapping[str, Any]) -> dict[str, str]:
    return {one.field: one.value for one in _answered(decision)}


def _dropped(decision: Mapping[str, Any]) -> list[str]:
    head = "contradiction:"
    return [signal.removeprefix(head) for signal in decision["signals"] if signal.startswith(head)]


def _fact(one: FieldValue, decision: Mapping[str, Any], document: str) -> Fact:
    measured = decision["confidence_bps"] if decision["autonomous"] else None
    raw = min(decision["raw_bps"] / FULL_BPS, UNMEASURED)
    number = one.source.removeprefix("page_")
    source = Source(
        kind=SourceKind.MODEL,
        ref=document,
        reader=f"model:{decision['model']}",
        page=int(number) if number.isdecimal() else None,
    )
    confidence = raw if measured is None else measured / FULL_BPS
    return Fact(value=one.value, confidence=confidence, source=source, integrity=Integrity.UNTRUSTED)
