"""The list of cases: looked for by many questions, page by page, each page read in order from an index.

Where a filter has no index of its own, a page looks through `LOOKED_THROUGH` cases at most and says where it stopped:
the next page goes on there, even if this one is empty. So no question reads all cases, however rare what it looks for.
No column that every step changes is indexed for this: PostgreSQL would no longer update the row in place.
"""

# ruff: noqa: S608 - the parts are constants of this module, every value is a parameter

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.case_search import MAX_WORDS, CaseOrder, CaseSearch, WaitingFor
from graphs.store.inbox_tabs import Place
from graphs.store.tables import Case

LOOKED_THROUGH = 10_000
COUNTED = 1000
"""Cases are counted up to here."""

NEAREST = """(
  SELECT min(d.at) FROM (
    SELECT k.due_at AS at FROM deadline_clocks k WHERE k.case_id = c.id AND k.status = 'running'
    UNION ALL
    SELECT t.deadline_at FROM tasks t WHERE t.case_id = c.id AND t.status IN ('open', 'claimed')) d)"""
"""When the case is due next (index `clocks_of_case`, constraint `task_of_visit`)."""
OPEN_TASK = "SELECT FROM tasks t WHERE t.case_id = c.id AND t.status IN ('open', 'claimed')"
WAITS: Mapping[WaitingFor, str] = {
    WaitingFor.PERSON: f"EXISTS ({OPEN_TASK} AND t.assignee_id IS NOT NULL)",
    WaitingFor.TASK: f"EXISTS ({OPEN_TASK} AND t.assignee_id IS NULL)",
    WaitingFor.MESSAGE: "EXISTS (SELECT FROM subscriptions s WHERE s.case_id = c.id AND s.status = 'waiting')",
    WaitingFor.TIMER: """EXISTS (SELECT FROM timers r WHERE r.case_id = c.id AND r.subject = 'step'
      AND r.status IN ('set', 'paused'))""",
}
STANDS_AT = f"""(c.step = :step AND c.status = 'running' OR EXISTS ({OPEN_TASK} AND t.step = :step)
  OR EXISTS (SELECT FROM subscriptions s WHERE s.case_id = c.id AND s.status = 'waiting' AND s.step = :step)
  OR EXISTS (SELECT FROM timers r WHERE r.case_id = c.id AND r.subject = 'step' AND r.status IN ('set', 'paused')
    AND r.subject_id = c.id || '/' || :step)
  OR EXISTS (SELECT FROM incidents i WHERE i.case_id = c.id AND i.status = 'open' AND i.failed_step = :step))"""
HAS_IT = """c.id IN (SELECT t.case_id FROM tasks t WHERE t.tenant = :tenant AND t.assignee_id = :owner
  AND t.status IN ('open', 'claimed'))"""
"""Index `inbox_of_person`."""

DUE_PARTS = (
    """SELECT k.case_id AS id, k.due_at AS at FROM deadline_clocks k
    WHERE k.tenant = :tenant AND k.status = 'running' AND k.breached_at IS NULL AND k.due_at IS NOT NULL{since}
    ORDER BY k.due_at, k.case_id LIMIT :window""",
    """SELECT k.case_id AS id, k.due_at AS at FROM deadline_clocks k
    WHERE k.tenant = :tenant AND k.status = 'running' AND k.breached_at IS NOT NULL{since}
    ORDER BY k.due_at, k.case_id LIMIT :window""",
    """SELECT k.case_id AS id, k.deadline_at AS at FROM tasks k
    WHERE k.tenant = :tenant AND k.status IN ('open', 'claimed'){since}
    ORDER BY k.deadline_at, k.case_id LIMIT :window""",
)
"""What is due, from which case's clocks and tasks (indexes `clocks_by_due`, `clocks_at_risk`, `inbox`)."""

COUNT_OF = "(SELECT count(*) FROM (SELECT FROM cases WHERE tenant = :tenant AND status = '{status}' LIMIT :most) s)"
COUNTS = "SELECT " + ", ".join(
    f"{COUNT_OF.format(status=status)} AS {status}"
    for status in ("running", "waiting", "suspended", "incident", "compensating", "done", "rejected", "cancelled")
)
"""Index `cases_by_status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCases:
    """A page of cases, in order, each with the instant it is ordered by; `ended` where the next one begins behind."""

    cases: Sequence[Case]
    ended: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCases:
    """How many cases a filter finds, up to `COUNTED`, and whether there may be more."""

    found: int
    more: bool


class CaseList:
    """Looks for cases of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def page(
        self, search: CaseSearch, order: CaseOrder, *, after: Place | None, limit: int, now: datetime
    ) -> FoundCases:
        """The cases behind a place."""
        places, horizon = await self._places(search, order, after=after, limit=limit + 1, now=now)
        shown = places[:limit]
        rows = (await self._session.execute(select(Case).where(col(Case.id).in_([one.id for one in shown])))).scalars()
        cases = {case.id: case for case in rows}
        ended = shown[-1] if len(places) > limit else horizon
        return FoundCases(cases=[cases[one.id] for one in shown], ended=ended)

    async def ids(self, search: CaseSearch, *, limit: int, now: datetime) -> tuple[list[str], bool]:
        """The first of what a filter finds, the oldest first, and whether that may not be all."""
        places, horizon = await self._places(search, CaseOrder.OLDEST, after=None, limit=limit + 1, now=now)
        return [one.id for one in places[:limit]], len(places) > limit or horizon is not None

    async def counted(self, search: CaseSearch, *, now: datetime) -> CountedCases:
        """How many cases a filter finds."""
        found, more = await self.ids(search, limit=COUNTED, now=now)
        return CountedCases(found=len(found), more=more)

    async def by_status(self) -> Mapping[str, int]:
        """How many cases have each status, `COUNTED` at most."""
        row = (await self._session.execute(text(COUNTS), {"tenant": self._tenant, "most": COUNTED})).mappings().one()
        return {name: int(number) for name, number in row.items()}

    async def _places(
        self, search: CaseSearch, order: CaseOrder, *, after: Place | None, limit: int, now: datetime
    ) -> tuple[list[Place], Place | None]:
        query, values = case_query(self._tenant, search, order, after=after, limit=limit, now=now)
        rows = (await self._session.execute(query, values)).all()
        first = rows[0]
        horizon = Place(at=first.horizon_at, id=first.horizon_id) if first.horizon_id is not None else None
        return [Place(at=row.at, id=row.id) for row in rows if row.id is not None], horizon


def case_query(
    tenant: str, search: CaseSearch, order: CaseOrder, *, after: Place | None, limit: int, now: datetime
) -> tuple[TextClause, dict[str, Any]]:
    """The statement of a page, and its values.

    It reads a part for each status (index `cases_by_status`; without one `cases_by_age`), or for each kind of
    deadline, up to a window, merges them, and leaves out what does not fit. Behind the end of a part that was not read
    whole nothing is said: that is the horizon, from which the next page goes on.
    """
    filters, values = _filters(search, order, now)
    values |= {"tenant": tenant, "limit": limit, "window": LOOKED_THROUGH if filters else limit}
    if after is not None:
        values |= {"at": after.at, "id": after.id}
    parts = _due_parts(after) if order is CaseOrder.DEADLINE else _aged_parts(search, order, after, values)
    descending = order is CaseOrder.NEWEST
    way, back, behind = ("DESC", "ASC", "<") if descending else ("ASC", "DESC", ">")
    named = ", ".join(f"p{place} AS MATERIALIZED ({part})" for place, part in enumerate(parts))
    merged = " UNION ".join(f"SELECT at, id FROM p{place}" for place in range(len(parts)))
    last = " UNION ALL ".join(
        f"(SELECT at, id FROM p{place} WHERE (SELECT count(*) FROM p{place}) = :window"
        f" ORDER BY at {back}, id {back} LIMIT 1)"
        for place in range(len(parts))
    )
    # Each case is looked up on its own (`OFFSET 0` keeps it so): a join would rather read all cases than ten thousand.
    fitting = f" JOIN LATERAL (SELECT FROM cases c WHERE c.id = w.id AND {' AND '.join(filters)} OFFSET 0) c ON true"
    beginning = f" AND (w.at, w.id) {behind} (:at, :id)" if after is not None else ""
    return text(
        f"""
        WITH {named},
        h AS MATERIALIZED (SELECT at, id FROM ({last}) f ORDER BY at {way}, id {way} LIMIT 1),
        found AS (
          SELECT w.at, w.id FROM ({merged}) w{fitting if filters else ""}
          WHERE NOT EXISTS (SELECT FROM h WHERE (w.at, w.id) {behind} (h.at, h.id)){beginning}
          ORDER BY w.at {way}, w.id {way} LIMIT :limit
        )
        SELECT found.at, found.id, h.at AS horizon_at, h.id AS horizon_id
        FROM (SELECT 1) always LEFT JOIN h ON true LEFT JOIN found ON true ORDER BY found.at {way}, found.id {way}
        """
    ), values


def _aged_parts(search: CaseSearch, order: CaseOrder, after: Place | None, values: dict[str, Any]) -> list[str]:
    """By when cases started: a part for each status that is looked for."""
    way, behind = ("DESC", "<") if order is CaseOrder.NEWEST else ("ASC", ">")
    conditions = ["c.tenant = :tenant"]
    if after is not None:
        conditions.append(f"(c.created_at, c.id) {behind} (:at, :id)")
    if search.started_from is not None:
        conditions.append("c.created_at >= :started_from")
    if search.started_before is not None:
        conditions.append("c.created_at < :started_before")
    if search.owner is not None:
        conditions.append(HAS_IT)
    wanted = [[*conditions, f"c.status = :status_{place}"] for place, _ in enumerate(search.statuses)] or [conditions]
    values |= {f"status_{place}": status for place, status in enumerate(search.statuses)}
    return [
        f"SELECT c.created_at AS at, c.id FROM cases c WHERE {' AND '.join(part)}"
        f" ORDER BY c.created_at {way}, c.id {way} LIMIT :window"
        for part in wanted
    ]


def _due_parts(after: Place | None) -> list[str]:
    """By when cases are due: a part for each kind of deadline."""
    columns = ("k.due_at", "k.due_at", "k.deadline_at")
    since = [f" AND {column} >= :at" if after is not None else "" for column in columns]
    return [part.format(since=one) for part, one in zip(DUE_PARTS, since, strict=True)]


def _filters(search: CaseSearch, order: CaseOrder, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """What is looked for besides what a part is read by, and the values of all of it."""
    due = f"c.status <> 'suspended' AND {NEAREST}"
    asked: list[tuple[object, str]] = [
        (search.process, "c.process = :process"),
        (search.stage, "c.stage = :stage"),
        (search.step, STANDS_AT),
        (search.overdue, f"{due} <= :now"),
        (search.due_before, f"{due} < :due_before"),
    ]
    if search.waiting is not None:
        asked.append((True, WAITS[search.waiting]))
    if order is CaseOrder.DEADLINE:
        asked += [
            (True, f"{due} = w.at"),
            (search.statuses, "c.status = ANY (:statuses)"),
            (search.owner, HAS_IT),
            (search.started_from, "c.created_at >= :started_from"),
            (search.started_before, "c.created_at < :started_before"),
        ]
    values: dict[str, Any] = {
        "process": search.process,
        "step": search.step,
        "stage": search.stage,
        "due_before": search.due_before,
        "now": now,
        "owner": search.owner,
        "started_from": search.started_from,
        "started_before": search.started_before,
        "statuses": list(search.statuses),
    }
    for place, word in enumerate(search.words[:MAX_WORDS]):
        asked.append((word, f"(c.title ILIKE :word_{place} ESCAPE '!' OR c.id LIKE :id_{place} ESCAPE '!')"))
        escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values |= {f"word_{place}": f"%{escaped}%", f"id_{place}": f"{escaped.lower()}%"}
    return [condition for wanted, condition in asked if wanted], values
