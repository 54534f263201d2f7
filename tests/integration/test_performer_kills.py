"""A worker dies by SIGKILL while a performer acts; whoever goes on, it happens once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import TestDatabase
from tests.support import performing_worker
from tests.support.dying import dies
from tests.support.engine import Engine
from tests.support.performing import BookOnDisk, performing_office

pytestmark = pytest.mark.timeout(120)  # a process of its own is started
PLACES = [
    pytest.param("effect.after_call@write", "", "toy.api", id="done and not known"),
    pytest.param("effect.after_intent@write", "", "toy.api", id="meant and not done", marks=pytest.mark.chaos),
    pytest.param("effect.before_intent@write", "", "toy.api", id="not meant yet", marks=pytest.mark.chaos),
    pytest.param("step.after_commit@propose", "", "toy.api", id="chosen and meant", marks=pytest.mark.chaos),
    pytest.param(
        "step.before_commit@write", "not_supported", "toy.bot", id="fallen over and not known", marks=pytest.mark.chaos
    ),
    pytest.param(
        "step.after_commit@write",
        "not_supported",
        "toy.bot",
        id="fallen over",
        marks=pytest.mark.chaos,
    ),
    pytest.param(
        "effect.after_call@write:1", "not_supported", "toy.bot", id="the other has done it", marks=pytest.mark.chaos
    ),
]


@pytest.mark.parametrize(("place", "doors", "by"), PLACES)
async def test_it_happens_once_whoever_dies(
    engine: Engine, own_database: TestDatabase, tmp_path: Path, place: str, doors: str, by: str
) -> None:
    path = tmp_path / "book"
    performing_office(engine, BookOnDisk(path))
    accepted = await engine.start()

    await dies(performing_worker.work, own_database, accepted.case.id, str(path), doors, place=place)

    # What the target refused it refuses again: the doors are the target's, not the worker's.
    performing_office(engine, BookOnDisk(path), doors=doors)
    case = await engine.advance(accepted.case.id, times=3)
    assert (case.status, [channel for _, channel in BookOnDisk(path).lines]) == ("done", [by])
    assert (await engine.effect_of(case.id)).tool == by
    assert (await engine.verification()).sound
