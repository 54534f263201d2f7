"""Every command and every route stands in the reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.app import ROUTERS
from tests.support.command import Run, commands
from tests.support.served import ROOT


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    return commands(monkeypatch, capsys, tmp_path)


def test_every_command_is_in_the_reference(run: Run) -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    groups = ("case", "message", "task", "documents", "audit", "incident", "switch", "target", "evals")
    commands = [f"{group} {name}" for group in groups for name in names_of(run(group, "--help").out)]
    assert [command for command in [*commands, "serve", "worker"] if f"### `interlock {command}" not in text] == []
    assert len(commands) == 57


def names_of(help_text: str) -> list[str]:
    """The commands that a help page lists."""
    listed = help_text.split("Commands", 1)[1]
    return re.findall(r"^│ (\w+) ", listed, re.MULTILINE)


def test_every_route_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text()
    routes = [f"{min(route.methods)} {route.path}" for router in ROUTERS for route in router.routes]
    assert [route for route in routes if f"### `{route}`" not in text] == []
