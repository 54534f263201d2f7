"""What a run has not committed yet: rows, the case's projection, its checkpoint; one change when it is committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.runtime.failpoint import failpoint
from graphs.store.statements import CHECKPOINT, ENDED, FENCE
from graphs.store.writer import Change, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A sealed checkpoint that rides with the next commit; `covered` visits of the journal are in it."""

    id: str
    parent: str | None
    covered: int
    data: bytes


@dataclass(slots=True, kw_only=True)
class Pending:
    """Collects what belongs together until `commit`.

    `status` is the case's as of the last step; `releasing` that a commit gives the lease back, `at_rest` that it has.
    """

    writer: Writer
    clock: Callable[[], datetime]
    tenant: str
    case_id: str
    epoch: int
    journaled: int
    status: str = "running"
    failure: BaseException | None = None
    releasing: bool = False
    at_rest: bool = False
    _change: Change = field(init=False)
    _projection: dict[str, Any] = field(default_factory=dict)
    _steps: list[str] = field(default_factory=list)
    _checkpoint: CheckpointRow | None = None
    _writes: bytes = b""

    def __post_init__(self) -> None:
        """Start with nothing."""
        self._change = Change(self.tenant)

    @property
    def change(self) -> Change:
        """The rows collected so far; add to them."""
        return self._change

    def record(self, record: AuditRecord) -> None:
        """Add an audit entry."""
        self._change.record(record, self.clock())

    def visit(self, step: str, record: AuditRecord, *, status: str, ended: bool, **projection: Any) -> None:
        """Add a finished visit: its journal entry and where the case now stands."""
        self._steps.append(step)
        self.journaled += 1
        self.status = status
        self._projection.update(projection, status=status, step=step, ended=ended)
        self.record(record)
        if ended:
            self._change.add(ENDED, self.case_id)

    def holds(self, step: str) -> bool:
        """Whether a visit of the step is not committed yet."""
        return step in self._steps

    def wait(self) -> None:
        """The case waits as it did before: nothing came that it could go on with."""
        self.status = "waiting"
        self._projection.update(status="waiting")

    def keep_checkpoint(self, row: CheckpointRow) -> None:
        """Replace the checkpoint with the next commit."""
        self._checkpoint, self._writes = row, b""

    def keep_writes(self, writes: bytes) -> None:
        """Add writes that wait on the kept checkpoint."""
        self._writes += writes

    def kept(self, checkpoint_id: str) -> bool:
        """Whether that checkpoint is still to be written."""
        return self._checkpoint is not None and self._checkpoint.id == checkpoint_id

    async def commit(self, *, release: bool = False) -> None:
        """Commit what is pending; with `release`, give the lease back in the same transaction.

        Raises `LeaseLost` and what `Writer.commit` raises; then nothing of it was written, and nothing is again.
        """
        if self.failure is not None:
            raise self.failure
        if not (self._steps or self._change or self._checkpoint or release):
            return
        release = release or self._projection.get("ended", False)
        change, steps = self._taken(release=release), self._steps
        self._change, self._steps, self._projection = Change(self.tenant), [], {}
        for step in steps:
            failpoint("step.before_commit", step)
        self.releasing = release
        try:
            await self.writer.commit(change)
        except BaseException as error:
            self.failure = error
            raise
        self.at_rest = release
        for step in steps:
            failpoint("step.after_commit", step)

    def _taken(self, *, release: bool) -> Change:
        change, seen = self._change, self._projection
        at = self.clock()
        ended = seen.get("ended", False)
        change.add(
            FENCE,
            self.case_id,
            self.epoch,
            seen.get("status"),
            seen.get("stage"),
            seen.get("step"),
            seen.get("title"),
            seen.get("outcome"),
            len(self._steps),
            release,
            ended,
            at,
        )
        if self._checkpoint is not None and not ended:
            row = self._checkpoint
            change.add(
                CHECKPOINT,
                self.tenant,
                self.case_id,
                "",
                "",
                row.id,
                row.parent,
                None,
                row.covered,
                row.data,
                self._writes,
            )
        self._checkpoint, self._writes = None, b""
        return change
