"""The network between a worker and what it talks to resets, swallows, delays and cuts; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest

from graphs.store.writer import Writer
from tests.chaos.hatchery import PATIENCE_SECONDS
from tests.chaos.process import ASKED, STRAIGHT
from tests.chaos.theatre import Theatre
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.own_cluster import OwnCluster

FAULT_SECONDS = 0.5
DELAY_SECONDS = 0.2
RECOVERED_SECONDS = 15
FAULTS: dict[str, tuple[Fault, int]] = {
    "reset": ("reset", 0),
    "black hole": ("black_hole", 0),
    "delay": ("delay", 0),
    "cut before the answer": ("cut", 0),
    "cut in the answer": ("cut", 40),
}
BETWEEN_DATABASE = [
    pytest.param(name, marks=[] if name in ("delay", "reset") else [pytest.mark.chaos]) for name in FAULTS
]


async def passes(proxy: FaultyProxy, name: str) -> None:
    """The fault begins, hits somebody, lasts for a while and ends."""
    fault, after_bytes = FAULTS[name]
    proxy.begin(fault, delay_seconds=DELAY_SECONDS, after_bytes=after_bytes)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await proxy.faulted.wait()
    await asyncio.sleep(FAULT_SECONDS)
    proxy.heal()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_between_worker_and_target_leaves_one_effect(theatre: Theatre, fault: str) -> None:
    theatre.limit = timedelta(seconds=1)
    theatre.open_notebook()
    proxy = FaultyProxy(port=theatre.port)
    async with proxy.running() as port:
        theatre.target_port = port
        theatre.start_worker()
        for _ in range(3):
            await theatre.accept(STRAIGHT)
        await passes(proxy, fault)
        await theatre.all_end()
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 3


@pytest.mark.parametrize("fault", BETWEEN_DATABASE)
async def test_a_fault_between_worker_and_database_leaves_one_effect(
    cluster_theatre: Theatre, cluster: OwnCluster, fault: str
) -> None:
    theatre = cluster_theatre
    theatre.open_notebook()
    proxy = FaultyProxy(port=cluster.port)
    async with proxy.running() as port:
        theatre.worker_url = cluster.url(theatre.urls.name, user="interlock_app", port=port)
        await theatre.hatch().working()
        for subject in (STRAIGHT, ASKED, STRAIGHT, STRAIGHT):
            await theatre.accept(subject)
        await passes(proxy, fault)
        await theatre.accept(STRAIGHT)
        await theatre.pauses(within_seconds=RECOVERED_SECONDS)
        for case_id in theatre.accepted.values():
            if (await theatre.engine.case(case_id)).status == "waiting":
                await theatre.approve(case_id)
        await theatre.all_end()
        await theatre.comes_to_rest()
    assert len(theatre.written()) == 5


async def test_a_connection_that_swallows_everything_is_hung_up_and_the_next_one_writes(
    cluster_theatre: Theatre, cluster: OwnCluster
) -> None:
    """Nothing ever comes over it again: neither an answer nor an end, and the server's time limits are not heard."""
    theatre = cluster_theatre
    proxy = FaultyProxy(port=cluster.port)
    async with proxy.running() as port:
        url = cluster.url(theatre.urls.name, user="interlock_app", port=port)
        theatre.database.writer = Writer(url, role=None)
        theatre.database.writer.answer_seconds = 0.5
        await theatre.accept(STRAIGHT)
        proxy.begin("black_hole")
        with pytest.raises(psycopg.OperationalError):
            await theatre.accept(STRAIGHT)
        proxy.fault = "none"
        await theatre.accept(STRAIGHT)
        await theatre.database.writer.close()
    assert await theatre.count_cases() == 2
