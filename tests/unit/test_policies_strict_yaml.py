"""YAML means what is written, whichever of its two readers reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policies.strict_yaml import StrictLoader, read_strictly
from tests.conftest import ROOT

FILES = sorted(
    path for folder in ("policies", "graphs", "evals", "docs/examples") for path in (ROOT / folder).rglob("*.yaml")
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.dates().map(str)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def read_in_python(text: str) -> Any:
    return yaml.load(text, Loader=StrictLoader)


def test_libyaml_reads_here() -> None:
    assert yaml.__with_libyaml__


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_readers_read_our_files_alike(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read_strictly(text) == read_in_python(text)


@given(DATA, st.booleans())
def test_both_readers_read_what_was_written(data: Any, flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow)
    assert read_strictly(text) == read_in_python(text) == data


@given(st.text(st.sampled_from("a1 :#-[]{},\"'|>&*!%@`?~\n\t\x85\u2028é"), max_size=12))
def test_both_readers_read_any_text_alike_or_one_refuses_it(text: str) -> None:
    try:
        found = read_in_python(text)
    except yaml.YAMLError:
        return
    assert read_strictly(text) == found


@pytest.mark.parametrize("read", [read_strictly, read_in_python])
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("True", "True"),
        ("true", True),
        ("2026-11-30", "2026-11-30"),
        ("1.50", 1.5),
        ("-0.5e3", -500.0),
        ("1.", "1."),
        ("0", 0),
        ("-7", -7),
        ("500_00", 50_000),
        ("0400", "0400"),
        ("12:30", "12:30"),
        ("1:30.5", "1:30.5"),
        ("0x1F", "0x1F"),
        ("0b1", "0b1"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("=", "="),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("Null", "Null"),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_what_is_written_is_what_is_meant(read: Any, text: str, meant: object) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("a: 1\nb: 2\na: 3", "'a' is written twice", 3),
        ("a: {b: 1,\n b: 2}", "'b' is written twice", 2),
        ("a: &x 1\nb: *x", "aliases are not allowed", 2),
        ("a: 1\n[b]: 2", "unhashable key", 2),
        ("a: 1\nb: !!python/name:os.system x", "tags are not allowed", 2),
        ("a: !!timestamp 2026-11-30", "tags are not allowed", 1),
        ("a: 1\nb: !!set {c: null}", "tags are not allowed", 2),
        ("- 1\n- ! 2", "tags are not allowed", 2),
        ("a: 1\nb: " + "9" * 5000, "too many digits", 2),
        ("a: [1,\nb: {", "expected the node content", 2),
        ("a: 1\n---\nb: 2", "but found another document", 2),
    ],
)
def test_a_surprise_is_refused_and_its_line_is_shown(text: str, why: str, line: int) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match=why) as refused:
        read_strictly(text)
    mark = refused.value.problem_mark
    assert mark is not None
    assert mark.line + 1 == line
    assert text.splitlines()[line - 1].strip()[:30] in str(refused.value)


@pytest.mark.parametrize("hostile", ["a: \x00", "\x1b[2J"])
def test_what_no_text_holds_is_refused(hostile: str) -> None:
    with pytest.raises(yaml.YAMLError, match="unacceptable character"):
        read_strictly(hostile)


def test_a_text_without_a_bottom_is_refused() -> None:
    with pytest.raises(RecursionError):
        read_strictly("[" * 100_000)
