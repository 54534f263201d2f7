"""A person's answer beside an agent's becomes an evaluation case: with what the agent was shown, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_evals import Dataset

from api.cli.failure import CommandFailed
from api.cli.precedents import add_case
from graphs.errors import PermissionMissing
from graphs.intake import Intake
from graphs.precedents.evaluation_case import EvaluationDesk, NothingToEvaluate, TaskNotAnswered
from graphs.recall.desk import RecallDesk
from graphs.recall.target import RecallTarget
from graphs.store.people import Actor
from graphs.tasks import Answer
from tests.support.advised import FIELDS, ScriptedModel, advised_definition, opinion
from tests.support.api import caller, grant
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import toy_rulebook

TEXT = "Five hundred, as agreed."


@pytest.fixture
def model(engine: Engine) -> ScriptedModel:
    """The toy with an agent that nobody has measured: a person always decides."""
    found = ScriptedModel()
    engine.definitions, engine.rulebook, engine.more_tools = (advised_definition(),), toy_rulebook(FIELDS), (found,)
    return found


@pytest.fixture
async def sven(engine: Engine) -> Actor:
    await grant(engine.database, "sven", "evaluation.make", "decision.recall")
    return await actor(engine.database, "sven")


async def asked(engine: Engine) -> str:
    """A case whose agent has answered, and whose task waits; the task."""
    intake = await actor(engine.database, "intake")
    started = await Intake(services=engine.services).start(intake, "toy", {"subject": "s", "text": TEXT}, key=None)
    case = await engine.advance(started.case.id)
    return (await engine.task_of(case.id)).id


async def answered(engine: Engine, decision: Any) -> str:
    task_id = await asked(engine)
    clara = await actor(engine.database, "clara")
    task = await engine.desk.answer(clara, task_id, Answer(decision=decision, reason="no"))
    await engine.advance(task.case_id)
    return task_id


async def test_the_case_holds_what_the_agent_was_shown_and_what_the_person_chose(
    engine: Engine, model: ScriptedModel, sven: Actor
) -> None:
    task_id = await answered(engine, "reject")
    made = await EvaluationDesk(services=engine.services).of_task(sven, task_id)
    assert made.decision_class == "scout"
    assert made.case == {
        "name": f"task_{task_id.replace('-', '')}",
        "inputs": {"fields": {"amount": 500}, "passages": [{"label": "note", "text": TEXT}]},
        "expected_output": {"choice": "wrong"},
        "metadata": {
            "difficulty": "reviewed",
            "exception": "unclear",
            "attack": None,
            "note": "the agent said fine",
        },
    }
    assert "about people" in made.warning
    async with engine.database.unit_of_work("acme") as unit:
        task = await unit.inbox.get(task_id)
        kinds = [entry.kind for entry, _ in await unit.audit_log.of_case(task.case_id)]
    assert kinds[-1] == "evaluation.made"


async def test_before_the_answer_there_is_no_case(engine: Engine, model: ScriptedModel, sven: Actor) -> None:
    with pytest.raises(TaskNotAnswered):
        await EvaluationDesk(services=engine.services).of_task(sven, await asked(engine))


async def test_an_answer_beside_no_agent_makes_no_case(engine: Engine, sven: Actor) -> None:
    case = await engine.asking()
    task = await engine.answer(case.id, "dora", Answer(decision="approve"))
    await engine.advance(case.id)
    with pytest.raises(NothingToEvaluate, match="no agent's answer"):
        await EvaluationDesk(services=engine.services).of_task(sven, task.id)


async def test_what_was_erased_makes_no_case(engine: Engine, model: ScriptedModel, sven: Actor) -> None:
    task_id = await answered(engine, "approve")
    async with engine.database.unit_of_work("acme") as unit:
        task = await unit.inbox.get(task_id)
        for entry, _ in await unit.audit_log.of_case(task.case_id):
            if entry.kind == "agent.decided":
                await unit.audit_log.erase("acme", entry.seq, "calls")
    with pytest.raises(NothingToEvaluate, match="not on record"):
        await EvaluationDesk(services=engine.services).of_task(sven, task_id)


async def test_making_one_needs_a_right_of_its_own(engine: Engine, model: ScriptedModel) -> None:
    task_id = await answered(engine, "approve")
    with pytest.raises(PermissionMissing, match=r"evaluation\.make"):
        await EvaluationDesk(services=engine.services).of_task(await actor(engine.database, "clara"), task_id)


async def test_it_is_made_over_http(engine: Engine, model: ScriptedModel, sven: Actor) -> None:
    task_id = await answered(engine, "approve")
    async with caller(engine, "sven") as client:
        made = (await client.post(f"/tasks/{task_id}/evaluation-case")).json()
        missing = await client.post("/tasks/00000000-0000-4000-8000-000000000000/evaluation-case")
    assert (made["case"]["expected_output"], made["decision_class"]) == ({"choice": "fine"}, "scout")
    assert missing.status_code == 404


async def test_answers_of_one_model_of_three_are_found(engine: Engine, model: ScriptedModel, sven: Actor) -> None:
    by_model: dict[str, list[str]] = {}
    for name in ("m-1", "m-2", "m-3"):
        model.model = name
        for verdict in ("fine", "wrong"):
            model.samples = tuple(opinion(verdict) for _ in range(5))
            task_id = await asked(engine)
            async with engine.database.unit_of_work("acme") as unit:
                by_model.setdefault(name, []).append((await unit.inbox.get(task_id)).case_id)
    desk = RecallDesk(services=engine.services)
    found = await desk.find(sven, RecallTarget.read("model", "m-2"))
    assert [(one.case_id, one.outcome) for one in found.decisions] == list(
        zip(by_model["m-2"], ("fine", "wrong"), strict=True)
    )
    assert (await desk.find(sven, RecallTarget.read("prompt", "scout@1"))).total == 6
    opened = await desk.open(sven, RecallTarget.read("model", "m-2"), reason="it was the wrong weights")
    progress = await desk.redecide(sven, opened.recall.id)
    assert progress.decisions == {"unknown": 2}
    assert [len(await engine.incidents_of(case_id)) for case_id in by_model["m-2"]] == [1, 1]


CASE: dict[str, Any] = {
    "name": "task_1",
    "inputs": {"fields": {"amount": 5}, "passages": [{"label": "note", "text": "one\ntwo: [x"}]},
    "expected_output": {"choice": "fine"},
    "metadata": {"difficulty": "reviewed", "exception": None, "attack": None, "note": ""},
}


@pytest.mark.parametrize("indent", ["", "  "])
def test_a_case_is_appended_once_and_the_rest_of_the_file_stays(tmp_path: Path, indent: str) -> None:
    file = tmp_path / "scout.yaml"
    first = (
        f"# Written by hand.\nname: scout\ncases:\n{indent}- {{name: one, inputs: {{fields: {{}}, passages: []}}}}\n"
    )
    file.write_text(first, encoding="utf-8")
    assert add_case(file, "scout", CASE)
    assert not add_case(file, "scout", CASE)
    text = file.read_text(encoding="utf-8")
    assert text.startswith(first)
    assert yaml.safe_load(text)["cases"][1] == CASE


def test_a_new_file_is_a_data_set_that_pydantic_evals_reads(tmp_path: Path) -> None:
    file = tmp_path / "scout.yaml"
    add_case(file, "scout", CASE)
    found = Dataset[dict[str, Any], dict[str, Any], dict[str, Any]].from_file(file)
    assert (found.name, [case.name for case in found.cases]) == ("scout", ["task_1"])
    assert found.cases[0].inputs == CASE["inputs"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: other\ncases: []\n", "holds cases of 'other'"),
        ("cases: 5\n", "no data set"),
        ("[", "no data set"),
        ("name: scout\ncases: []\nnotes: x\n", "ends the file"),
    ],
)
def test_what_is_no_data_set_of_the_class_is_refused(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "scout.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandFailed, match=why):
        add_case(file, "scout", CASE)
    assert file.read_text(encoding="utf-8") == text
