"""A shipped decision class, asked of a cassette by the gateway and weighed as the agent step weighs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evals.agents.case import AgentInputs, agent_cases
from evals.agents.classes import UnknownClass, class_named, decision_classes
from evals.agents.figures import NOT_SHOWN
from evals.agents.script import SHARES, another_choice, planned, scripted_cassette
from evals.agents.shipped import CASES, CASSETTES, CassetteMissing, agents_of, cases_of, cost_of, write_script
from evals.agents.wording import ChoiceUnspeakable, answer_of
from evals.suite import NOT_RUN
from graphs.agents.decision_class import DecisionClass
from graphs.processes.incident_resolution import INCIDENT_FIX
from graphs.processes.procure_to_pay.agents import DUPLICATE_JUDGEMENT
from graphs.reading.document_fields import DOCUMENT_FIELDS
from tools.llm.cassette import read_cassette, request_digest
from tools.llm.question import AskArguments, Passage


def cassette(folder: Path, *, origin: str, first: int = 0) -> Path:
    """Answers as a careful person gives them, to all cases but the first so many."""
    asks, entries = DUPLICATE_JUDGEMENT, {}
    for case in agent_cases(CASES / f"{asks.name}.yaml").cases[first:]:
        passage, expected = case.inputs.passages[0], case.expected_output
        assert expected is not None
        arguments = AskArguments(
            question=asks.name,
            prompt=asks.prompt.reference,
            prompt_digest=asks.prompt.digest,
            fields=case.inputs.fields,
            passages=case.inputs.passages,
        )
        evidence = [{"source": passage.label, "text": passage.text[:20]}]
        (field,) = asks.answer.model_fields.keys() - {"reason", "evidence"}
        content = json.dumps({field: expected.choice, "reason": "it says so", "evidence": evidence})
        for sample in range(asks.samples):
            entries[request_digest(arguments, model="m", sample=sample)] = {"content": content}
    file = {"origin": origin, "model": "m", "entries": entries}
    (folder / f"{asks.name}.json").write_text(json.dumps(file))
    return folder


def test_scripted_answers_go_through_gateway_and_evidence_and_measure_no_model(tmp_path: Path) -> None:
    folder = cassette(tmp_path, origin="scripted")
    result = agents_of(DUPLICATE_JUDGEMENT, cassettes=folder)
    named = {figure.name: figure.value for figure in result.figures}
    assert result.passed, result.text()
    assert (named["answered"], named["evidence verified"]) == (1, 1)
    assert "right" not in named
    assert cost_of(DUPLICATE_JUDGEMENT, cassettes=folder).passed


def test_a_cassette_that_lacks_a_case_is_no_result(tmp_path: Path) -> None:
    result = agents_of(DUPLICATE_JUDGEMENT, cassettes=cassette(tmp_path, origin="recorded", first=2))
    assert (result.hard[NOT_RUN], result.passed) == (2, False)


def test_a_class_without_a_cassette_says_so(tmp_path: Path) -> None:
    with pytest.raises(CassetteMissing, match="record one"):
        agents_of(DUPLICATE_JUDGEMENT, cassettes=tmp_path)


CLASSES = list(decision_classes().values())


@pytest.mark.parametrize("asks", CLASSES, ids=lambda asks: asks.name)
def test_the_cases_of_a_class_hold_only_fields_that_it_may_see(asks: DecisionClass) -> None:
    assert [case.name for case in cases_of(asks).cases if case.inputs.fields.keys() - asks.fields] == []


def test_every_class_that_a_released_process_asks_has_cases_and_a_cassette() -> None:
    asked = {"bank_change_assessment", "duplicate_judgement", "exception_triage", "gl_coding", "incident_fix"}
    assert asked | {"document_fields", "line_matching", "supplier_mail"} == decision_classes().keys()
    assert {path.stem for path in CASES.glob("*.yaml")} == decision_classes().keys()
    assert {path.stem for path in CASSETTES.glob("*.json")} == decision_classes().keys()


@pytest.mark.parametrize("asks", CLASSES, ids=lambda asks: asks.name)
def test_the_committed_cassette_is_what_the_command_writes(asks: DecisionClass) -> None:
    committed = CASSETTES / f"{asks.name}.json"
    assert read_cassette(committed) == scripted_cassette(asks, cases_of(asks))
    assert committed.stat().st_size < 1_000_000


def test_scripted_answers_go_every_way_that_a_question_can_go() -> None:
    result = agents_of(DUPLICATE_JUDGEMENT)
    named = {figure.name: figure.value or 0 for figure in result.figures}
    got = " ".join(case.got for case in result.cases)
    assert result.passed, result.text()
    assert NOT_SHOWN in result.notes
    assert named["invalid answers"] > 0
    assert named["evidence verified"] < 1
    for way in ("the gate", "model_answer_invalid", "model_refused", "evidence_missing", "injection:"):
        assert way in got


def test_every_turn_of_the_script_is_taken_in_its_share() -> None:
    turns = list(planned([str(number) for number in range(100)], seed="s").values())
    assert {turn: turns.count(turn) for turn, _ in SHARES} == {turn: round(100 * share) for turn, share in SHARES}
    few = planned(["a", "b", "c", "d", "e", "f"], seed="s")
    assert {turn for turn, _ in SHARES} <= set(few.values())


def test_a_scripted_cassette_is_written_where_nothing_was(tmp_path: Path) -> None:
    out = tmp_path / "new" / "duplicate_judgement.json"
    write_script(DUPLICATE_JUDGEMENT, out)
    assert out.read_bytes() == (CASSETTES / out.name).read_bytes()


def test_a_class_that_nobody_asks_is_refused_with_those_that_are_asked() -> None:
    with pytest.raises(UnknownClass, match="gl_coding"):
        class_named("poetry")


PAGES = (
    Passage(label="page_1", text="Invoice INV-7 for order PO-2026-0017\nNet 100.00  VAT 20.00  Total 120.00"),
    Passage(label="page_2", text="Issued 3 March 2026"),
)
EVIDENCE = {"source": "fields", "text": "t"}


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("line_matching", "1:2,2:1,3:-"),
        ("gl_coding", "5.1.3"),
        ("document_fields", '{"issue_date":"2026-03-03","total":"120.00"}'),
        ("document_fields", '{"total":"999.00"}'),
        ("document_fields", "{}"),
        ("incident_fix", "correct_field:po_number=po-2026-0017"),
        ("incident_fix", "correct_field:po_number=stands nowhere"),
        ("incident_fix", "re_route:read_order"),
        ("incident_fix", "ask_sender"),
        ("incident_fix", "leave_to_person"),
    ],
)
def test_an_answer_says_the_choice_that_it_was_made_of(name: str, choice: str) -> None:
    answer = class_named(name).answer
    said = answer_of(answer, choice, reason="r", evidence=EVIDENCE, passages=PAGES)
    assert answer.model_validate(said).choice == choice


def test_a_value_that_was_read_is_quoted_from_its_page_without_its_neighbours() -> None:
    choice = '{"issue_date":"2026-03-03","total":"120.00"}'
    said = answer_of(DOCUMENT_FIELDS.answer, choice, reason="r", evidence=EVIDENCE, passages=PAGES)
    quotes = {(one["field"], one["source"], one["quote"]) for one in said["values"]}
    assert quotes == {("issue_date", "page_2", "Issued 3 March 2026"), ("total", "page_1", "Total 120.00")}


def test_a_corrected_value_is_said_as_the_passage_prints_it() -> None:
    choice = "correct_field:po_number=po-2026-0017"
    said = answer_of(INCIDENT_FIX.answer, choice, reason="r", evidence=EVIDENCE, passages=PAGES)
    assert said["value"] == "PO-2026-0017"


@pytest.mark.parametrize(
    ("asks", "choice"),
    [
        (DUPLICATE_JUDGEMENT, "pay_at_once"),
        (DOCUMENT_FIELDS, "total=120.00"),
        (DOCUMENT_FIELDS, "[1]"),
        (INCIDENT_FIX, "pay_at_once"),
        (INCIDENT_FIX, "re_route"),
        (INCIDENT_FIX, "correct_field:po_number"),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_a_choice_that_no_answer_can_say_is_refused(asks: DecisionClass, choice: str) -> None:
    with pytest.raises(ChoiceUnspeakable, match=re.escape(choice)):
        answer_of(asks.answer, choice, reason="r", evidence=EVIDENCE, passages=PAGES)


@pytest.mark.parametrize("choice", ["{}", '{"total":"120.00"}', '{"issue_date":"2026-03-03","total":"120.00"}'])
def test_another_choice_of_values_differs_and_can_be_said(choice: str) -> None:
    inputs = AgentInputs(fields={"wanted": ["issue_date", "total"], "doc_type": None}, passages=PAGES)
    other = another_choice(DOCUMENT_FIELDS, inputs, choice)
    said = answer_of(DOCUMENT_FIELDS.answer, other, reason="r", evidence=EVIDENCE, passages=PAGES)
    assert DOCUMENT_FIELDS.answer.model_validate(said).choice == other != choice
