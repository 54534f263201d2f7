"""A server that replays what it had not written is waited for, and one that has ended is not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from graphs.store.embedded import BETWEEN_LOOKS_SECONDS, status_of, wait_until_ready

DEAD = 2**22 + 1
"""More than Linux gives as a process id."""


def said(folder: Path, status: str | None, *, pid: int = 0) -> None:
    lines = [str(pid or os.getpid()), "data", "0", "5432", "socket", "", "0"]
    text = "\n".join([*lines, f"{status:<8}"] if status else lines)
    (folder / "postmaster.pid").write_text(text, encoding="utf-8")


class Looks:
    """Between two looks the server comes one step further."""

    def __init__(self, folder: Path, statuses: Sequence[str]) -> None:
        self.folder, self.statuses, self.pauses = folder, list(statuses), 0

    def __call__(self, _seconds: float) -> None:
        self.pauses += 1
        if self.statuses:
            said(self.folder, self.statuses.pop(0))


@pytest.mark.parametrize("steps", [["ready"], ["starting", "ready"], ["starting", "starting", "ready"]])
def test_a_server_that_recovers_is_waited_for(tmp_path: Path, steps: list[str]) -> None:
    said(tmp_path, None)
    looks = Looks(tmp_path, steps)
    wait_until_ready(tmp_path, pause=looks)
    assert (looks.pauses, status_of(tmp_path)) == (len(steps), "ready")


@pytest.mark.parametrize(("allowed", "in_time"), [(2, False), (3, False), (4, True)])
def test_but_not_longer_than_is_allowed(tmp_path: Path, allowed: int, in_time: bool) -> None:
    said(tmp_path, "starting")
    looks = Looks(tmp_path, ["starting", "starting", "ready"])
    seconds = allowed * BETWEEN_LOOKS_SECONDS
    if in_time:
        wait_until_ready(tmp_path, seconds=seconds, pause=looks)
    else:
        with pytest.raises(TimeoutError, match="was not ready within"):
            wait_until_ready(tmp_path, seconds=seconds, pause=looks)


def test_a_server_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError):
        wait_until_ready(tmp_path)
    said(tmp_path, "starting", pid=DEAD)
    with pytest.raises(ChildProcessError):
        wait_until_ready(tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "no number", "-1\n"])
def test_a_torn_file_is_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text, encoding="utf-8")
    assert status_of(tmp_path) is None
