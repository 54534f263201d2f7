"""DBOS Transact on PostgreSQL: async workflows, LISTEN/NOTIFY; its history is its workflow and step tables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from dbos import DBOS, SetWorkflowID

from evals.bench import reference
from evals.bench.peers.driving import Job, main

TOPIC = "approval"
PATIENCE_SECONDS = 86_400
CONNECTIONS = 16


async def extract(number: str) -> dict[str, Any]:
    """Read the document."""
    return reference.extract(number)


async def policy(document: Mapping[str, Any]) -> dict[str, Any]:
    """Compare."""
    return reference.policy(document)


async def match(document: Mapping[str, Any]) -> dict[str, Any]:
    """Match."""
    return reference.match(document)


async def route(checked: Mapping[str, Any], matched: Mapping[str, Any]) -> str:
    """Choose."""
    return reference.route(checked, matched)


async def post(document: Mapping[str, Any], approval: Mapping[str, Any]) -> dict[str, Any]:
    """Post."""
    return reference.post(document, approval)


STEPS: dict[str, Any] = {activity.__name__: DBOS.step()(activity) for activity in (extract, policy, match, route, post)}
waits: dict[str, asyncio.Future[None]] = {}
"""By case: resolved just before the workflow waits, in the driver's own loop."""


async def p2p6(number: str) -> dict[str, Any]:
    """The workflow."""
    document = await STEPS["extract"](number)
    checked = await STEPS["policy"](document)
    matched = await STEPS["match"](document)
    await STEPS["route"](checked, matched)
    noticed(number)
    approval = await DBOS.recv_async(TOPIC, timeout_seconds=PATIENCE_SECONDS)
    posted: dict[str, Any] = await STEPS["post"](document, approval)
    return posted


def noticed(number: str) -> None:
    """Tell the driver that the case waits, from whichever loop the workflow runs in."""
    waiting = waits.get(number)
    if waiting is not None:
        waiting.get_loop().call_soon_threadsafe(resolve, waiting)


def resolve(waiting: asyncio.Future[None]) -> None:
    """Resolve once: a workflow that is run again passes here again."""
    if not waiting.done():
        waiting.set_result(None)


WORKFLOW: Any = DBOS.workflow()(p2p6)


class DbosPeer:
    """One executor."""

    def __init__(self, _variant: str) -> None:
        """Begin without cases."""
        self._handles: dict[str, Any] = {}

    async def open(self, job: Job) -> None:
        config: dict[str, Any] = {
            "name": "p2p6",
            "system_database_url": job.url,
            "executor_id": f"executor-{job.number}",
            "log_level": "ERROR",
            "run_admin_server": False,
            "sys_db_pool_size": CONNECTIONS,
        }
        DBOS(config=config)
        DBOS.launch()

    async def start_to_wait(self, number: str) -> None:
        waits[number] = asyncio.get_running_loop().create_future()
        with SetWorkflowID(number):
            self._handles[number] = await DBOS.start_workflow_async(WORKFLOW, number)
        await waits[number]

    async def signal_to_done(self, number: str) -> None:
        waits.pop(number)
        await DBOS.send_async(number, dict(reference.APPROVAL), topic=TOPIC)
        found = await self._handles.pop(number).get_result()
        if not found["by"]:
            raise RuntimeError(f"case {number} is not posted")

    async def close(self) -> None:
        DBOS.destroy()


if __name__ == "__main__":
    main(DbosPeer)
