"""Commands and settings that the pages name exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import typer.main

from api.cli.command import application
from api.people import FIRST_USERS
from api.settings import Settings, variable
from graphs.runtime.failpoint import VARIABLE

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTINGS = {variable(name) for name in Settings.model_fields}
OF_THE_TESTS = {VARIABLE, "INTERLOCK_EVAL_DATA", "INTERLOCK_TEST_DATA_DIR", "INTERLOCK_SKIP_CONSOLE"}
COMMAND = re.compile(r"(?:\.venv/bin/|`)interlock ((?:[a-z]+ )?[a-z][a-z0-9-]*)")


@cache
def known_commands() -> frozenset[str]:
    """Every command and group, as it is typed after `interlock`."""
    root = typer.main.get_command(application())
    known: set[str] = set()
    for name, command in getattr(root, "commands", {}).items():
        known |= {name, *(f"{name} {inner}" for inner in getattr(command, "commands", {}))}
    return frozenset(known)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_only_commands_there_are(page: Path) -> None:
    known = known_commands()
    assert "task approve" in known
    named = COMMAND.findall(page.read_text(encoding="utf-8"))
    assert [text for text in named if text not in known and text.split()[0] not in {"serve", "worker"}] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_only_settings_there_are(page: Path) -> None:
    named = set(re.findall(r"INTERLOCK_[A-Z0-9_]*[A-Z0-9]", page.read_text(encoding="utf-8")))
    assert named <= SETTINGS | OF_THE_TESTS


def test_the_readme_introduces_every_first_user() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [user.login for user in FIRST_USERS if f"| `{user.login}` |" not in readme] == []


def test_the_readme_states_the_limits_people_have() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    stated = [f"approve up to {user.limit_minor // 100:,} €" for user in FIRST_USERS if user.limit_minor]
    assert [text for text in stated if text not in readme] == []
