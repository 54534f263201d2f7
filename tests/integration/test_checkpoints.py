"""Checkpoints of the trail: when they are made, what they cover, and that their files are never missing for long."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from graphs.checkpoint_folder import CheckpointDiffers, CheckpointFolder
from graphs.checkpoints import Checkpointer, OtherSigningKey, TrailRolledBack
from graphs.merkle import Frontier, leaf_hash
from graphs.signed_note import Signer, new_key
from graphs.store.audit_checkpoints import AuditCheckpoints, Stand
from graphs.store.database import Database
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Clock, Engine
from tests.support.patience import eventually
from tests.support.people import populate
from tests.support.trail import checkpointer, checkpoints_of, tree_of, write_entries
from tools.clock import utc_now

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def trail(database: Database) -> Database:
    await populate(database)
    return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def maker(trail: Database, tmp_path: Path, clock: Clock) -> Checkpointer:
    return checkpointer(trail, tmp_path, clock=clock)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_the_first_entries_are_covered_at_once_and_the_next_after_a_minute(
    trail: Database, maker: Checkpointer, clock: Clock
) -> None:
    assert await maker.run() == 0, "there is nothing to cover"
    await write_entries(trail, 3)
    assert await maker.run() == 1
    await write_entries(trail, 1)
    clock.ahead = MINUTE - timedelta(seconds=10)
    assert await maker.run() == 0
    clock.ahead = MINUTE
    assert await maker.run() == 1
    clock.ahead = 10 * MINUTE
    assert await maker.run() == 0, "nothing is new"
    assert [found.size for found in await checkpoints_of(trail)] == [3, 4]


@pytest.mark.parametrize(("new", "seconds", "due"), [(0, 99, False), (1, 59, False), (1, 60, True), (999, 59, False)])
def test_a_checkpoint_is_due_by_time(maker: Checkpointer, clock: Clock, new: int, seconds: int, due: bool) -> None:
    at = clock() - timedelta(seconds=seconds)
    assert maker.is_due(Stand(tenant="acme", entries=5 + new, covered=5, at=at)) is due


@pytest.mark.parametrize(("new", "due"), [(999, False), (1_000, True), (1_001, True)])
def test_a_checkpoint_is_due_by_entries(maker: Checkpointer, clock: Clock, new: int, due: bool) -> None:
    assert maker.is_due(Stand(tenant="acme", entries=5 + new, covered=5, at=clock())) is due


async def test_each_checkpoint_has_the_root_of_all_entries_up_to_it(trail: Database, maker: Checkpointer) -> None:
    for count in (1, 2, 5, 13, 1):
        await write_entries(trail, count)
        await maker.cut("acme")
    leaves = [leaf_hash(found) for found in await tree_of(trail)]
    found = await checkpoints_of(trail)
    assert [one.size for one in found] == [1, 3, 8, 21, 22]
    assert [one.root for one in found] == [Frontier().extended(leaves[: one.size]).root for one in found]


async def test_each_tenant_has_a_log_of_its_own(trail: Database, maker: Checkpointer) -> None:
    await populate(trail, "bolt")
    await write_entries(trail, 2)
    await write_entries(trail, 4, tenant="bolt")
    assert await maker.run() == 2
    [acme], [bolt] = await checkpoints_of(trail), await checkpoints_of(trail, tenant="bolt")
    assert (acme.size, bolt.size) == (2, 4)
    assert acme.origin != bolt.origin


async def test_many_at_once_make_one_and_entries_go_on(trail: Database, maker: Checkpointer) -> None:
    await write_entries(trail, 5)
    made, _ = await asyncio.gather(asyncio.gather(*(maker.cut("acme") for _ in range(6))), write_entries(trail, 3))
    found = await checkpoints_of(trail)
    assert sum(made) == len(found) in (1, 2)


async def test_while_a_checkpoint_is_made_entries_are_appended(trail: Database, maker: Checkpointer) -> None:
    await write_entries(trail, 1)
    async with trail.unit_of_work("acme") as unit:
        rows = AuditCheckpoints(unit.session)
        assert await rows.take("acme")
        assert await rows.entries("acme") == 1
        async with asyncio.timeout(5):
            await write_entries(trail, 1)
        assert await maker.cut("acme") is False, "another process is at it"


async def test_every_checkpoint_is_a_file_outside_the_database(
    trail: Database, maker: Checkpointer, tmp_path: Path
) -> None:
    await write_entries(trail, 3)
    await maker.run()
    path = tmp_path / f"acme/{utc_now():%Y-%m}/000000000003.checkpoint"
    async with trail.unit_of_work("acme") as unit:
        assert path.read_text() == await AuditCheckpoints(unit.session).note("acme", 3)
    assert path.stat().st_mode & 0o777 == 0o444


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tools.clock import utc_now
from graphs.store.database import Database
from tests.support.trail import checkpointer

async def main(url, folder):
    maker = checkpointer(Database(url, clock=utc_now), Path(folder))
    if await maker.cut("acme"):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_between_row_and_file_the_file_is_made_good(
    trail: Database, own_database: TestDatabase, tmp_path: Path
) -> None:
    await write_entries(trail, 3)
    command = (sys.executable, "-c", KILLED, own_database.app_url, str(tmp_path))
    died = await asyncio.to_thread(
        subprocess.run, command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    assert (len(await checkpoints_of(trail)), files(tmp_path)) == (1, [])
    assert await checkpointer(trail, tmp_path).run() == 0, "it is made already"
    assert files(tmp_path) == ["000000000003.checkpoint"]


async def test_a_folder_that_cannot_be_written_stops_nothing_and_is_made_good(
    trail: Database, maker: Checkpointer, tmp_path: Path
) -> None:
    (tmp_path / "acme").touch()
    await populate(trail, "bolt")
    await write_entries(trail, 1)
    await write_entries(trail, 1, tenant="bolt")
    await maker.run()
    assert files(tmp_path / "bolt") == ["000000000001.checkpoint"]
    (tmp_path / "acme").unlink()
    await maker.run()
    assert files(tmp_path / "acme") == ["000000000001.checkpoint"]


async def test_a_worker_signs_the_trail_beside_its_work(engine: Engine, tmp_path: Path) -> None:
    engine.checkpointer = checkpointer(engine.database, tmp_path)
    case_id = (await engine.start()).case.id
    async with engine.working():
        await engine.until(case_id, "done")

        async def signed() -> bool:
            return files(tmp_path) != []

        await eventually(signed, within_seconds=10)
    assert len(await checkpoints_of(engine.database)) == len(files(tmp_path))


async def test_another_machines_folder_gets_every_file(trail: Database, maker: Checkpointer, tmp_path: Path) -> None:
    for _ in range(3):
        await write_entries(trail, 1)
        await maker.cut("acme")
    elsewhere = checkpointer(trail, tmp_path / "elsewhere")
    assert await elsewhere.keep("acme") == 3
    assert await elsewhere.keep("acme") == 0
    assert files(tmp_path / "elsewhere") == [f"{size:012}.checkpoint" for size in (1, 2, 3)]


async def test_a_trail_that_was_rolled_back_gets_no_second_history(
    trail: Database, maker: Checkpointer, own_database: TestDatabase, tmp_path: Path
) -> None:
    await write_entries(trail, 3)
    await maker.run()
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM audit_checkpoints")
    for again in (maker, checkpointer(trail, tmp_path)):
        with pytest.raises(TrailRolledBack, match="rolled back"):
            await again.cut("acme")
        assert await again.run() == 0, "other tenants' checkpoints go on"
    assert await checkpoints_of(trail) == []


async def test_another_key_does_not_go_on_with_a_trail(trail: Database, maker: Checkpointer, tmp_path: Path) -> None:
    await write_entries(trail, 1)
    await maker.run()
    await write_entries(trail, 1)
    other = checkpointer(trail, tmp_path, signer=Signer.read(new_key().encode()))
    with pytest.raises(OtherSigningKey, match="INTERLOCK_SIGNING_KEY_FILE"):
        await other.cut("acme")
    assert len(await checkpoints_of(trail)) == 1


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    folder = CheckpointFolder(path=tmp_path)
    path = folder.keep("acme", size=7, at=utc_now(), note="first\n")
    assert folder.keep("acme", size=7, at=utc_now(), note="first\n") == path
    with pytest.raises(CheckpointDiffers):
        folder.keep("acme", size=7, at=utc_now(), note="second\n")
    assert path.read_text() == "first\n"
    assert files(tmp_path) == [path.name]


@pytest.mark.parametrize("tenant", ["..", "../bolt", "a/b", "ä", "."])
def test_no_tenants_name_leads_out_of_the_folder(tmp_path: Path, tenant: str) -> None:
    path = CheckpointFolder(path=tmp_path / "inner").keep(tenant, size=1, at=utc_now(), note="n\n")
    assert path.resolve().parent.parent.parent == (tmp_path / "inner").resolve()


@pytest.mark.parametrize("change", ["UPDATE audit_checkpoints SET size = 9", "DELETE FROM audit_checkpoints"])
async def test_the_database_lets_nobody_change_a_checkpoint(
    trail: Database, maker: Checkpointer, own_database: TestDatabase, change: str
) -> None:
    await write_entries(trail, 1)
    await maker.cut("acme")
    for url in (own_database.app_url, own_database.owner_url):
        with psycopg.connect(url, options="-c app.tenants={acme}") as connection:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(change.encode())
            connection.rollback()
