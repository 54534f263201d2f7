"""Kinds from other distributions: found by entry point; one that is broken is named, and the others work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plugin_kind import WORKING, install
from tools.plugin import PluginBroken, Plugins, UnknownKind


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that distributions can be installed into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for module in set(sys.modules) - before:
        if getattr(sys.modules[module], "__file__", None) and str(tmp_path) in str(sys.modules[module].__file__):
            del sys.modules[module]


def test_a_kind_of_another_distribution_is_found_by_its_entry_point(folder: Path) -> None:
    install(folder, "greeting-tools", "greeting_a", {"greeter": "greeting_a:GREETER"})
    plugin = Plugins.discovered().plugin("greeter")
    assert (plugin.distribution, plugin.version, plugin.problem) == ("greeting-tools", "1.2", "")
    assert Plugins.discovered().kind("greeter").kind == "greeter"


def test_the_kinds_of_interlock_are_found_in_the_same_way() -> None:
    found = {plugin.kind: plugin for plugin in Plugins.discovered().listed()}
    assert {found["rest"].problem, found["jobs"].problem} == {""}
    assert found["rest"].distribution == "interlock"


@pytest.mark.parametrize(
    ("code", "target", "said"),
    [
        (None, "nowhere_at_all:GREETER", "its module nowhere_at_all is not installed"),
        ("import module_that_is_not_there", "greeting_b:GREETER", "its module module_that_is_not_there is not"),
        ("raise RuntimeError('broken inside')", "greeting_b:GREETER", "RuntimeError: broken inside"),
        ("raise SystemExit(3)", "greeting_b:GREETER", "SystemExit: 3"),
        ("def f(:", "greeting_b:GREETER", "SyntaxError"),
        ("", "greeting_b:GREETER", "AttributeError"),
        ("GREETER = 7", "greeting_b:GREETER", "has no `settings` that is a Pydantic model"),
        (WORKING.replace("async def open", "async def unlock"), "greeting_b:GREETER", "has no `open`"),
        (WORKING.replace('kind = "greeter"', 'kind = "other"'), "greeting_b:GREETER", "calls itself 'other'"),
    ],
)
def test_a_broken_kind_is_a_problem_with_a_name_and_the_others_work(
    folder: Path, code: str | None, target: str, said: str
) -> None:
    install(folder, "broken-tools", "greeting_b", {"greeter": target}, code=WORKING if code is None else code)
    plugins = Plugins.discovered()
    broken = plugins.plugin("greeter")
    assert said in broken.problem
    assert broken.distribution == "broken-tools"
    with pytest.raises(PluginBroken, match="broken-tools"):
        plugins.kind("greeter")
    assert plugins.kind("rest").kind == "rest"


def test_a_kind_that_two_distributions_offer_is_neithers(folder: Path) -> None:
    install(folder, "first-tools", "greeting_c", {"greeter": "greeting_c:GREETER"})
    install(folder, "second-tools", "greeting_d", {"greeter": "greeting_d:GREETER"})
    assert "first-tools, second-tools; keep one" in Plugins.discovered().plugin("greeter").problem


def test_a_kind_that_nobody_offers_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownKind, match=r"'fax' \(there are .*rest"):
        Plugins.discovered().plugin("fax")
