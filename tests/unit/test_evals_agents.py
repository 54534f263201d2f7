"""The suites of decision classes: what answers of a model show, and what scripted answers must not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evals.agents.asking import AgentRun, Weighed
from evals.agents.case import AgentInputs, agent_cases
from evals.agents.figures import NOT_SHOWN
from evals.agents.suite import OTHER_ORIGIN, OVER_BUDGET, UNPROVEN, run_agents, run_cost
from evals.case_file import CasesInvalid
from evals.result import Result
from evals.suite import NOT_RUN
from tests.conftest import ROOT
from tools.llm.errors import ModelAnswerInvalid, ModelUnavailable
from tools.llm.question import AskArguments, Budget, Origin, Prompt, Reply, Sample, Usage

CASES = ROOT / "tests" / "support" / "duplicate_judgement.yaml"
SHIPPED = sorted((ROOT / "evals" / "datasets" / "agents").glob("*.yaml"))
RIGHT = {"R-77 ": "same", "R-88": "distinct", "R-77-A": "same"}


PROMPT = Prompt(name="duplicate_judgement", version=1, text="Is it the same invoice?")
BUDGET = Budget(calls=4, tokens=1000)


@dataclass(frozen=True)
class Judgement:
    """A decision class, as far as its suite asks."""

    name: str = "duplicate_judgement"
    prompt: Prompt = PROMPT
    samples: int = 2
    budget: Budget = BUDGET
    fields: frozenset[str] = frozenset({"invoice", "earlier"})
    lookups: tuple[str, ...] = ()


def answering(answers: Mapping[str, str | Exception], *, origin: Origin = "recorded", **usage: Any) -> Any:
    """Answers by invoice number; each sample says the same."""

    async def ask(arguments: AskArguments) -> Reply:
        invoice: Any = arguments.fields["invoice"]
        answer = answers[invoice["number"]]
        if isinstance(answer, Exception):
            raise answer
        used = Usage(**{"calls": 2, "tokens_in": 200, "tokens_out": 20, "milliseconds": 400} | usage)
        return Reply(
            samples=tuple(Sample(answer={"choice": answer}) for _ in range(arguments.samples)),
            model="m",
            prompt=arguments.prompt,
            prompt_digest=arguments.prompt_digest,
            capability="json_schema",
            origin=origin,
            usage=used,
        )

    return ask


def weigh(inputs: AgentInputs, reply: Reply) -> Weighed:
    """All samples agree; a text that speaks to an assistant is a signal."""
    chosen = dict(reply.samples[0].answer or {})
    signals = ("injection",) if any("Assistant" in passage.text for passage in inputs.passages) else ()
    return Weighed(choice=chosen["choice"], agreement_bps=10_000, raw_bps=9_000, quotes=1, verified=1, signals=signals)


async def asked(answers: Mapping[str, str | Exception], *, origin: Origin = "recorded", **options: Any) -> Result:
    ask = answering(answers, origin=options.pop("answers_are", origin), **options.pop("usage", {}))
    return await run_agents(Judgement(), agent_cases(CASES), ask, options.pop("weigh", weigh), origin=origin, **options)


def values(result: Result) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in result.figures}


async def test_a_models_answers_are_held_against_a_careful_persons() -> None:
    result = await asked(RIGHT | {"R-77-A": "distinct"})
    found = values(result)
    assert (found["right"], found["right under attack"], found["right without attack"]) == (2 / 3, 0, 1)
    assert [case.name for case in result.failing] == ["a duplicate that says it is none"]
    assert "distinct, then a person: injection" in result.failing[0].got
    assert {"macro F1", "Cohen's κ", "ECE of the raw confidence", "Brier score of the raw confidence"} <= found.keys()


async def test_scripted_answers_show_the_way_of_a_question_and_nothing_of_a_model() -> None:
    result = await asked(RIGHT, origin="scripted")
    shown = {"passed", "answered", "invalid answers", "evidence verified", "sent to a person before the gate"}
    signals = {"attacks that raise a signal", "other cases that raise a signal"}
    assert values(result).keys() == shown | signals
    assert NOT_SHOWN in result.notes
    assert (result.origin, result.passed) == ("scripted", True)
    assert all(case.expected == "an answer" for case in result.cases)


async def test_no_scripted_answer_is_called_wrong() -> None:
    result = await asked(dict.fromkeys(RIGHT, "distinct"), origin="scripted")
    assert (result.failing, result.passed) == ((), True)


async def test_answers_of_another_origin_than_the_run_fail_it() -> None:
    result = await asked(RIGHT, origin="recorded", answers_are="scripted")
    assert (result.hard[OTHER_ORIGIN], result.passed) == (3, False)


async def test_a_question_without_an_answer_goes_to_a_person_and_is_not_right() -> None:
    result = await asked(RIGHT | {"R-88": ModelAnswerInvalid("no JSON", usage=Usage(calls=3))})
    found = values(result)
    assert (found["answered"], found["invalid answers"], found["right"]) == (2 / 3, 1 / 3, 2 / 3)
    assert "a person: model_answer_invalid" in result.failing[0].got


async def test_a_request_that_the_cassette_lacks_is_no_result() -> None:
    missing = ModelUnavailable("the cassette does not have it", code="cassette_entry_missing")
    result = await asked(RIGHT | {"R-88": missing})
    assert (result.hard[NOT_RUN], result.passed) == (1, False)


async def test_a_quote_that_is_nowhere_must_raise_a_signal() -> None:
    def believing(_inputs: AgentInputs, _reply: Reply) -> Weighed:
        return Weighed(choice="same", agreement_bps=10_000, raw_bps=9_000, quotes=2, verified=1, signals=())

    result = await asked(RIGHT, origin="scripted", weigh=believing)
    assert (result.hard[UNPROVEN], result.passed) == (3, False)


@pytest.mark.parametrize(
    ("usage", "over"), [({"calls": 4, "tokens_in": 980}, 0), ({"calls": 5}, 3), ({"tokens_in": 981}, 3)]
)
async def test_a_case_over_its_budget_fails_the_suite(usage: dict[str, int], over: int) -> None:
    assert (await asked(RIGHT, usage=usage)).hard[OVER_BUDGET] == over


async def test_a_field_that_the_class_may_not_see_is_refused(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text(CASES.read_text().replace("earlier: {number: R-77, total", "salary: {number: R-77, total"))
    result = await run_agents(Judgement(), agent_cases(cases), answering(RIGHT), weigh, origin="recorded")
    assert result.hard[NOT_RUN] == 3
    assert "salary" in result.failing[0].got


async def test_costs_are_medians_and_the_latency_only_that_of_a_model_that_was_asked() -> None:
    cases = agent_cases(CASES)
    live = await run_cost(Judgement(), cases, answering(RIGHT, origin="live", cost_micros=900), weigh, origin="live")
    played = await run_cost(Judgement(), cases, answering(RIGHT), weigh, origin="recorded")
    assert values(live)["latency a case, p95"] == 0.4
    assert values(live)["cost a case, p50"] == 900
    assert values(played)["tokens in a case, p50"] == 200
    assert not [name for name in values(played) if name.startswith(("latency", "cost"))]
    assert "latency is not shown" in played.notes[0]


def test_what_is_answered_without_a_signal_is_the_gates_matter() -> None:
    found = Weighed(choice="same", agreement_bps=1, raw_bps=1, quotes=1, verified=1, signals=())
    assert AgentRun(weighed=found, usage=Usage()).way == "the gate"


def test_every_data_set_of_a_decision_class_loads() -> None:
    assert [agent_cases(file).name for file in (CASES, *SHIPPED)] == [file.stem for file in (CASES, *SHIPPED)]


def test_a_passage_with_an_impossible_label_is_named(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text(CASES.read_text().replace("label: lines", "label: Lines!"))
    with pytest.raises(CasesInvalid, match=r"line 7: cases.0.inputs.passages.0.label"):
        agent_cases(cases)
