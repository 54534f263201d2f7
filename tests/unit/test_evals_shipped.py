"""A shipped decision class, asked of a cassette by the gateway and weighed as the agent step weighs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.agents.case import agent_cases
from evals.agents.classes import WITHOUT_CASES, UnknownClass, class_named, decision_classes
from evals.agents.figures import NOT_SHOWN
from evals.agents.script import SHARES, planned, scripted_cassette
from evals.agents.shipped import CASES, CASSETTES, CassetteMissing, agents_of, cases_of, cost_of, write_script
from evals.agents.wording import ChoiceUnspeakable, answer_of
from evals.suite import NOT_RUN
from graphs.agents.decision_class import DecisionClass
from graphs.processes.procure_to_pay.agents import DUPLICATE_JUDGEMENT
from tools.llm.cassette import read_cassette, request_digest
from tools.llm.question import AskArguments


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


WITH_CASES = [asks for name, asks in decision_classes().items() if name not in WITHOUT_CASES]


@pytest.mark.parametrize("asks", WITH_CASES, ids=lambda asks: asks.name)
def test_the_cases_of_a_class_hold_only_fields_that_it_may_see(asks: object) -> None:
    name, allowed = getattr(asks, "name", ""), getattr(asks, "fields", frozenset())
    cases = agent_cases(CASES / f"{name}.yaml").cases
    assert [case.name for case in cases if case.inputs.fields.keys() - allowed] == []


def test_every_class_that_a_released_process_asks_has_cases_or_a_reason_to_have_none() -> None:
    asked = {"bank_change_assessment", "duplicate_judgement", "exception_triage", "gl_coding", "incident_fix"}
    assert asked | {"document_fields", "line_matching", "supplier_mail"} == decision_classes().keys()
    assert {path.stem for path in CASES.glob("*.yaml")} == decision_classes().keys() - WITHOUT_CASES.keys()
    assert WITHOUT_CASES.keys() <= decision_classes().keys()


@pytest.mark.parametrize("asks", WITH_CASES, ids=lambda asks: asks.name)
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


@pytest.mark.parametrize("name", ["incident_fix", "poetry"])
def test_a_class_without_cases_is_named_with_those_that_have_some(name: str) -> None:
    with pytest.raises(UnknownClass, match="gl_coding"):
        class_named(name)


@pytest.mark.parametrize(("name", "choice"), [("line_matching", "1:2,2:1,3:-"), ("gl_coding", "5.1.3")])
def test_an_answer_says_the_choice_that_it_was_made_of(name: str, choice: str) -> None:
    answer = class_named(name).answer
    said = answer_of(answer, choice, reason="r", evidence={"source": "fields", "text": "t"})
    assert answer.model_validate(said).choice == choice


def test_a_choice_that_no_answer_can_say_is_refused() -> None:
    with pytest.raises(ChoiceUnspeakable, match="pay_at_once"):
        answer_of(DUPLICATE_JUDGEMENT.answer, "pay_at_once", reason="r", evidence={"source": "fields", "text": "t"})
