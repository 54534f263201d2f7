"""Runs of the compiled graph in LangGraph, with its checkpoints."""

from __future__ import annotations

from collections.abc import MutableMapping

from langgraph.checkpoint.base import CheckpointTuple
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from graphs.errors import EngineError
from graphs.process import ProcessDefinition
from graphs.runtime.compile import CaseGraph, compile_graph
from graphs.runtime.drain import Drain, Drained
from graphs.runtime.resume import WAITING, answered, case_config, start_of
from graphs.runtime.run import Run
from graphs.runtime.saver import CaseSaver
from graphs.runtime.seal import Seal
from graphs.runtime.strictness import require_strict_msgpack
from graphs.store.claims import SavedCheckpoint


class DrainControl(RunControl):
    """LangGraph's view of a drain."""

    __slots__ = ("_drain",)

    def __init__(self, drain: Drain) -> None:
        """Ask `drain`."""
        super().__init__()
        self._drain = drain

    @property
    def drain_requested(self) -> bool:
        """Whether somebody asked."""
        return self._drain.requested

    @property
    def drain_reason(self) -> str | None:
        """Why."""
        return self._drain.reason


class GraphRunner:
    """Runs cases in LangGraph, a node a stretch or a node a step; `runs` are those under way, by case."""

    def __init__(self, seal: Seal, runs: MutableMapping[str, Run], *, drain: Drain, stretches: bool) -> None:
        """Compiles a definition when its first case comes. Raises `MsgpackNotStrict`."""
        require_strict_msgpack()
        self._saver = CaseSaver(seal, runs)
        self._control = DrainControl(drain)
        self._stretches = stretches
        self._graphs: dict[str, CaseGraph] = {}

    def load(self, run: Run, saved: SavedCheckpoint) -> CheckpointTuple:
        """The checkpoint that the claim brought, opened. Raises `CheckpointForged`."""
        return self._saver.load(run, saved)

    async def resume(self, run: Run) -> None:
        """Run the case to its next wait or its end, and commit. Raises `Drained`."""
        begin = start_of(run)
        if begin is WAITING:
            run.pending.wait()
        while begin is not WAITING:
            run.asked = ()
            try:
                await self._graph(run.definition).ainvoke(
                    begin,
                    case_config(run),
                    context=run,
                    durability="sync",
                    control=self._control,
                    output_keys=["route"],
                )
            except GraphDrained as drained:
                raise Drained(drained.reason) from drained
            begin = answered(run.asked, run)
        # LangGraph goes on when a write in the background fails; so its failure is asked for here.
        await run.pending.commit(release=run.pending.status == "waiting" and not run.pending.at_rest)
        if run.pending.status == "running" and not run.asked:
            raise EndedInSilence(f"the graph of case {run.case.id} came to rest without a wait or an end")

    def _graph(self, definition: ProcessDefinition) -> CaseGraph:
        if definition.digest not in self._graphs:
            self._graphs[definition.digest] = compile_graph(definition, self._saver, stretches=self._stretches)
        return self._graphs[definition.digest]


class EndedInSilence(EngineError):
    """The graph came to rest although the case neither waits nor has ended."""

    code = "ended_in_silence"
