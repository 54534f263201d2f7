"""Prompts as versioned files: `<name>@<version>.md` beside the process that owns them."""

from __future__ import annotations

from pathlib import Path

from tools.llm.question import Prompt


class PromptMissing(LookupError):
    """There is no file for this version of the prompt."""


def read_prompt(folder: Path, name: str, version: int) -> Prompt:
    """The prompt in `folder`. A released file is never changed: another text is another version.

    Raises `PromptMissing`.
    """
    file = folder / f"{name}@{version}.md"
    if not file.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*@*.md"))) or "none"
        raise PromptMissing(f"there is no prompt {file.name} (known: {known})")
    return Prompt(name=name, version=version, text=file.read_text(encoding="utf-8").strip())
