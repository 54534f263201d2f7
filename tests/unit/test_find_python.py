"""Which Python `make install` takes: the fastest of those on PATH that can run and build Interlock."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import ROOT

FIND = ROOT / ".ci/find-python"
ALSO_NEEDED = ("env", "bash", "gcc", "basename")
"""What the script itself calls."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A PATH that has no Python yet."""
    for name in ALSO_NEEDED:
        there = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (tmp_path / name).symlink_to(there)
    return tmp_path


def interpreter(folder: Path, name: str, *, microseconds: int, runs: bool = True, headers: bool = True) -> Path:
    """What answers as a Python of that speed would."""
    path = folder / name
    include = sysconfig.get_path("include") if headers else "/nowhere"
    path.write_text(
        "#!/usr/bin/env bash\n"
        f'case "$2" in *ensurepip*) exit {0 if runs else 1};; *Python.h*) echo {include}/Python.h;; '
        f"*process_time*) echo {microseconds};; esac\n"
    )
    path.chmod(0o755)
    return path


def find(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FIND], env={"PATH": str(folder), **variables}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("second", "chosen"), [(89_999, "python3.11"), (90_000, "python3.12"), (90_001, "python3.12")], ids=str
)
def test_a_later_one_is_taken_if_it_is_faster_by_more_than_a_tenth(folder: Path, second: int, chosen: str) -> None:
    interpreter(folder, "python3.12", microseconds=100_000)
    interpreter(folder, "python3.11", microseconds=second)
    assert find(folder).stdout == f"{folder / chosen}\n"


def test_one_that_does_not_run_or_has_no_headers_is_passed_over_however_fast(folder: Path) -> None:
    interpreter(folder, "python3.12", microseconds=1, runs=False)
    interpreter(folder, "python3.11", microseconds=2, headers=False)
    slow = interpreter(folder, "python3", microseconds=100_000)
    assert find(folder).stdout == f"{slow}\n"


def test_a_chosen_one_is_taken_though_another_is_faster(folder: Path) -> None:
    interpreter(folder, "python3.12", microseconds=1)
    chosen = interpreter(folder, "mine", microseconds=100_000)
    assert find(folder, PYTHON=str(chosen)).stdout == f"{chosen}\n"


def test_a_chosen_one_that_does_not_run_is_named_and_another_found(folder: Path) -> None:
    other = interpreter(folder, "python3.12", microseconds=1)
    found = find(folder, PYTHON="/no/such/python")
    assert found.stdout == f"{other}\n"
    assert found.stderr == "PYTHON=/no/such/python is no Python 3.11 or 3.12 with venv; looking for another.\n"


def test_without_any_it_says_what_to_install(folder: Path) -> None:
    interpreter(folder, "python3", microseconds=1, runs=False)
    found = find(folder)
    assert (found.returncode, found.stdout) == (1, "")
    assert "Interlock needs Python 3.11 or 3.12 with venv, and found neither." in found.stderr


def test_without_headers_it_says_which_are_missing(folder: Path) -> None:
    only = interpreter(folder, "python3.11", microseconds=1, headers=False)
    found = find(folder)
    assert (found.returncode, found.stdout) == (1, "")
    assert f"Interlock needs the C headers of {only}: there is no /nowhere/Python.h." in found.stderr


def test_the_measure_runs_on_a_real_python() -> None:
    real = subprocess.run([FIND], env=os.environ, capture_output=True, text=True, check=False)
    assert real.returncode == 0, real.stderr
    assert Path(real.stdout.strip()).exists()
