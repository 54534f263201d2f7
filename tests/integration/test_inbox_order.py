"""The inbox is read in order from an index, so that its price does not grow with the number of waiting cases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphs.store.inbox import UNANSWERED, listing
from tests.support.engine import Engine
from tests.support.plans import plan_of


@pytest.mark.parametrize("status", [UNANSWERED, ("open",)], ids=["unanswered", "open"])
@pytest.mark.parametrize(("assignee", "index"), [(None, "inbox"), ("acme-berta", "inbox_of_person")])
async def test_no_task_is_sorted(engine: Engine, status: tuple[str, ...], assignee: str | None, index: str) -> None:
    query = listing("acme", status=status, assignee_id=assignee).limit(100)
    # So few rows would be read and sorted at once; a hundred thousand would not.
    plan = await plan_of(engine.database, query, without=("seqscan", "bitmapscan"))
    assert f"Index Scan using {index} on tasks" in plan
    assert "Sort" not in plan


async def test_the_earliest_deadline_comes_first(engine: Engine) -> None:
    asked = [await engine.asking() for _ in range(3)]
    async with engine.database.unit_of_work("acme") as unit:
        await unit.inbox.postpone(asked[0].id, timedelta(days=1))
        listed = await unit.inbox.listed("acme", status=UNANSWERED, limit=2)
    assert [task.case_id for task in listed] == [asked[1].id, asked[2].id]
