"""The reference pages name every setting and every command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer.main
from typer.core import TyperGroup

from api.cli.command import application
from api.settings import PREFIX, Settings
from tests.conftest import ROOT

REFERENCE = ROOT / "docs" / "reference"


def commands(group: object, before: str = "interlock") -> Iterator[str]:
    """Full names of the leaves."""
    if not isinstance(group, TyperGroup):
        yield before
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{before} {name}")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_row(name: str) -> None:
    assert f"`{PREFIX}{name.upper()}`" in (REFERENCE / "settings.md").read_text()


def test_there_are_commands_to_describe() -> None:
    assert "interlock process prove" in set(commands(typer.main.get_command(application())))


@pytest.mark.parametrize("command", list(commands(typer.main.get_command(application()))))
def test_every_command_is_described(command: str) -> None:
    assert f"\n### `{command}" in (REFERENCE / "cli.md").read_text()


@pytest.mark.parametrize(
    "target", ["run", "test", "install", "check", "chaos", "evals", "bench", "live-model", "lock", "clean"]
)
def test_the_makefile_has_the_target(target: str) -> None:
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()
