"""The class `document_fields`: only proven values become facts, and none of them is sure before it is measured."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.agents.answer import Quote
from graphs.agents.decision import Decision, decided, undecided, weighed
from graphs.agents.decision_class import Asked
from graphs.agents.gate import Gate
from graphs.reading.document_fields import (
    DOCUMENT_FIELDS,
    MOST_TEXT,
    PAGES,
    UNMEASURED,
    DocumentFields,
    FieldValue,
    asking_for,
    choice_of,
    fields_read,
    question,
    reviewed,
    unsure_of,
    verbatim,
)
from graphs.state import CaseView
from policies.fact import Fact, Integrity, Source, SourceKind
from tools.document.page_text import MOST_CHARACTERS, PageText, PageTexts
from tools.document.reading import Reader
from tools.llm.question import MOST_PASSAGE, Reply, Sample, Usage

SHA256 = "cd" * 32
TEXTS = PageTexts(
    pages=(
        PageText(page=1, text="Nordlicht GmbH\nRechnung RE-17\nDatum 17.04.2026", reader=Reader.PDF_TEXT),
        PageText(page=2, text="", reader=Reader.PDF_TEXT),
        PageText(page=3, text="Zu zahlen  1.331,61 EUR", reader=Reader.OCR),
    ),
    document_pages=3,
)
NUMBER = FieldValue(field="invoice_number", value="RE-17", source="page_1", quote="Rechnung RE-17")
TOTAL = FieldValue(field="total", value="1331.61", source="page_3", quote="1.331,61 EUR")
INVENTED = FieldValue(field="total", value="9331.61", source="page_3", quote="1.331,61 EUR")
OPEN = Gate(open=True, why="measured", threshold_bps=9_000, calibration="c1", points=((0, 0), (9_000, 9_700)))
CLOSED = Gate(open=False, why="nothing measured")


def material(*wanted: str) -> Asked:
    asked = question(wanted or ("invoice_number", "total"), TEXTS, doc_type="invoice")
    assert asked is not None
    return asked


def answered(*values: FieldValue) -> DocumentFields:
    quotes = tuple(Quote(source=one.source, text=one.quote) for one in values[:1])
    return DocumentFields(reason="plainly printed", evidence=quotes, values=values)


def decision(answer: DocumentFields, gate: Gate = CLOSED, *, drawn: bool = False) -> dict[str, Any]:
    sample = Sample(answer=answer.model_dump(mode="json"))
    reply = Reply(
        samples=(sample,) * 3,
        model="m",
        prompt=DOCUMENT_FIELDS.prompt.reference,
        prompt_digest=DOCUMENT_FIELDS.prompt.digest,
        capability="json_schema",
        origin="scripted",
        usage=Usage(),
    )
    found = weighed(DOCUMENT_FIELDS, material(), reply)
    made: Decision = decided(DOCUMENT_FIELDS, found, reply, gate, drawn=drawn, used=Usage())
    return made.recorded()


def fact(value: str, confidence: float, kind: SourceKind = SourceKind.DOCUMENT) -> Fact:
    source = Source(kind=kind, ref=SHA256, reader="ocr")
    return Fact(value=value, confidence=confidence, source=source, integrity=Integrity.UNTRUSTED)


def case(**facts: Fact) -> CaseView:
    return CaseView(case_id="c", tenant="acme", requester="r", input={"document": SHA256}, data={"facts": facts})


class OnePage:
    """Reads the texts above, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def read(self, tool: str, arguments: Any) -> dict[str, Any]:
        self.asked.append((tool, dict(arguments)))
        return TEXTS.model_dump(mode="json")


def test_a_model_is_asked_for_what_is_unknown_or_unsure_and_never_for_an_account() -> None:
    known = {"total": fact("1.00", 0.8499), "currency": fact("EUR", 0.85), "issue_date": None}
    needed = ("total", "currency", "issue_date", "order_number", "iban", "doc_type")
    assert unsure_of(known, needed, threshold_bps=8_500) == ("total", "issue_date", "order_number")


async def test_the_step_reads_the_pages_only_where_something_is_wanted() -> None:
    reader = OnePage()
    ask = asking_for(("total",), threshold_bps=8_500)
    assert await ask(case(total=fact("1.00", 0.9)), reader) is None
    assert reader.asked == []
    asked = await ask(case(total=fact("1.00", 0.2)), reader)
    assert reader.asked == [("document.text", {"document_sha256": SHA256, "pages": PAGES})]
    assert asked is not None
    assert asked.fields == {"wanted": ["total"], "doc_type": None}


def test_a_prompt_sees_the_wanted_names_the_kind_and_the_pages_with_words() -> None:
    asked = material()
    assert set(asked.fields) == DOCUMENT_FIELDS.fields
    assert [passage.label for passage in asked.passages] == ["page_1", "page_3"]


def test_pages_without_words_are_no_question() -> None:
    empty = PageTexts(pages=(PageText(page=1, text=" \n", reader=Reader.PDF_TEXT),), document_pages=1)
    assert question(("total",), empty, doc_type=None) is None


def test_long_pages_are_cut_to_what_a_prompt_may_hold_and_say_so() -> None:
    page = PageText(page=1, text="x" * MOST_CHARACTERS, reader=Reader.PDF_TEXT, cut=True)
    asked = question(("total",), PageTexts(pages=(page, page), document_pages=2), doc_type=None)
    assert asked is not None
    (passage,) = asked.passages
    assert passage.text.startswith("x" * MOST_TEXT + "\n[")
    assert len(passage.text) <= MOST_PASSAGE


@pytest.mark.parametrize(
    ("values", "dropped"),
    [
        ((NUMBER, TOTAL), {}),
        ((INVENTED,), {"total": "the value does not follow from the quote"}),
        ((NUMBER.model_copy(update={"source": "page_9"}),), {"invoice_number": "there is no such page"}),
        ((NUMBER.model_copy(update={"field": "iban"}),), {"iban": "nobody asked for this field"}),
        ((TOTAL, INVENTED), {"total": "the answer gives it more than once"}),
    ],
)
def test_only_what_the_named_page_proves_is_kept(values: tuple[FieldValue, ...], dropped: dict[str, str]) -> None:
    checked = verbatim(answered(*values), material())
    assert checked.dropped == dropped
    assert checked.kept == tuple(one for one in values if one.field not in dropped)


def test_an_unproven_value_is_a_contradiction_and_becomes_no_fact() -> None:
    found = decision(answered(NUMBER, INVENTED), OPEN)
    assert (found["signals"], found["autonomous"]) == (["contradiction:total"], False)
    data = fields_read(case(), found)
    assert set(data["facts"]) == {"invoice_number"}
    assert data["read_by_model"] == {"dropped": ["total"], "differs": {}}


def test_a_proven_value_is_an_untrusted_fact_of_the_model_too_unsure_to_pass() -> None:
    read = fields_read(case(), decision(answered(TOTAL)))["facts"]["total"]
    assert (read.value, read.integrity, read.confidence) == ("1331.61", Integrity.UNTRUSTED, UNMEASURED)
    assert read.source == Source(kind=SourceKind.MODEL, ref=SHA256, reader="model:m", page=3)


def test_a_class_that_decides_by_itself_gives_the_confidence_that_was_measured() -> None:
    found = decision(answered(TOTAL), OPEN)
    assert fields_read(case(), found)["facts"]["total"].confidence == 0.97


def test_a_decision_drawn_for_blind_review_shows_nothing() -> None:
    found = decision(answered(TOTAL), OPEN, drawn=True)
    assert found["blind"]
    assert fields_read(case(), found)["facts"] == {}


def test_what_a_reader_found_is_kept_beside_what_an_unmeasured_model_says() -> None:
    data = fields_read(case(total=fact("1337.61", 0.4)), decision(answered(TOTAL)))
    assert data == {"facts": {}, "read_by_model": {"dropped": [], "differs": {"total": "1331.61"}}}
    same = fields_read(case(total=fact("1331.61", 0.4)), decision(answered(TOTAL)))
    assert same == {"facts": {}, "read_by_model": {"dropped": [], "differs": {}}}


@pytest.mark.parametrize(("kind", "replaced"), [(SourceKind.DOCUMENT, True), (SourceKind.PERSON, False)])
def test_a_measured_model_replaces_a_reader_and_never_a_person(kind: SourceKind, replaced: bool) -> None:
    data = fields_read(case(total=fact("1337.61", 0.4, kind)), decision(answered(TOTAL), OPEN))
    assert ("total" in data["facts"]) is replaced


@pytest.mark.parametrize("status", ["not_asked", "unavailable", "failed", "withheld"])
def test_without_an_answer_nothing_is_read(status: Any) -> None:
    assert fields_read(case(), undecided(DOCUMENT_FIELDS, status, "why").recorded()) == {}


def test_samples_agree_where_all_their_values_do() -> None:
    assert (
        answered(NUMBER, TOTAL).choice
        == answered(TOTAL, NUMBER).choice
        == choice_of({"total": "1331.61", "invoice_number": "RE-17"})
    )
    assert answered(NUMBER).choice != answered(NUMBER, TOTAL).choice


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ({"decision": "approve"}, {"total": "1331.61"}),
        ({"decision": "correct", "set": {"total": "1.00", "note": "x"}}, {"total": "1.00"}),
        ({"decision": "correct", "set": {}}, {"total": "1331.61"}),
        ({"decision": "reject", "reason": "not ours"}, None),
    ],
)
def test_a_person_s_corrections_are_their_choice(answer: dict[str, Any], values: dict[str, str] | None) -> None:
    chosen = reviewed(answer, decision(answered(TOTAL)))
    assert chosen == (None if values is None else choice_of(values))
