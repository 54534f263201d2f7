"""LangGraph takes seconds to import: a start does without it, and where it comes it must be strict."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

STARTED = ("api.app", "api.bootstrap", "graphs.runtime.worker", "evals.bench.wiring")
NOT_FOUND_AT_THE_START = {"langgraph", "langchain_core", "langsmith", "alembic", "openai", "holidays"}
REFUSES = "from graphs.runtime.strictness import require_strict_msgpack; require_strict_msgpack()"


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("module", STARTED)
def test_a_start_imports_no_langgraph(module: str) -> None:
    told = run(f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))")
    assert told.returncode == 0, told.stderr
    assert set(told.stdout.split()) & NOT_FOUND_AT_THE_START == set()


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
