"""Which passages are kept of many: a bounded sample that is drawn by chance, and sooner from the present.

A passage's rank is given when it begins, from its name alone: so those that take long are kept as often as those that
do not, whoever computes it twice gets the same, and keeping the highest ranks is all there is to do. Of two passages
that are a half-life apart the later one is kept twice as often (Efraimidis and Spirakis 2006, in logarithms).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from math import log
from typing import Final

HALF_LIFE: Final = timedelta(days=60)
KEPT: Final = 500
"""Passages that are kept of each step."""


def rank(name: str, began_at: datetime, *, half_life: timedelta = HALF_LIFE) -> float:
    """How strongly the passage is kept; ranks are compared, and mean nothing else."""
    drawn = (int.from_bytes(sha256(name.encode()).digest()[:8]) + 0.5) / 2**64
    return began_at.timestamp() / half_life.total_seconds() * log(2) - log(-log(drawn))
