"""Mutants of honest documents: each is read or refused by name, whatever was done to it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from tools.document.limits import DEFAULT_LIMITS, MEBIBYTE

ORIGINALS = 8
SURVIVED = {"read", "refused", "reader_died"}


def fuzz(seed: int, mutants: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.support.document_fuzz", str(seed), str(mutants)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


def held(result: dict[str, Any], documents: int) -> None:
    assert set(result["ends"]) <= SURVIVED, result["ends"]
    assert sum(result["ends"].values()) == documents
    assert result["seconds"] <= DEFAULT_LIMITS.time_limit.total_seconds()
    assert result["mebibytes"] <= DEFAULT_LIMITS.memory_bytes // MEBIBYTE


def test_no_mutant_of_a_fixed_set_does_harm() -> None:
    held(fuzz(seed=4, mutants=6), documents=ORIGINALS * 6)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(10, 15))
def test_no_mutant_of_many_does_harm(seed: int) -> None:
    held(fuzz(seed=seed, mutants=100), documents=ORIGINALS * 100)
