"""What a reviewer's correction says about a document: the hook by which a process teaches its readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.document.template_reading import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person corrected on the document with SHA-256 `document`; `lesson` names the vendor and the values."""

    document: str
    lesson: Lesson


LessonFunction = Callable[[Mapping[str, Any], Mapping[str, str]], Correction | None]
"""Makes a correction of a task's evidence and the values a person entered; None where it is about no document."""


def no_lesson(_evidence: Mapping[str, Any], _entered: Mapping[str, str]) -> Correction | None:
    """Learn nothing."""
    return None
