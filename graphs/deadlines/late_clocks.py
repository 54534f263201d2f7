"""Clocks of cases that were accepted while nobody could say which service levels count: workers start them, once.

The row of the levels says that there may be such cases, until a look has found none without a clock; who accepts
another meanwhile says it again. A clock started so counts from the acceptance, as if it had been started then. What
a worker has at the moment is that worker's; should it have read the levels too early, the next look finds the case.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import structlog

from graphs.admission import READ_AGAIN
from graphs.analysis import is_analysis
from graphs.deadlines.active_levels import ActiveLevels
from graphs.deadlines.case_clocks import CaseClocks, accepted_view, first_place
from graphs.errors import DefinitionMissing, LeaseLost
from graphs.orders import SUSPENDED
from graphs.runtime.services import Services
from graphs.store.levels_to_follow import LevelsToFollow, ToFollow
from graphs.store.patience import ANSWER_SECONDS
from graphs.store.statements import CLOCKS, FENCE
from graphs.store.tables import Case
from graphs.store.writer import Change

AT_ONCE = 100
SETTLED = READ_AGAIN + timedelta(seconds=ANSWER_SECONDS)
"""So long after levels were set a case may still come in from somebody who had not heard of them."""

log = structlog.get_logger(__name__)


async def start_late_clocks(services: Services, *tenants: str) -> int:
    """Start the clocks that are missing; returns how many cases got theirs. Every worker may, one at a time does."""
    set_before = services.clock() - SETTLED
    async with services.database.unit_of_work(*tenants) as unit:
        marks = LevelsToFollow(unit.session)
        if not await marks.listed(set_before=set_before) or not await marks.alone():
            return 0
        behind = await marks.listed(set_before=set_before)
        return sum([await _of_process(services, levels) for levels in behind])


async def _of_process(services: Services, levels: ToFollow) -> int:
    active = await services.level_shelf.active(levels.tenant, levels.process)
    if active is None or active.version != levels.version:
        return 0
    given, left = 0, 0
    async for cases in _pages(services, levels):
        outcomes = await asyncio.gather(*(_given(services, active, case) for case in cases))
        given += outcomes.count(True)
        left += outcomes.count(None)
    if left == 0:
        async with services.database.unit_of_work(levels.tenant) as unit:
            await LevelsToFollow(unit.session).followed(levels)
    return given


async def _pages(services: Services, levels: ToFollow) -> AsyncIterator[Sequence[Case]]:
    for at_rest in (False, True):
        after = ""
        while True:
            async with services.database.unit_of_work(levels.tenant) as unit:
                marks = LevelsToFollow(unit.session)
                cases = await marks.untaken(levels, at_rest=at_rest, after=after, limit=AT_ONCE)
            if not cases:
                break
            yield cases
            after = cases[-1].id


async def _given(services: Services, active: ActiveLevels, case: Case) -> bool | None:
    """Whether the case got clocks; None while a worker has it: look again."""
    if case.lease_until is not None:
        return None
    if is_analysis(case):
        return False
    try:
        definition = services.definition_of(case)
    except DefinitionMissing:
        log.warning("clocks.without_definition", case_id=case.id, process=case.process, version=case.version)
        return False
    change = Change(case.tenant)
    clocks = CaseClocks(active=active, case=case)
    clocks.follow(first_place(definition), accepted_view(case), change, now=case.created_at)
    if CLOCKS.name not in change.rows:
        return False
    if case.status == SUSPENDED:
        clocks.suspend(change, now=services.clock())
    # Only while nobody has taken the case since it was read: a worker that has, starts them itself.
    unchanged = (None, None, None, None, None, 0, False, False, case.updated_at)
    change.add(FENCE, case.id, case.epoch, *unchanged)
    try:
        await services.database.writer.commit(change)
    except LeaseLost:
        return None
    return True
