"""What the processes of Interlock's side are told: one frozen value, handed over as JSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from graphs.runtime.execution import Execution

TENANT = "bench"


class Rules(StrEnum):
    """Which rule pack judges: the twenty rules, or one, for measuring what the other nineteen cost."""

    TWENTY = "p2p6"
    ONE = "p2p6_one_rule"


class Setup(BaseModel):
    """`url` is the application's view of the database; target and step log lie in `folder`.

    `post_seconds` is how long the target takes for a posting; `logs_steps` writes each start of a step into a file;
    `concurrency` is how many cases one worker advances at once, and `execution` how. What is not `assured` has neither
    audit trail nor deadlines.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    tenant: str = TENANT
    folder: Path
    rules: Rules = Rules.TWENTY
    post_seconds: float = 0.0
    logs_steps: bool = False
    concurrency: int = 32
    execution: Execution = Execution.JOURNAL
    assured: bool = True

    @property
    def books(self) -> Path:
        """The target's books."""
        return self.folder / "books"
