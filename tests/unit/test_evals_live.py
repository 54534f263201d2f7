"""A decision class asked of an endpoint: within a number of calls, with progress, and never taken for a model."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic_evals import Dataset
from typer.testing import CliRunner

from api.cli.command import application
from api.cli.failure import CommandFailed
from evals.agents.case import AgentCases
from evals.agents.figures import NOT_SHOWN
from evals.agents.live import BudgetTooSmall, EndpointOut, Heard, Live, RecordingRefused, asked_live
from evals.agents.shipped import cases_of
from evals.agents.suite import agents_result, cost_result
from evals.agents.weighing import weigher
from evals.run import Outputs, RunRefused, run_suites
from evals.suites import Request
from graphs.processes.procure_to_pay.agents import DUPLICATE_JUDGEMENT as ASKS
from tools.llm.cassette import read_cassette
from tools.llm.endpoint import Endpoint
from tools.testing.model_play import Answer, Asked, Play
from tools.testing.model_server import MODEL, ScriptedModel, serving

NOWHERE = Endpoint(base_url="http://127.0.0.1:9/v1", model=MODEL)


def few(number: int) -> AgentCases:
    """The first so many cases."""
    cases = cases_of(ASKS)
    return Dataset(name=cases.name, cases=cases.cases[:number])


def same(asked: Asked) -> Play:
    """Every invoice is the same as the earlier one, and the first words of its lines prove it."""
    quote = {"source": "lines", "text": asked.material["lines"][:20].strip()}
    return Answer(content={"judgement": "same", "reason": "it says so", "evidence": [quote]})


async def heard(cases: AgentCases, *, calls: int | None = None, record: Path | None = None, told: list[str]) -> Heard:
    async with serving(ScriptedModel(same)) as url:
        endpoint = Endpoint(base_url=url, model=MODEL, time_limit=timedelta(seconds=5))
        live = Live(endpoint=endpoint, calls=calls, record=record, progress=told.append)
        return await asked_live(ASKS, cases, weigher(ASKS), live, repeat=1)


async def test_a_scripted_server_is_asked_and_measures_no_model(tmp_path: Path) -> None:
    told: list[str] = []
    found = await heard(few(3), record=tmp_path / "c.json", told=told)
    result = await agents_result(ASKS, found.cases, found.again, origin=found.origin, notes=found.notes)
    assert result.passed, result.text()
    assert (result.origin, NOT_SHOWN in result.notes) == ("scripted", True)
    assert "right" not in {figure.name for figure in result.figures}
    assert [line.partition(":")[0] for line in told] == ["1 of 3", "2 of 3", "3 of 3"]
    kept = read_cassette(tmp_path / "c.json")
    assert (kept.origin, kept.model, len(kept.entries)) == ("scripted", MODEL, 3 * ASKS.samples)


async def test_no_case_is_begun_for_which_the_calls_might_not_last() -> None:
    found = await heard(few(4), calls=ASKS.budget.calls + ASKS.samples, told=[])
    assert len(found.cases.cases) == 2
    result = await cost_result(ASKS, found.cases, found.again, origin=found.origin, notes=found.notes)
    assert f"2 of 4 cases were not asked: {2 * ASKS.samples} calls of 17 were made" in result.notes


async def test_an_endpoint_that_is_out_shows_nothing_of_a_model() -> None:
    with pytest.raises(EndpointOut, match="model_unavailable"):
        await asked_live(ASKS, few(1), weigher(ASKS), Live(endpoint=NOWHERE), repeat=1)


async def test_calls_for_less_than_one_case_are_refused() -> None:
    with pytest.raises(BudgetTooSmall, match="at least that many"):
        await asked_live(ASKS, few(1), weigher(ASKS), Live(endpoint=NOWHERE, calls=3), repeat=1)


async def test_a_file_that_is_another_models_cassette_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"origin": "recorded", "model": "other", "entries": {}}))
    with pytest.raises(RecordingRefused, match="a cassette of other"):
        await asked_live(ASKS, few(1), weigher(ASKS), Live(endpoint=NOWHERE, record=file), repeat=1)
    assert read_cassette(file).model == "other"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("agents.gl_coding", "--live"), "set INTERLOCK_LLM_BASE_URL and INTERLOCK_LLM_MODEL"),
        (("agents.gl_coding", "--budget-calls", "5"), "add --live"),
        (("agents.gl_coding", "--record", "c.json"), "add --live"),
    ],
)
def test_what_cannot_be_asked_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv("INTERLOCK_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(application(), ["evals", "run", *arguments]).exception
    assert isinstance(refused, CommandFailed)
    assert told in refused.message


@pytest.mark.parametrize(
    ("name", "update", "told"),
    [("all", False, "--live is of one suite"), ("agents.gl_coding", True, "name a file of your own")],
)
def test_a_live_run_is_of_one_suite_and_makes_no_committed_baseline(
    tmp_path: Path, name: str, update: bool, told: str
) -> None:
    request = Request(folder=tmp_path, live=Live(endpoint=NOWHERE))
    with pytest.raises(RunRefused, match=told):
        list(run_suites(name, request, Outputs(update=update)))


def test_scripted_answers_are_written_by_a_command(tmp_path: Path) -> None:
    out = tmp_path / "gl.json"
    told = CliRunner().invoke(application(), ["evals", "script", "gl_coding", "--out", str(out), "--json"])
    assert (told.exit_code, json.loads(told.stdout)["answers"]) == (0, len(read_cassette(out).entries))
