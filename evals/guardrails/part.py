"""A fixed fifth of the attacks, for a quick run."""

from __future__ import annotations

import hashlib

PARTS = 5


def belongs(key: str, part: int | None) -> bool:
    """Whether the attack of this name belongs to `part` (0..4); None is the whole. A hash decides, nobody chooses."""
    return part is None or int(hashlib.sha256(key.encode()).hexdigest(), 16) % PARTS == part
