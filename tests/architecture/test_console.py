"""The console's sources: types from the API, packages from no named place, a build for each state of the sources."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from api.openapi_file import FILE, document
from tests.conftest import ROOT

CONSOLE = ROOT / "api" / "console"
SOURCES = sorted(path for path in (CONSOLE / "src").rglob("*.ts*") if path.name != "schema.ts")


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("interlock_console_builder", CONSOLE / "builder.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_types_are_made_from_the_applications_own_document() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run `python -m api.openapi_file`"


def test_the_lock_file_names_no_place_and_fits_the_package() -> None:
    text = (CONSOLE / "package-lock.json").read_text(encoding="utf-8")
    assert not re.search(r'"resolved"|registry|"file:|git\+', text)
    packages = json.loads(text)["packages"]
    declared = json.loads((CONSOLE / "package.json").read_text(encoding="utf-8"))
    assert packages[""]["dependencies"] == declared["dependencies"]
    assert packages[""]["devDependencies"] == declared["devDependencies"]
    assert [path for path, one in packages.items() if path and not one.get("link") and "integrity" not in one] == []


def test_no_part_that_is_shipped_has_a_licence_that_binds_what_links_it() -> None:
    packages = json.loads((CONSOLE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    shipped = {path: one.get("license", "") for path, one in packages.items() if path and not one.get("dev")}
    assert len(shipped) > 20
    assert {path: named for path, named in shipped.items() if "GPL" in named} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CONSOLE)))
def test_a_source_keeps_to_the_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    assert not re.search(r"\bany\b(?=[\s;,>)\]])(?<=: any)|as any|@ts-ignore|dangerouslySetInnerHTML|TODO", text)


def test_only_the_dialog_that_gives_the_focus_back_is_made_of_the_librarys() -> None:
    library = re.compile(r"import \{[^}]*\bModal\b[^}]*\} from \"@mantine/core\"")
    found = {path.name for path in SOURCES if library.search(path.read_text(encoding="utf-8"))}
    assert found == {"Dialog.tsx"}


def test_both_languages_have_every_text() -> None:
    # Which of them is missing the compiler says; here only that it is asked to.
    assert "Texts<typeof en>" in (CONSOLE / "src" / "i18n" / "de.ts").read_text(encoding="utf-8")


def test_a_build_is_due_once_for_each_state_of_the_sources(tmp_path: Path) -> None:
    folder = tmp_path / "console"
    (folder / "src").mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}")
    (folder / "src" / "main.tsx").write_text("one")
    console = builder().Console(folder=folder)
    assert console.is_due
    console.dist.mkdir()
    (console.dist / "index.html").write_text("built")
    (console.dist / ".built-from").write_text(console.digest())
    assert not console.is_due
    (folder / "src" / "api").mkdir()
    (folder / "src" / "api" / "schema.ts").write_text("made by the build, and no source")
    assert not console.is_due
    (folder / "src" / "main.tsx").write_text("two")
    assert console.is_due


def test_what_was_built_elsewhere_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("built")
    assert not builder().Console(folder=tmp_path).is_due
