"""PostgreSQL goes away under load: what was acknowledged is there afterwards, and the workers go on by themselves."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from tests.chaos.load import Load
from tests.chaos.process import STRAIGHT
from tests.chaos.theatre import Theatre, now
from tests.support.own_cluster import OwnCluster

LOAD_SECONDS = 1.0
DOWN_SECONDS = 0.5
RECOVERED_SECONDS = 10.0


@pytest.mark.parametrize(
    "how", [pytest.param("fast", marks=pytest.mark.chaos), "kill", pytest.param("immediate", marks=pytest.mark.chaos)]
)
async def test_work_goes_on_within_ten_seconds_of_the_database_coming_back(
    cluster_theatre: Theatre, cluster: OwnCluster, how: Literal["fast", "immediate", "kill"]
) -> None:
    staged = cluster_theatre
    staged.open_notebook()
    for _ in range(2):
        staged.start_worker()
    load = Load(theatre=staged)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(load.send())
        reviewing = group.create_task(load.review())
        await asyncio.sleep(LOAD_SECONDS)
        await asyncio.to_thread(cluster.stop, how)
        await asyncio.sleep(DOWN_SECONDS)
        await asyncio.to_thread(cluster.start)
        up_at = now()
        await staged.finished(await load.accepted(STRAIGHT))
        recovered = now() - up_at
        load.stopping.set()
        await sending
        await staged.all_end()
        reviewing.cancel()
    print(  # noqa: T201
        f"{how}: a new case was done {recovered:.1f} s after the start; {len(staged.accepted)} cases, "
        f"{len(load.answered)} answers, {load.refused} refused while down"
    )
    assert load.refused > 0
    assert recovered <= RECOVERED_SECONDS
    await staged.comes_to_rest()
