"""Pinning: a case runs on the definition it was started with, or stops by name; never silently."""

from __future__ import annotations

from dataclasses import replace

from graphs.process import ProcessDefinition
from graphs.tasks import Answer
from tests.support.engine import Engine
from tests.support.toy import toy_definition


async def test_a_definition_changed_without_a_version_is_an_incident(engine: Engine) -> None:
    accepted = await engine.start()
    engine.definitions = (toy_definition(write_name="write_down"),)
    case = await engine.advance(accepted.case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, incident.code) == ("incident", "definition_missing")
    assert "changed without a new version" in incident.message
    assert engine.notebook.calls == 0


async def test_a_definition_that_is_gone_is_an_incident(engine: Engine) -> None:
    accepted = await engine.start()
    engine.definitions = (toy_definition(version=2),)
    case = await engine.advance(accepted.case.id)
    assert case.status == "incident"
    assert [incident.code for incident in await engine.incidents_of(case.id)] == ["definition_missing"]


async def test_a_renamed_step_of_a_waiting_case_is_an_incident_and_never_looks_finished(engine: Engine) -> None:
    engine.reader.amount = 60_000
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    await engine.answer(accepted.case.id, "berta", Answer(decision="approve"))
    renamed = renamed_review()
    engine.definitions = (renamed,)
    await pin(engine, accepted.case.id, renamed.digest)
    case = await engine.advance(accepted.case.id)
    [incident] = await engine.incidents_of(case.id)
    assert (case.status, case.outcome, incident.code) == ("incident", None, "checkpoint_unreadable")
    assert "toy@1 has no step approve" in incident.message
    assert engine.notebook.calls == 0


async def test_two_versions_run_side_by_side(engine: Engine) -> None:
    old = await engine.start()
    engine.definitions = (toy_definition(), toy_definition(version=2, write_name="write_down"))
    new = await engine.start()
    assert (old.case.version, new.case.version) == (1, 2)
    assert (await engine.advance(old.case.id)).status == "done"
    assert (await engine.advance(new.case.id)).status == "done"
    assert ("write", 1) in await engine.steps_of(old.case.id)
    assert ("write_down", 1) in await engine.steps_of(new.case.id)


def renamed_review() -> ProcessDefinition:
    """The toy with its review `approve` called `approve_amount`."""
    definition = toy_definition()
    steps = tuple(replace(step, name="approve_amount") if step.name == "approve" else step for step in definition.steps)
    steps = tuple(replace(step, review="approve_amount") if step.name == "propose" else step for step in steps)
    return replace(definition, steps=steps)


async def pin(engine: Engine, case_id: str, digest: str) -> None:
    """As if the case had been started with that definition: past the digest's guard, to the checkpoint's."""
    case = await engine.case(case_id)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.cases.change(case_id, epoch=case.epoch, definition_digest=digest)
