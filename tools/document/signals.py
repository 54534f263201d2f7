"""What speaks for a printed value, each as a number from 0 to 1, for the calibration of confidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tools.document.anchors import MAX_STRENGTH, Candidate
from tools.document.layout import Layout
from tools.document.reading import Box

ANCHOR: Final = "anchor"
MARGIN: Final = "margin"
OCR: Final = "ocr"
ARITHMETIC: Final = "arithmetic"
CHECK_DIGIT: Final = "check_digit"
AGREEMENT: Final = "agreement"

Signals = dict[str, float]


def of_candidates(candidates: Sequence[Candidate]) -> Signals:
    """Anchor and margin of the first of `candidates` (best first)."""
    best = candidates[0]
    rival = next((found.score for found in candidates[1:] if found.value != best.value), None)
    margin = 1.0 if rival is None else _share(max(best.score - rival, 0.0) / 2)
    return {ANCHOR: _share(best.score / MAX_STRENGTH), MARGIN: margin}


def letters(layout: Layout, page: int | None, box: Box | None) -> float:
    """How sure the reader was of the words in `box`: their mean score; of the whole document without a box."""
    words = [word for cell in layout.cells for word in cell.words if page in (None, word.page)]
    if box is not None:
        x0, y0, x1, y1 = box
        words = [word for word in words if x0 <= (word.x0 + word.x1) / 2 <= x1 and y0 <= word.middle <= y1]
    return _share(sum(word.score for word in words) / len(words)) if words else 1.0


def claim(holds: bool) -> float:
    """A claim as a signal."""
    return 1.0 if holds else 0.0


def _share(number: float) -> float:
    return round(min(max(number, 0.0), 1.0), 4)
