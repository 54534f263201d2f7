"""A process killed while it takes what arrived leaves one case for each document, and nothing lies there any more."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from graphs.store.database import Database
from tests.conftest import ROOT, TestDatabase
from tests.support.mails import OTHER_PDF, PDF, mail
from tests.support.people import populate

POINTS = ("polled", "committed", "renaming", "renamed")


def look(database: TestDatabase, kind: str, folder: Path, at: str) -> int:
    command = [sys.executable, "-m", "tests.support.inlet_process", database.app_url, kind, str(folder), at]
    return subprocess.run(command, cwd=ROOT, check=False, timeout=50).returncode


def deliver(kind: str, folder: Path) -> None:
    """Two documents, in two files or in one mail."""
    folder.mkdir()
    if kind == "drop":
        (folder / "a.pdf").write_bytes(PDF)
        (folder / "b.pdf").write_bytes(OTHER_PDF)
        return
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir()
    (folder / "new" / "1.mail").write_bytes(mail(PDF, OTHER_PDF))


def left(kind: str, folder: Path) -> list[str]:
    """What has not been put away."""
    waiting = folder if kind == "drop" else folder / "new"
    return [file.name for file in waiting.iterdir() if file.is_file()]


@pytest.mark.chaos
@pytest.mark.parametrize("kind", ["drop", "maildir"])
@pytest.mark.parametrize("at", POINTS)
async def test_a_kill_at_a_point_leaves_one_case_each(
    database: Database, own_database: TestDatabase, tmp_path: Path, kind: str, at: str
) -> None:
    await populate(database)
    folder = tmp_path / "arriving"
    deliver(kind, folder)
    assert look(own_database, kind, folder, at) == -signal.SIGKILL
    assert look(own_database, kind, folder, "end") == 0
    async with database.unit_of_work("acme") as unit:
        documents = (await unit.session.execute(text("SELECT input ->> 'document' FROM cases"))).scalars().all()
        jobs = (await unit.session.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one()
    assert (len(documents), len(set(documents)), jobs, left(kind, folder)) == (2, 2, 2, [])
