"""Checkpoints as bytes: MessagePack of plain JSON data, under a seal. No pickles, no types from the store.

LangGraph's own serialiser rebuilds objects whose class the row names; here a row can only hold data. Where a thread
keeps its history (conformance, forks), values that are not JSON go through LangGraph's serialiser in its strict mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ormsgpack
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt

from graphs.errors import StateNotPlain
from graphs.runtime.seal import Seal

INTERRUPT = "__interrupt__"
PASS_ALL = (
    ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_UUID
)
KEYS = ormsgpack.OPT_NON_STR_KEYS

PendingWrite = tuple[str, str, Any]
"""(task id, channel, value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a checkpoint is stored; its seal is bound to it."""

    tenant: str
    thread: str
    namespace: str
    slot: str

    def of(self, checkpoint_id: str) -> str:
        """The place of one checkpoint."""
        return f"{self.tenant}/{self.thread}/{self.namespace}/{self.slot}/{checkpoint_id}"

    def config(self, checkpoint_id: str) -> RunnableConfig:
        """LangGraph's name for it."""
        found = {"thread_id": self.thread, "checkpoint_ns": self.namespace, "checkpoint_id": checkpoint_id}
        return {"configurable": found}


class PlainValues:
    """JSON data only: what a running case may keep. Raises `StateNotPlain` for anything else."""

    def dump(self, value: Any) -> bytes:
        try:
            return ormsgpack.packb(value, option=PASS_ALL)
        except TypeError as error:
            raise StateNotPlain(f"the state of a case is plain JSON data: {error}") from error

    def load(self, data: bytes) -> Any:
        return ormsgpack.unpackb(data)


class TypedValues:
    """JSON data as it is, other values through LangGraph's serialiser, which is strict."""

    def __init__(self) -> None:
        self._typed = JsonPlusSerializer(pickle_fallback=False)

    def dump(self, value: Any) -> bytes:
        try:
            return b"m" + ormsgpack.packb(value, option=PASS_ALL)
        except TypeError:
            kind, data = self._typed.dumps_typed(value)
            return b"t" + kind.encode() + b"\0" + data

    def load(self, data: bytes) -> Any:
        if data[:1] == b"m":
            return ormsgpack.unpackb(data[1:])
        kind, payload = data[1:].split(b"\0", 1)
        return self._typed.loads_typed((kind.decode(), payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """Packs and unpacks under a seal."""

    seal: Seal
    values: PlainValues | TypedValues

    def checkpoint(self, place: Place, checkpoint: Checkpoint, metadata: CheckpointMetadata) -> bytes:
        """The sealed row of a checkpoint."""
        versions = checkpoint["channel_versions"]
        channels = {
            name: self.values.dump(value) for name, value in checkpoint["channel_values"].items() if name in versions
        }
        updated = checkpoint.get("updated_channels")
        packed = [
            checkpoint["v"],
            checkpoint["ts"],
            versions,
            checkpoint["versions_seen"],
            list(updated) if updated is not None else None,
            channels,
            self.values.dump(metadata),
        ]
        return self.seal.close(place.of(checkpoint["id"]), ormsgpack.packb(packed, option=PASS_ALL | KEYS))

    def write(
        self, place: Place, checkpoint_id: str, task: str, path: str, writes: Sequence[tuple[int, str, Any]]
    ) -> bytes:
        """One sealed, length-prefixed record of a task's writes, each (index, channel, value)."""
        items = [(index, channel, self._write_value(channel, value)) for index, channel, value in writes]
        packed = ormsgpack.packb([task, path, [list(item) for item in items]], option=PASS_ALL)
        return _framed(self.seal.close(place.of(checkpoint_id), packed))

    def _write_value(self, channel: str, value: Any) -> bytes:
        if channel == INTERRUPT and isinstance(self.values, PlainValues):
            value = [[asked.value, asked.id] for asked in value]
        return self.values.dump(value)

    def writes(self, place: Place, checkpoint_id: str, data: bytes) -> list[PendingWrite]:
        """The pending writes of a checkpoint; a later write of the same task and index replaces an earlier special one.

        Raises `CheckpointForged`.
        """
        found: dict[tuple[str, int], PendingWrite] = {}
        for record in _records(data):
            task, _path, items = ormsgpack.unpackb(self.seal.open(place.of(checkpoint_id), record))
            for index, channel, packed in items:
                if index < 0 or (task, index) not in found:
                    found[(task, index)] = (task, channel, self._read_value(channel, packed))
        return list(found.values())

    def _read_value(self, channel: str, packed: bytes) -> Any:
        value = self.values.load(packed)
        if channel == INTERRUPT and isinstance(self.values, PlainValues):
            return tuple(Interrupt(value=asked, id=name) for asked, name in value)
        return value

    def tuple(
        self, place: Place, checkpoint_id: str, parent: str | None, data: bytes, writes: bytes
    ) -> CheckpointTuple:
        """The row as LangGraph wants it. Raises `CheckpointForged`."""
        packed = ormsgpack.unpackb(self.seal.open(place.of(checkpoint_id), data), option=KEYS)
        version, at, versions, seen, updated, channels, metadata = packed
        checkpoint = Checkpoint(
            v=version,
            id=checkpoint_id,
            ts=at,
            channel_values={name: self.values.load(value) for name, value in channels.items()},
            channel_versions=versions,
            versions_seen=seen,
            updated_channels=updated,
        )
        return CheckpointTuple(
            config=place.config(checkpoint_id),
            checkpoint=checkpoint,
            metadata=self.values.load(metadata),
            parent_config=place.config(parent) if parent else None,
            pending_writes=self.writes(place, checkpoint_id, writes),
        )

    def moved(self, here: Place, there: Place, checkpoint_id: str, data: bytes) -> bytes:
        """The same bytes, sealed for another place. Raises `CheckpointForged`."""
        return self.seal.close(there.of(checkpoint_id), self.seal.open(here.of(checkpoint_id), data))

    def moved_writes(self, here: Place, there: Place, checkpoint_id: str, data: bytes) -> bytes:
        """The same writes, sealed for another place. Raises `CheckpointForged`."""
        return b"".join(_framed(self.moved(here, there, checkpoint_id, record)) for record in _records(data))


def named(config: RunnableConfig) -> dict[str, Any]:
    """LangGraph's name of a checkpoint."""
    return dict(config.get("configurable", {}))


def _framed(record: bytes) -> bytes:
    return len(record).to_bytes(4, "big") + record


def _records(data: bytes) -> Iterable[bytes]:
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 4 + length]
        position += 4 + length
