"""The first start ever: several processes at once make one server, its roles and a database each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_three_processes_may_start_at_once_on_an_empty_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.first_start", str(tmp_path / "postgres")]
    started = [
        subprocess.Popen([*command, f"database_{number}"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    ended = [(process.communicate(timeout=55)[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0, 0], ended
