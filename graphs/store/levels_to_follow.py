"""Service levels that cases wait for: who accepts a case without knowing which count, says so in their row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.deadline_tables import ServiceLevelsRow
from graphs.store.tables import Case

ALONE = text("SELECT pg_try_advisory_xact_lock(4157053)")
BEHIND = text(
    """
    SELECT s.tenant, s.process, s.version, s.to_follow FROM service_levels s
    WHERE s.to_follow IS NOT NULL AND s.since <= :before
      AND NOT EXISTS (SELECT FROM service_levels n
        WHERE n.tenant = s.tenant AND n.process = s.process AND n.version > s.version)
    ORDER BY s.tenant, s.process
    """
)
UNTAKEN = """
SELECT c.* FROM cases c
WHERE c.status IN ({statuses}) AND c.id > :after AND c.tenant = :tenant AND c.process = :process AND c.journaled = 0
  AND NOT EXISTS (SELECT FROM deadline_clocks k WHERE k.case_id = c.id)
ORDER BY c.id LIMIT :limit
"""
IN_QUEUE = text(UNTAKEN.format(statuses="'running'"))
AT_REST = text(UNTAKEN.format(statuses="'waiting', 'incident', 'suspended'"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFollow:
    """The newest service levels of a process; `mark` tells apart what was said before from what is said after."""

    tenant: str
    process: str
    version: int
    mark: str


def new_mark() -> str:
    """A mark that no other is equal to."""
    return str(uuid.uuid4())


class LevelsToFollow:
    """The marks in the rows of service levels, and the cases that they are about."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def alone(self) -> bool:
        """Be the only one that follows levels until the transaction ends; says whether it is."""
        return bool((await self._session.execute(ALONE)).scalar_one())

    async def listed(self, *, set_before: datetime) -> Sequence[ToFollow]:
        """What is still to be followed, of levels that were set before then (index `levels_to_follow`)."""
        rows = (await self._session.execute(BEHIND, {"before": set_before})).all()
        return [ToFollow(tenant=row[0], process=row[1], version=row[2], mark=row[3]) for row in rows]

    async def untaken(self, levels: ToFollow, *, at_rest: bool, after: str, limit: int) -> Sequence[Case]:
        """Cases of the process that no worker has gone on with and that have no clock, by id behind `after`.

        One pass over what has not ended (indexes `cases_under_way`, `cases_at_rest`, `clocks_of_case`).
        """
        values = {"tenant": levels.tenant, "process": levels.process, "after": after, "limit": limit}
        query = select(Case).from_statement((AT_REST if at_rest else IN_QUEUE).bindparams(**values))
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalars().all()

    async def followed(self, levels: ToFollow) -> None:
        """Take the mark away if it is still the same: a case that was accepted meanwhile has set another."""
        query = update(ServiceLevelsRow).where(
            col(ServiceLevelsRow.tenant) == levels.tenant,
            col(ServiceLevelsRow.process) == levels.process,
            col(ServiceLevelsRow.version) == levels.version,
            col(ServiceLevelsRow.to_follow) == levels.mark,
        )
        await self._session.execute(query.values(to_follow=None))
