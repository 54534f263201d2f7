"""A worker dies by SIGKILL while it fixes an incident; another goes on, and the case was let go on exactly once."""

from __future__ import annotations

import pytest

from graphs.resolution.identity import resolution_id
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support import resolving_worker
from tests.support.dying import dies
from tests.support.people import populate
from tests.support.resolving import ResolvingEngine, ScriptedModel, answer
from tests.support.toy import AmountReader, Notebook

pytestmark = pytest.mark.timeout(120)  # a process of its own is started
PLACES = [
    pytest.param("effect.after_call@apply_fix", id="done and not known"),
    pytest.param("effect.after_intent@apply_fix", id="meant and not done", marks=pytest.mark.chaos),
    pytest.param("effect.before_intent@apply_fix", id="not meant yet", marks=pytest.mark.chaos),
]


@pytest.mark.parametrize("place", PLACES)
async def test_a_fix_is_done_once_whatever_dies(database: Database, own_database: TestDatabase, place: str) -> None:
    await populate(database)
    engine = ResolvingEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    engine.model = ScriptedModel(answer("retry_now"))
    await engine.prepare()
    incident = await engine.passes_over()
    resolution = resolution_id(incident.id)
    await engine.advance(resolution)
    await engine.let_time_pass()

    await dies(resolving_worker.work, own_database, resolution, place=place)

    assert (await engine.advance(resolution)).outcome == "done: retry_now"
    assert (await engine.trail_of(incident.case_id)).count("incident.retried") == 1
    [effect] = await engine.effects_of(incident)
    assert (effect.status, (effect.result or {})["case"]) == ("confirmed", incident.case_id)
