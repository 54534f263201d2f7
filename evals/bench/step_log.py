"""A log of step starts that survives SIGKILL: what was run, to be held against what was journaled."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path


class StepLog:
    """Appends one line a start, from any process; without a file it writes nothing."""

    def __init__(self, file: Path | None) -> None:
        """Open `file` for appending."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(file, flags, 0o600) if file is not None else None

    def note(self, number: str, step: str) -> None:
        """The step of the case `number` starts now."""
        if self._descriptor is not None:
            os.write(self._descriptor, f"{number} {step}\n".encode())


def starts(file: Path) -> Counter[tuple[str, str]]:
    """How often each (number, step) was started."""
    pairs = (line.partition(" ") for line in file.read_text().splitlines())
    return Counter((number, step) for number, _, step in pairs)


def steps_rerun(started: Counter[tuple[str, str]], journaled: Counter[tuple[str, str]], number: str) -> int:
    """How many steps of the case were started again beyond the visits that its journal holds.

    `route` drafts once a visit and once more when `post` is judged again, so a draft too many belongs to one of them.
    """
    again = {name: started[number, name] - journaled[number, name] for name in ("extract", "policy", "match", "post")}
    drafts = started[number, "route"] - journaled[number, "route"] - journaled[number, "post"]
    posts = max(drafts, again.pop("post"), 0)
    return posts + sum(max(count, 0) for count in again.values())
