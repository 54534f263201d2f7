"""A checkpoint that stands before a step: made by LangGraph itself, for a case that is put there from outside.

A graph of that one step is run up to it, in memory. Its channels and tasks have the names that the real graph gives
them, so the real graph, in either form, goes on from there. The journal is not needed to resume such a checkpoint: it
holds the whole state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import WRITES_IDX_MAP, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt

from graphs.runtime.codec import INTERRUPT, Codec, Place, PlainValues
from graphs.runtime.seal import Seal
from graphs.state import CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingCheckpoint:
    """A sealed checkpoint and, where the step waits, its sealed question."""

    id: str
    data: bytes
    writes: bytes


class _CountingSaver(InMemorySaver):
    """In memory, with versions that count up, as those of running cases do."""

    def get_next_version(self, current: Any, channel: None) -> Any:  # noqa: ARG002 - LangGraph's signature
        return 1 if current is None else current + 1


async def stand_before(
    step: str, before: CaseState, *, tenant: str, case_id: str, seal: Seal, waits: Mapping[str, Any] | None = None
) -> StandingCheckpoint:
    """The checkpoint of a case whose next step is `step`; with `waits`, it has asked that and waits for the answer."""
    saver = _CountingSaver()
    config: RunnableConfig = {"configurable": {"thread_id": case_id}}

    def node(state: CaseState) -> CaseState:
        interrupt(waits)
        return state

    builder: StateGraph[CaseState, None, CaseState, CaseState] = StateGraph(CaseState)
    builder.add_node(step, node)
    builder.add_edge(START, step)
    graph = builder.compile(checkpointer=saver, interrupt_before=None if waits else [step])
    await graph.ainvoke(before, config)
    found = await saver.aget_tuple(config)
    if found is None:
        raise AssertionError("LangGraph kept no checkpoint")
    return _sealed(
        found, Codec(seal=seal, values=PlainValues()), Place(tenant=tenant, thread=case_id, namespace="", slot="")
    )


def _sealed(found: CheckpointTuple, codec: Codec, place: Place) -> StandingCheckpoint:
    checkpoint = found.checkpoint
    data = codec.checkpoint(place, checkpoint, {"source": "loop", "step": found.metadata.get("step", 0), "parents": {}})
    asked = [(task, value) for task, channel, value in found.pending_writes or () if channel == INTERRUPT]
    writes = b"".join(
        codec.write(place, checkpoint["id"], task, "", [(WRITES_IDX_MAP[INTERRUPT], INTERRUPT, value)])
        for task, value in asked
    )
    return StandingCheckpoint(id=checkpoint["id"], data=data, writes=writes)
