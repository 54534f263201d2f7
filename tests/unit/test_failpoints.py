"""Failpoints: harmless unless they are asked for by name."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

from graphs.runtime.failpoint import FAILPOINTS, VARIABLE, failpoint
from tests.conftest import ROOT

PASSING = """
from graphs.runtime.failpoint import failpoint
for number in (1, 2, 3):
    print(number, flush=True)
    failpoint("step.before_commit", "write")
"""


@pytest.mark.parametrize(
    ("wanted", "printed"),
    [
        ("step.before_commit", "1"),
        ("step.before_commit:2", "1 2"),
        ("step.before_commit@write", "1"),
        ("step.before_commit@write:3", "1 2 3"),
    ],
)
def test_a_failpoint_kills_at_the_passage_it_names(wanted: str, printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PASSING], cwd=ROOT, env={VARIABLE: wanted}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (-signal.SIGKILL, printed.split())


@pytest.mark.parametrize(
    "wanted", ["", "step.after_commit", "step.before_commit@read", "step.before_commit:4", "step", "no.such:1"]
)
def test_a_failpoint_that_is_not_named_lets_pass(wanted: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PASSING], cwd=ROOT, env={VARIABLE: wanted}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (0, ["1", "2", "3"])


@pytest.mark.parametrize("name", FAILPOINTS)
def test_without_the_variable_nothing_happens(name: str) -> None:
    failpoint(name)  # type: ignore[arg-type]


def test_every_failpoint_in_the_code_has_a_name_and_every_name_a_place() -> None:
    placed: set[str] = set()
    for module in (ROOT / "graphs").rglob("*.py"):
        placed |= set(re.findall(r'\bfailpoint\(\s*"([^"]+)"', module.read_text()))
    assert placed == set(FAILPOINTS)
