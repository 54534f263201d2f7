"""The tabs of an inbox: one person's view of the tasks, page by page, each page read in order from an index.

A page begins behind a place (deadline and id), not behind a number of rows: what comes in meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.inbox import UNANSWERED, listed, listing, of_tenant
from graphs.store.tables import Task

COUNTED = 1000
"""A tab is counted up to here."""
MAX_WORDS = 8


class Tab(StrEnum):
    """What part of the tasks: mine, others' of my roles, nobody's of my roles, what I answered, what I delegated."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    DONE = "done"
    DELEGATED = "delegated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Whose inbox; with `roles` None, of somebody who may answer tasks of every role."""

    tenant: str
    user_id: str
    roles: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSearch:
    """What is looked for: all `words` in title or question; `due_before` an instant; only `overdue` ones.

    `approvals`: only tasks that ask whether a proposed action may be carried out.
    """

    words: tuple[str, ...] = ()
    case_id: str | None = None
    role: str | None = None
    overdue: bool = False
    due_before: datetime | None = None
    approvals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended: the instant it is ordered by, and the id."""

    at: datetime
    id: str


EVERYTHING = TaskSearch()


class InboxTabs:
    """Reads tabs."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def page(
        self, viewer: Viewer, tab: Tab, search: TaskSearch, *, after: Place | None, limit: int, now: datetime
    ) -> Sequence[Task]:
        """The tab's tasks behind a place: unanswered ones by deadline, answered ones the newest first."""
        query = tab_query(viewer, tab, search, after=after, limit=limit, now=now)
        return [] if query is None else (await self._session.execute(query)).scalars().all()

    async def everyones(
        self,
        tenant: str,
        search: TaskSearch,
        *,
        status: Sequence[str],
        assignee_id: str | None,
        after: Place | None,
        limit: int,
        now: datetime,
    ) -> Sequence[Task]:
        """The tenant's tasks behind a place, by deadline, whoever they are for (indexes `inbox`, `inbox_of_person`)."""
        query = _found(listing(tenant, status=status, assignee_id=assignee_id, case_id=search.case_id), search, now=now)
        if search.role is not None:
            query = query.where(col(Task.role) == search.role)
        if after is not None:
            query = query.where(tuple_(col(Task.deadline_at), col(Task.id)) > (after.at, after.id))
        return (await self._session.execute(query.limit(limit))).scalars().all()

    async def counts(self, viewer: Viewer, *, now: datetime) -> dict[Tab, int]:
        """How many tasks are in each tab, `COUNTED` at most, in one statement."""
        counted: dict[Tab, ScalarSelect[int]] = {}
        for tab in Tab:
            parts = _limited(viewer, tab, EVERYTHING, after=None, limit=COUNTED, now=now)
            if parts:
                ids = _merged(parts, COUNTED) if len(parts) > 1 else parts[0].with_only_columns(col(Task.id))
                counted[tab] = select(func.count()).select_from(ids.subquery()).scalar_subquery()
        row = (await self._session.execute(select(*counted.values()))).one()
        return {**dict.fromkeys(Tab, 0), **dict(zip(counted, row, strict=True))}


def tab_query(
    viewer: Viewer, tab: Tab, search: TaskSearch, *, after: Place | None, limit: int, now: datetime
) -> Select[Any] | None:
    """The query of a page, None where nothing can be in it.

    Indexes: `inbox_of_person` (mine), `inbox_of_role` (team), `inbox_unassigned`, `inbox_delegated`, `tasks_done`; for
    every role `inbox` and `inbox_of_person`. Of several roles, each is read in order up to the limit, and merged.
    """
    parts = _limited(viewer, tab, search, after=after, limit=limit, now=now)
    if len(parts) < 2:
        return listed(parts[0]) if parts else None
    # Merged by what orders them, and only the page's rows are read whole.
    query = listed(select(Task)).where(col(Task.id).in_(_merged(parts, limit)))
    return query.order_by(col(Task.deadline_at), col(Task.id))


def _limited(
    viewer: Viewer, tab: Tab, search: TaskSearch, *, after: Place | None, limit: int, now: datetime
) -> list[Select[Task]]:
    parts = _parts(viewer, tab, search.role)
    return [_ordered(tab, _found(part, search, now=now), after).limit(limit) for part in parts]


def _merged(parts: Sequence[Select[Task]], limit: int) -> Select[str]:
    """Ids of the first tasks of all parts by deadline."""
    narrow = [part.with_only_columns(col(Task.id), col(Task.deadline_at)).subquery().select() for part in parts]
    every = union_all(*narrow).subquery()
    return select(every.c.id).order_by(every.c.deadline_at, every.c.id).limit(limit)


def _parts(viewer: Viewer, tab: Tab, role: str | None) -> list[Select[Task]]:
    """The tab's tasks, a part for each role where it is about roles."""
    me, unanswered = viewer.user_id, of_tenant(viewer.tenant, UNANSWERED)
    own = {
        Tab.MINE: unanswered.where(col(Task.assignee_id) == me),
        Tab.DELEGATED: unanswered.where(col(Task.delegated_by) == me),
        Tab.DONE: of_tenant(viewer.tenant, ("answered",)).where(col(Task.decided_by) == me),
    }
    if tab in own:
        return [own[tab] if role is None else own[tab].where(col(Task.role) == role)]
    whose: ColumnElement[bool] = (
        col(Task.assignee_id).is_(None)
        if tab is Tab.UNASSIGNED
        else col(Task.assignee_id).is_not(None) & (col(Task.assignee_id) != me)
    )
    wanted = viewer.roles if role is None else (role,) if viewer.roles is None or role in viewer.roles else ()
    if wanted is None:
        return [unanswered.where(whose)]
    return [of_tenant(viewer.tenant, UNANSWERED).where(whose, col(Task.role) == one) for one in wanted]


def _found(query: Select[Task], search: TaskSearch, *, now: datetime) -> Select[Task]:
    if search.case_id is not None:
        query = query.where(col(Task.case_id) == search.case_id)
    if search.overdue:
        # What is overdue stands at the front of the index.
        query = query.where(col(Task.deadline_at) <= now, col(Task.overdue).is_(True))
    if search.due_before is not None:
        query = query.where(col(Task.deadline_at) < search.due_before)
    if search.approvals:
        query = query.where(func.jsonb_typeof(col(Task.action)) == "object")
    for word in search.words[:MAX_WORDS]:
        query = query.where(
            col(Task.title).icontains(word, autoescape=True) | col(Task.question).icontains(word, autoescape=True)
        )
    return query


def _ordered(tab: Tab, query: Select[Task], after: Place | None) -> Select[Task]:
    if tab is Tab.DONE:
        if after is not None:
            query = query.where(tuple_(col(Task.decided_at), col(Task.id)) < (after.at, after.id))
        return query.order_by(col(Task.decided_at).desc(), col(Task.id).desc())
    if after is not None:
        query = query.where(tuple_(col(Task.deadline_at), col(Task.id)) > (after.at, after.id))
    return query.order_by(col(Task.deadline_at), col(Task.id))
