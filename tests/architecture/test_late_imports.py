"""LangGraph takes seconds to import: a start does without it, and where it comes it must be strict."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

STARTED = ("api.app", "api.bootstrap", "api.duty", "graphs.runtime.worker", "evals.bench.wiring")
NOT_FOUND_AT_THE_START = {"langgraph", "langchain_core", "langsmith", "alembic", "openai", "holidays"}
NOT_FOUND_WHERE_NOBODY_COLLECTS_TRACES = {"opentelemetry.sdk"}
IMPORTING = f"""
import importlib, json, sys
print(json.dumps({{started: bool(importlib.import_module(started)) and sorted(sys.modules) for started in {STARTED}}}))
"""
REFUSES = "from graphs.runtime.strictness import require_strict_msgpack; require_strict_msgpack()"


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """The modules that are there after each start, all of them in one process."""
    told = run(IMPORTING)
    assert told.returncode == 0, told.stderr
    return {started: set(modules) for started, modules in json.loads(told.stdout).items()}


@pytest.mark.parametrize("started", STARTED)
def test_a_start_imports_no_langgraph(imported: dict[str, set[str]], started: str) -> None:
    assert started in imported[started]
    assert imported[started] & NOT_FOUND_AT_THE_START == set()


@pytest.mark.parametrize("started", STARTED)
def test_where_nobody_collects_opentelemetrys_sdk_is_not_even_imported(
    imported: dict[str, set[str]], started: str
) -> None:
    assert imported[started] & NOT_FOUND_WHERE_NOBODY_COLLECTS_TRACES == set()


@pytest.mark.parametrize("before", ["", "import langgraph.checkpoint.serde.jsonplus; "], ids=["later", "already"])
def test_a_langgraph_that_is_not_strict_is_refused_whether_it_is_imported_or_not(before: str) -> None:
    told = run(f"{before}{REFUSES}", LANGGRAPH_STRICT_MSGPACK="false")
    assert told.returncode == 1
    assert "LANGGRAPH_STRICT_MSGPACK=true" in told.stderr


@pytest.mark.parametrize("before", ["", "import graphs, langgraph.checkpoint.serde.jsonplus; "])
def test_graphs_make_it_strict(before: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LANGGRAPH_STRICT_MSGPACK"}
    told = subprocess.run([sys.executable, "-c", f"{before}{REFUSES}"], env=environment, check=False)
    assert told.returncode == 0


def test_a_langgraph_imported_before_graphs_is_refused() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "LANGGRAPH_STRICT_MSGPACK"}
    program = f"import langgraph.checkpoint.serde.jsonplus; {REFUSES}"
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert "MsgpackNotStrict" in told.stderr
