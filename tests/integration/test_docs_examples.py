"""Every example in the documentation runs, and prints what the documentation says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
SERVER_LOCK = ".lockfile"
"""The lock by which processes that start an embedded PostgreSQL take turns; it belongs to all of them."""
WALKTHROUGH = ROOT / "docs" / "how-to" / "define-a-process.md"


def run(example: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an example as a reader would, from another folder and with warnings as errors."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", str(example)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=55)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_leaves_nothing_behind(example: Path, tmp_path: Path) -> None:
    done = run(example, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {left.name for left in tmp_path.iterdir()} <= {SERVER_LOCK}
    assert without_counts(done.stdout) in without_counts(WALKTHROUGH.read_text(encoding="utf-8"))


def without_counts(text: str) -> str:
    """The text without the number of audit entries, which grows with the engine."""
    return re.sub(r"\d+ entries", "N entries", text)
