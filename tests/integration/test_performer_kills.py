"""A worker dies by SIGKILL while a performer acts; whoever goes on, it happens once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT, TestDatabase
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


def die(database: TestDatabase, case_id: str, book: Path, *, place: str, doors: str) -> None:
    """A worker takes the case and dies at the place; its lease and its call's time are over."""
    command = [sys.executable, "-m", "tests.support.performing_worker", database.app_url, case_id, str(book), doors]
    environment = {**os.environ, "INTERLOCK_FAILPOINT": place}
    died = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=90)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cases SET lease_until = clock_timestamp() - interval '1 second'")
        owner.execute("UPDATE effects SET sent_at = sent_at - interval '1 hour'")


@pytest.mark.parametrize(("place", "doors", "by"), PLACES)
async def test_it_happens_once_whoever_dies(
    engine: Engine, own_database: TestDatabase, tmp_path: Path, place: str, doors: str, by: str
) -> None:
    path = tmp_path / "book"
    performing_office(engine, BookOnDisk(path))
    accepted = await engine.start()

    die(own_database, accepted.case.id, path, place=place, doors=doors)

    # What the target refused it refuses again: the doors are the target's, not the worker's.
    performing_office(engine, BookOnDisk(path), doors=doors)
    case = await engine.advance(accepted.case.id, times=3)
    assert (case.status, [channel for _, channel in BookOnDisk(path).lines]) == ("done", [by])
    assert (await engine.effect_of(case.id)).tool == by
    assert (await engine.verification()).sound
