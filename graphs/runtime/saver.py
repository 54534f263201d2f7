"""The saver of running cases: one checkpoint row a case, replaced in place; the journal is the history.

A checkpoint is written only where a case waits, in the transaction of its question; between waits the journal says
all that it would, and a run that finds the journal ahead of the checkpoint begins with the fold of the journal. A
task's ordinary writes are not stored at all; an interrupt's are. Nothing is loaded from here: the claim brought it.
"""

from __future__ import annotations

import inspect
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)

from graphs.runtime.codec import INTERRUPT, Codec, Place, PlainValues, named
from graphs.runtime.failpoint import failpoint
from graphs.runtime.pending import CheckpointRow
from graphs.runtime.resume import answers_of
from graphs.runtime.run import Run
from graphs.runtime.seal import Seal
from graphs.steps import INTERRUPTING
from graphs.store.claims import SavedCheckpoint
from graphs.store.statements import WRITES

LOOP: Literal["loop"] = "loop"


class NotRunning(RuntimeError):
    """A thread that is no running case of this process: it has no checkpoint here."""


class CaseSaver(BaseCheckpointSaver[int]):
    """Keeps the checkpoints of this process's runs; `runs` by case."""

    def __init__(self, seal: Seal, runs: MutableMapping[str, Run]) -> None:
        """Seal every row."""
        super().__init__()
        self.codec = Codec(seal=seal, values=PlainValues())
        self.runs = runs
        # LangGraph asks for this method's signature at every run; answered here, it need not be worked out.
        written = self.aput_writes

        async def aput_writes(
            config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
        ) -> None:
            await written(config, writes, task_id, task_path)

        aput_writes.__signature__ = inspect.signature(written)  # type: ignore[attr-defined]  # read by inspect
        self.aput_writes = aput_writes  # type: ignore[method-assign]  # the same method, described

    def get_next_version(self, current: int | None, channel: None) -> int:  # noqa: ARG002 - LangGraph's signature
        """Versions count up."""
        return 1 if current is None else current + 1

    def load(self, run: Run, saved: SavedCheckpoint) -> CheckpointTuple:
        """The checkpoint that the claim brought, opened. Raises `CheckpointForged`."""
        run.saved = saved
        return self._opened(run, saved)

    def _opened(self, run: Run, saved: SavedCheckpoint) -> CheckpointTuple:
        return self.codec.tuple(place_of(run), saved.id, saved.parent, saved.data, saved.writes)

    def _run(self, config: RunnableConfig) -> Run:
        thread = named(config)["thread_id"]
        if thread not in self.runs:
            raise NotRunning(f"thread {thread} is no running case here")
        return self.runs[thread]

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The run's checkpoint."""
        return self._run(config).checkpoint

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 - LangGraph's signature
    ) -> RunnableConfig:
        """Commit what is pending; where a wait follows, keep the checkpoint for the commit of its question.

        Elsewhere the journal says all that the checkpoint would: the state is the fold of its updates.
        """
        run = self._run(config)
        place = place_of(run)
        if waits_next(checkpoint, run):
            short: CheckpointMetadata = {"source": LOOP, "step": metadata.get("step", 0), "parents": {}}
            row = CheckpointRow(
                id=checkpoint["id"],
                parent=named(config).get("checkpoint_id"),
                covered=run.pending.journaled,
                data=self.codec.checkpoint(place, checkpoint, short),
            )
            run.pending.keep_checkpoint(row)
            run.saved = SavedCheckpoint(id=row.id, parent=row.parent, covered=row.covered, data=row.data, writes=b"")
        elif metadata.get("source") == LOOP:
            await run.pending.commit()
            failpoint("checkpoint.after_commit")
        return place.config(checkpoint["id"])

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """An interrupt is committed with all that is pending, and the lease is given back: the case waits."""
        if not any(channel == INTERRUPT for channel, _ in writes):
            return
        run = self._run(config)
        checkpoint_id = named(config)["checkpoint_id"]
        items = [(WRITES_IDX_MAP.get(channel, index), channel, value) for index, (channel, value) in enumerate(writes)]
        place = place_of(run)
        sealed = self.codec.write(place, checkpoint_id, task_id, task_path, items)
        if run.pending.kept(checkpoint_id):
            run.pending.keep_writes(sealed)
        else:
            run.pending.change.add(WRITES, place.thread, place.namespace, place.slot, checkpoint_id, sealed)
        failpoint("interrupt.before_commit", items[0][1])
        run.asked = [asked for channel, value in writes if channel == INTERRUPT for asked in value]
        # An answer that came before the question could be asked is taken at once, under the same lease.
        answers = answers_of(run.asked, run)
        if answers and run.saved is not None:
            run.checkpoint = self._opened(run, replace(run.saved, writes=run.saved.writes + sealed))
        await run.pending.commit(release=not answers)
        failpoint("checkpoint.after_commit")


def place_of(run: Run) -> Place:
    """Where a running case's checkpoint stands."""
    return Place(tenant=run.case.tenant, thread=run.case.id, namespace="", slot="")


def waits_next(checkpoint: Checkpoint, run: Run) -> bool:
    """Whether the next node is a wait: then the checkpoint rides with its question."""
    step = run.definition.by_name.get(checkpoint["channel_values"].get("route", ""))
    return step is not None and step.kind in INTERRUPTING
