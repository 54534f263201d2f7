"""Code in the pages is code of the example, to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "how-to" / "define-a-process.md"
FENCE = re.compile(r"^```(python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = {"python": DOCS / "examples" / "petty_cash.py", "yaml": DOCS / "examples" / "petty_cash.yaml"}
BLOCKS = FENCE.findall(PAGE.read_text(encoding="utf-8"))


def test_the_page_shows_code_of_both_files() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "yaml"}


@pytest.mark.parametrize(("language", "block"), BLOCKS, ids=[block.split("\n")[0].strip() for _, block in BLOCKS])
def test_a_block_of_the_page_stands_in_the_example(language: str, block: str) -> None:
    assert block in EXAMPLE[language].read_text(encoding="utf-8")
