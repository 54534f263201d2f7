"""The saver of threads that keep their history: every checkpoint stays, for conformance and for forks.

Its rows go through the same writer, codec and table as those of running cases; it only replaces nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.base import Checkpoint as GraphCheckpoint

from graphs.runtime.codec import Codec, Place, TypedValues, named
from graphs.runtime.seal import Seal
from graphs.store.database import Database
from graphs.store.statements import CHECKPOINT, WRITES
from graphs.store.tables import Checkpoint
from graphs.store.threads import Threads
from graphs.store.writer import Change

KEEP_LATEST, DELETE = "keep_latest", "delete"


class HistorySaver(BaseCheckpointSaver[int]):
    """Keeps one tenant's threads. A `put` waits for the thread's writes under way, and fails with them."""

    def __init__(self, database: Database, *, tenant: str, seal: Seal) -> None:
        """Seal every row."""
        super().__init__()
        self._database = database
        self._tenant = tenant
        self._codec = Codec(seal=seal, values=TypedValues())
        self._under_way: dict[str, set[asyncio.Future[None]]] = {}

    def get_next_version(self, current: int | None, channel: None) -> int:  # noqa: ARG002 - LangGraph's signature
        """Versions count up."""
        return 1 if current is None else current + 1

    def _place(self, thread: str, namespace: str, checkpoint_id: str) -> Place:
        return Place(tenant=self._tenant, thread=thread, namespace=namespace, slot=checkpoint_id)

    def _tuple(self, row: Checkpoint) -> CheckpointTuple:
        place = self._place(row.thread, row.namespace, row.id)
        return self._codec.tuple(place, row.id, row.parent, row.data, row.writes)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that is named, or the newest. Raises `CheckpointForged`."""
        wanted = named(config)
        async with self._database.unit_of_work(self._tenant) as unit:
            rows = await Threads(unit.session).checkpoints(
                wanted["thread_id"],
                namespace=wanted.get("checkpoint_ns", ""),
                checkpoint_id=wanted.get("checkpoint_id"),
            )
        return self._tuple(rows[0]) if rows else None

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The checkpoints of a thread, the newest first; `filter` compares metadata. Raises `CheckpointForged`."""
        wanted = named(config) if config else {}
        async with self._database.unit_of_work(self._tenant) as unit:
            rows = await Threads(unit.session).checkpoints(
                wanted.get("thread_id"),
                namespace=wanted.get("checkpoint_ns"),
                checkpoint_id=wanted.get("checkpoint_id"),
                before=named(before).get("checkpoint_id") if before else None,
            )
        shown = 0
        for row in rows:
            found = self._tuple(row)
            metadata: dict[str, Any] = {**found.metadata}
            if any(metadata.get(name) != value for name, value in (filter or {}).items()):
                continue
            if limit is not None and shown >= limit:
                return
            shown += 1
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: GraphCheckpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 - LangGraph's signature
    ) -> RunnableConfig:
        """Add a checkpoint. Raises what a write of its thread that is under way raises."""
        wanted = named(config)
        thread = wanted["thread_id"]
        await asyncio.gather(*self._under_way.get(thread, ()))
        complete = get_serializable_checkpoint_metadata(config, metadata)
        place = self._place(thread, wanted.get("checkpoint_ns", ""), checkpoint["id"])
        change = Change(self._tenant)
        change.add(
            CHECKPOINT,
            self._tenant,
            place.thread,
            place.namespace,
            place.slot,
            checkpoint["id"],
            wanted.get("checkpoint_id"),
            complete.get("run_id"),
            0,
            self._codec.checkpoint(place, checkpoint, complete),
            b"",
        )
        await self._database.writer.commit(change)
        return place.config(checkpoint["id"])

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Add a task's writes to the checkpoint that is named."""
        wanted = named(config)
        checkpoint_id = wanted["checkpoint_id"]
        place = self._place(wanted["thread_id"], wanted.get("checkpoint_ns", ""), checkpoint_id)
        items = [(WRITES_IDX_MAP.get(channel, index), channel, value) for index, (channel, value) in enumerate(writes)]
        sealed = self._codec.write(place, checkpoint_id, task_id, task_path, items)
        change = Change(self._tenant)
        change.add(WRITES, place.thread, place.namespace, place.slot, checkpoint_id, sealed)
        await self._while_under_way(place.thread, self._database.writer.commit(change))

    async def _while_under_way(self, thread: str, writing: Awaitable[None]) -> None:
        future = asyncio.ensure_future(writing)
        group = self._under_way.setdefault(thread, set())
        group.add(future)
        try:
            await future
        finally:
            group.discard(future)
            if not group:
                self._under_way.pop(thread, None)

    async def adelete_thread(self, thread_id: str) -> None:
        """Remove a thread."""
        async with self._database.unit_of_work(self._tenant) as unit:
            await Threads(unit.session).delete([thread_id])

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Remove what these runs made."""
        async with self._database.unit_of_work(self._tenant) as unit:
            await Threads(unit.session).delete_runs(list(run_ids))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = KEEP_LATEST) -> None:
        """Keep only the newest checkpoint of each namespace, or nothing. Raises `ValueError` for another strategy."""
        if strategy not in (KEEP_LATEST, DELETE):
            raise ValueError(f"there is no strategy {strategy!r} (known: {KEEP_LATEST}, {DELETE})")
        async with self._database.unit_of_work(self._tenant) as unit:
            threads = Threads(unit.session)
            await (threads.delete(list(thread_ids)) if strategy == DELETE else threads.keep_latest(list(thread_ids)))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy a thread, each row sealed for its new place. Raises `CheckpointForged`; then nothing is copied."""
        async with self._database.unit_of_work(self._tenant) as unit:
            rows = await Threads(unit.session).checkpoints(source_thread_id)
            for row in rows:
                here = self._place(row.thread, row.namespace, row.id)
                there = self._place(target_thread_id, row.namespace, row.id)
                copied = Checkpoint(
                    tenant=self._tenant,
                    thread=target_thread_id,
                    namespace=row.namespace,
                    slot=row.slot,
                    id=row.id,
                    parent=row.parent,
                    run_id=row.run_id,
                    covered=row.covered,
                    data=self._codec.moved(here, there, row.id, row.data),
                    writes=self._codec.moved_writes(here, there, row.id, row.writes),
                )
                unit.session.add(copied)
