"""The pages keep their promises: words have headings, decisions their sections, links a target, figures are true."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from graphs.incidents.stuck import IDLE
from graphs.runtime.advance import LEASE
from graphs.runtime.failpoint import FAILPOINTS
from graphs.runtime.parking import FIRST_BACKOFF
from graphs.runtime.worker import HEARTBEAT_SECONDS, STALE_SECONDS, SWEEP_SECONDS
from graphs.steps import StepKind
from policies.action import EffectKind
from policies.fact import Integrity
from policies.verdict import Severity, VerdictKind
from tools.port import OutcomeLookup

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ADRS = sorted((DOCS / "adr").glob("*.md"))

VOCABULARY = (
    "process definition", "case", "step", "stage", "stretch", "fact", "action", "verdict", "rule pack", "effect",
    "task", "agent decision", "deadline", "escalation", "incident", "audit entry",
)  # fmt: skip
CODE_WORDS = (
    "journal", "visit", "lease", "epoch", "failpoint", "promotion", "protected argument", "digest", "obligation",
    "effect ledger", "checkpoint", "sweep", "tool", "twin", "tenant", "actor", "commitment", "complement", "shadow",
)  # fmt: skip
CLOSED_SETS: tuple[type[StrEnum], ...] = (StepKind, VerdictKind, Severity, OutcomeLookup, EffectKind, Integrity)


@pytest.mark.parametrize("word", [*VOCABULARY, *CODE_WORDS])
def test_a_word_has_a_heading_in_the_glossary(word: str) -> None:
    assert re.search(rf"^### {word}$", GLOSSARY, re.MULTILINE)


def test_no_word_has_two_headings() -> None:
    headings = re.findall(r"^### (.+)$", GLOSSARY, re.MULTILINE)
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("member", [member for closed in CLOSED_SETS for member in closed], ids=str)
def test_every_member_of_a_closed_set_is_explained(member: StrEnum) -> None:
    assert f"`{member.value}`" in GLOSSARY


@pytest.mark.parametrize("adr", ADRS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_and_four_sections(adr: Path) -> None:
    text = adr.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(adr.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Status", "Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(adr.name[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_pages_name_only_targets_that_make_knows() -> None:
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    named = {target for text in texts for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)}
    assert {"run", "test"} <= named
    assert named <= set(targets)


@pytest.mark.parametrize("name", FAILPOINTS)
def test_what_a_crash_leaves_is_told_for_every_failpoint(name: str) -> None:
    assert f"| `{name}` |" in ARCHITECTURE


def test_every_kind_of_audit_record_is_listed() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "graphs").rglob("*.py")]
    kinds = {kind for text in sources for kind in re.findall(r'(?:kind=|_record\(|kind = )"([a-z]+\.[a-z_]+)"', text)}
    assert "case.started" in kinds
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in ARCHITECTURE] == []


@pytest.mark.parametrize(
    ("what", "seconds"),
    [
        ("lease", LEASE.total_seconds()),
        ("heartbeat", HEARTBEAT_SECONDS),
        ("worker counts as stale", STALE_SECONDS),
        ("sweep", SWEEP_SECONDS),
        ("case counts as forgotten", IDLE.total_seconds()),
        ("first pause after a transient failure, then doubled", FIRST_BACKOFF.total_seconds()),
    ],
)
def test_the_engines_figures_are_those_of_the_code(what: str, seconds: float) -> None:
    assert f"| {what} | {seconds:g} |" in ARCHITECTURE


def test_the_readme_has_exactly_two_commands_to_begin_with() -> None:
    section = README.split("## Two commands")[1].split("\n## ")[0]
    block = re.findall(r"```\n(.*?)```", section, re.DOTALL)[0]
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make run", "make test"]
