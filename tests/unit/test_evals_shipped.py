"""A shipped decision class, asked of a cassette by the gateway and weighed as the agent step weighs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.agents.case import agent_cases
from evals.agents.shipped import CASES, CassetteMissing, agents_of, cost_of
from evals.suite import NOT_RUN
from graphs.processes.procure_to_pay.agents import DECISION_CLASSES, DUPLICATE_JUDGEMENT
from tools.llm.cassette import request_digest
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


@pytest.mark.parametrize("asks", DECISION_CLASSES, ids=lambda asks: asks.name)
def test_the_cases_of_a_class_hold_only_fields_that_it_may_see(asks: object) -> None:
    name, allowed = getattr(asks, "name", ""), getattr(asks, "fields", frozenset())
    cases = agent_cases(CASES / f"{name}.yaml").cases
    assert [case.name for case in cases if case.inputs.fields.keys() - allowed] == []
