"""Dependencies: locked with hashes, from no named place, above the releases with known holes."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import version

import pytest

from tests.conftest import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PEERS_LOCK = "requirements-bench.lock"
"""The peers of the benchmarks: never installed beside the product."""
REPLAY_LOCK = "requirements-guardrails.lock"
"""AgentDojo: neither."""
LIVE_MODEL_LOCK = "requirements-live-model.lock"
"""A server for a small model: neither."""

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
ADDRESS = re.compile(
    r"https?:/|file:/|git\+|(?<![\w.])/[a-z]|--(?:index|extra-index|find-links|trusted-host)[^a-z]", re.I
)

FLOORS = {
    "langgraph": "1.0.10",  # CVE-2026-28277, together with LANGGRAPH_STRICT_MSGPACK
    "langgraph-checkpoint": "4.0.0",  # CVE-2025-64439, CVE-2026-27794
    "langgraph-sdk": "0.4.4",  # CVE-2026-48776, GHSA-fvww-7h3r-vfhp
    "langchain-core": "1.4.9",  # CVE-2025-68664, CVE-2026-34070, CVE-2026-45134
    "starlette": "1.3.1",  # CVE-2025-62727, CVE-2026-48710, CVE-2026-54282
    "python-multipart": "0.0.27",  # CVE-2024-24762, CVE-2026-40347
}


def parts(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", release.split("+")[0]))


def locked(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


def declared(section: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ;]", requirement)[0].lower() for requirement in section}


@pytest.mark.parametrize("lock", [*LOCKS, PEERS_LOCK, REPLAY_LOCK, LIVE_MODEL_LOCK])
def test_every_locked_release_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert len(locked(lock)) > 40
    assert [entry.splitlines()[0] for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", [*LOCKS, PEERS_LOCK, REPLAY_LOCK, LIVE_MODEL_LOCK])
def test_a_lock_file_names_no_place(lock: str) -> None:
    named = [line for line in (ROOT / lock).read_text().splitlines() if ADDRESS.search(line)]
    assert named == []


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("name", FLOORS)
def test_no_release_with_a_known_hole_is_locked(lock: str, name: str) -> None:
    assert parts(locked(lock)[name]) >= parts(FLOORS[name])


@pytest.mark.parametrize("name", FLOORS)
def test_no_release_with_a_known_hole_is_installed(name: str) -> None:
    assert parts(version(name)) >= parts(FLOORS[name])


def test_the_locks_hold_what_the_project_declares_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run, develop = locked("requirements.lock"), locked("requirements-dev.lock")
    assert declared(project["dependencies"]) <= set(run)
    assert declared(project["optional-dependencies"]["dev"]) <= set(develop)
    assert run.items() <= develop.items()


def test_agentdojo_is_replayed_in_its_named_release_and_is_no_dependency() -> None:
    assert locked(REPLAY_LOCK)["agentdojo"] == "0.1.35"
    assert "agentdojo" not in locked("requirements-dev.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_heavy_or_foreign_is_pulled_in(lock: str) -> None:
    unwanted = {"torch", "trytond", "proteus", "langgraph-api", "langgraph-runtime-inmem", "pymerkle", "pm4py"}
    assert set(locked(lock)) & unwanted == set()


def test_langgraph_json_names_graphs_that_exist() -> None:
    named = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    for target in named.values():
        path, _, attribute = target.partition(":")
        assert re.search(rf"^{attribute}\b", (ROOT / path).read_text(), re.MULTILINE), target
