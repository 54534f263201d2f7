"""Bare LangGraph on PostgreSQL, `durability="sync"`: its checkpoints are its history.

`apg`: one AsyncPostgresSaver on a pool of 16 connections. `apg16`: sixteen savers with a connection each, because a
saver uses one connection at a time however large its pool is.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from evals.bench import reference
from evals.bench.peers.driving import Job, main

CONNECTIONS = 16
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]


class State(TypedDict, total=False):
    """What the graph keeps."""

    case_id: str
    document: dict[str, Any]
    policy: dict[str, Any]
    match: dict[str, Any]
    route: str
    approval: dict[str, Any]
    erp: dict[str, Any]


def extract(state: State) -> State:
    """Read the document."""
    return {"document": reference.extract(state["case_id"])}


def policy(state: State) -> State:
    """Compare."""
    return {"policy": reference.policy(state["document"])}


def match(state: State) -> State:
    """Match."""
    return {"match": reference.match(state["document"])}


def route(state: State) -> State:
    """Choose."""
    return {"route": reference.route(state["policy"], state["match"])}


def approve(state: State) -> State:
    """Ask a person."""
    return {"approval": interrupt({"ask": "approve", "case": state["case_id"]})}


def resolve(state: State) -> State:
    """Ask a person about an exception."""
    return {"approval": interrupt({"ask": "exception", "case": state["case_id"]})}


def post(state: State) -> State:
    """Post."""
    return {"erp": reference.post(state["document"], state["approval"])}


def chosen(state: State) -> str:
    """Where `route` goes."""
    return state["route"]


def compiled(saver: BaseCheckpointSaver[Any]) -> Any:
    """The graph, checkpointed by `saver`."""
    builder = StateGraph(State)
    nodes = {"extract": extract, "policy": policy, "match": match, "route": route, "approve": approve}
    for name, node in {**nodes, "exception": resolve, "post": post}.items():
        builder.add_node(name, node)
    way = [START, "extract", "policy", "match", "route"]
    for before, after in [*pairwise(way), ("approve", "post"), ("exception", "post"), ("post", END)]:
        builder.add_edge(before, after)
    builder.add_conditional_edges("route", chosen, ["approve", "exception"])
    return builder.compile(checkpointer=saver)


class LangGraphPeer:
    """One or sixteen graphs, each on its saver; a case stays with one of them."""

    def __init__(self, variant: str) -> None:
        """Raises `KeyError` for an unknown variant."""
        self._savers = {"apg": 1, "apg16": CONNECTIONS}[variant]
        self._pools: list[Pool] = []
        self._graphs: list[Any] = []

    async def open(self, job: Job) -> None:
        size = CONNECTIONS // self._savers
        keywords: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        for number in range(self._savers):
            pool: Pool = AsyncConnectionPool(job.url, min_size=size, max_size=size, open=False, kwargs=keywords)
            await pool.open(wait=True)
            self._pools.append(pool)
            saver = AsyncPostgresSaver(pool)
            if number == 0:
                await saver.setup()
            self._graphs.append(compiled(saver))

    def _place(self, number: str) -> tuple[Any, RunnableConfig]:
        graph = self._graphs[int(number.rpartition("-")[2]) % len(self._graphs)]
        return graph, {"configurable": {"thread_id": number}}

    async def start_to_wait(self, number: str) -> None:
        graph, config = self._place(number)
        found = await graph.ainvoke({"case_id": number}, config, durability="sync")
        if "__interrupt__" not in found:
            raise RuntimeError(f"case {number} does not wait")

    async def signal_to_done(self, number: str) -> None:
        graph, config = self._place(number)
        found = await graph.ainvoke(Command(resume=dict(reference.APPROVAL)), config, durability="sync")
        if not found["erp"]["by"]:
            raise RuntimeError(f"case {number} is not posted")

    async def close(self) -> None:
        for pool in self._pools:
            await pool.close()


if __name__ == "__main__":
    main(LangGraphPeer)
