"""A command loads its own group: the others would take longer than the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from api.cli.command import application
from api.cli.groups import GROUPS, loaded

WHOLE: Mapping[str, Any] = typer.main.get_command(application()).commands  # type: ignore[attr-defined]
ALONE = ["serve", "worker"]


def names(command: Any, above: str = "") -> Iterator[str]:
    """The command and all that are in it."""
    name = f"{above} {command.name}".strip()
    yield name
    for each in getattr(command, "commands", {}).values():
        yield from names(each, name)


def begun_with(*arguments: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = typer.main.get_command(application(arguments)).commands  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_alone_is_the_group_that_it_is_among_all(group: str) -> None:
    alone = begun_with(group, "list", "--json")
    assert set(alone) == {*ALONE, group}
    assert list(names(alone[group])) == list(names(WHOLE[group]))
    assert alone[group].help == WHOLE[group].help


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-x"], ["caze"], ["", "case"], ["--show-completion"]])
def test_what_begins_with_no_command_has_all_of_them(arguments: list[str]) -> None:
    assert list(begun_with(*arguments)) == [*ALONE, *GROUPS]


@pytest.mark.parametrize("arguments", [["serve"], ["worker"], ["--version"]])
def test_what_needs_no_group_loads_none(arguments: list[str]) -> None:
    assert list(begun_with(*arguments)) == ALONE


def test_a_group_that_is_asked_for_twice_has_its_commands_once() -> None:
    assert loaded("task") is loaded("task")
    assert list(names(begun_with("task")["task"])) == list(names(WHOLE["task"]))
    assert len(set(names(WHOLE["task"]))) == len(list(names(WHOLE["task"])))


def test_who_mistypes_a_group_is_told_the_one_that_they_meant() -> None:
    told = CliRunner().invoke(application(["tsak", "list"]), ["tsak", "list"])
    assert told.exit_code == 2
    assert "Did you mean 'task'?" in told.output


def test_listing_tasks_loads_no_reader_rule_pack_or_benchmark() -> None:
    program = """
import sys
sys.argv = ["interlock", "task", "list", "--help"]
from api.cli import main
try:
    main()
finally:
    print("LOADED", *sorted(sys.modules))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    modules = set(told.stdout.rpartition("LOADED")[2].split())
    assert "api.cli.tasks" in modules, told.stderr
    assert (
        modules & {"api.cli.documents", "api.cli.bench", "tools.document.isolation", "policies.pack", "evals"} == set()
    )
