"""Commands in tests: how one ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON of the last line."""
        return json.loads(self.out.splitlines()[-1])


Run = Callable[..., Ended]
