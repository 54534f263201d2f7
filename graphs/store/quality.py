"""Review quality: what was looked at, known-answer cases and second reviews, and the answers they are told of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.routing.people.need import EFFORT_MINUTES
from graphs.store.inbox import UNANSWERED
from graphs.store.people_tables import Role, Team, TeamMember, User, UserRole
from graphs.store.quality_tables import QualityProbe, QualityRate, QualityRound, TaskView
from graphs.store.rows import affected
from graphs.store.tables import Task

KNOWN, SECOND = "known", "second"
WAITING, ASKED, SCORED, VOID = "waiting", "asked", "scored", "void"
MOST = 20_000
"""Answers that one look at the figures counts."""

ANSWERED = text(
    """
    SELECT t.id FROM tasks t JOIN cases c ON c.id = t.case_id AND NOT jsonb_exists(c.summary, 'analysis_of')
    WHERE t.tenant = :tenant AND t.status = 'answered' AND t.decided_at > :after AND t.decided_at <= :until
      AND t.role = ANY (:roles)
    ORDER BY t.decided_at, t.id
    """
)
"""What was answered of late for these roles (index `tasks_answered`)."""
REVIEWED = text(
    """
    SELECT t.decided_by AS by, t.decision ->> 'decision' AS decision,
      coalesce(jsonb_exists(t.form -> 'choices', 'approve'), false) AS approvable,
      t.form -> 'evidence_required' AS required, t.decided_at, w.first, w.last, w.seconds,
      ARRAY (SELECT DISTINCT jsonb_object_keys(v.evidence) FROM task_views v
        WHERE v.tenant = t.tenant AND v.task_id = t.id AND v.user_id = t.decided_by AND v.opened_at <= t.decided_at
      ) AS opened
    FROM tasks t JOIN cases c ON c.id = t.case_id AND NOT jsonb_exists(c.summary, 'analysis_of')
    LEFT JOIN LATERAL (
      SELECT min(v.opened_at) AS first, max(v.opened_at) AS last, sum(v.seconds)::int AS seconds FROM task_views v
      WHERE v.tenant = t.tenant AND v.task_id = t.id AND v.user_id = t.decided_by AND v.opened_at <= t.decided_at
    ) w ON true
    WHERE t.tenant = :tenant AND t.status = 'answered' AND t.decided_at >= :since AND t.decided_at < :until
      AND t.decided_by = ANY (:people) AND (CAST(:role AS text) IS NULL OR t.role = :role)
    ORDER BY t.decided_at DESC LIMIT :most
    """
)
"""The people's answers in the period, with what each had looked at by then (index `tasks_answered`)."""
STRANDED = text(
    """
    UPDATE quality_probes p SET status = 'void' FROM cases c
    WHERE p.tenant = :tenant AND p.status = 'asked' AND c.id = p.copy_id AND c.ended_at IS NOT NULL
    """
)
"""A copy that ended without its answer, cancelled for instance, measures nothing."""

SEEDS = text(
    """
    SELECT count(*) AS seeds, count(*) FILTER (WHERE expected ->> 'decision' <> 'approve') AS traps
    FROM quality_probes WHERE tenant = :tenant AND kind = 'known' AND role = :role AND status <> 'void'
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRow:
    """An answer, and what its reviewer had looked at before: `first` and `last` look, None where none is recorded."""

    by: str
    decision: str
    approvable: bool
    required: frozenset[str]
    opened: frozenset[str]
    decided_at: datetime
    first: datetime | None
    last: datetime | None
    seconds: int


class Quality:
    """The rows of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def last_view(self, task_id: str, user_id: str) -> TaskView | None:
        """The person's last visit to the task, locked (primary key)."""
        query = select(TaskView).where(
            col(TaskView.tenant) == self._tenant, col(TaskView.task_id) == task_id, col(TaskView.user_id) == user_id
        )
        query = query.order_by(col(TaskView.visit).desc()).limit(1).with_for_update()
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()

    async def begin_view(self, row: TaskView) -> bool:
        """Add a visit; False where another request has just begun it."""
        added = insert(TaskView).values(row.model_dump()).on_conflict_do_nothing()
        return (await self._session.execute(added.returning(col(TaskView.visit)))).scalar_one_or_none() is not None

    async def keep_view(self, row: TaskView) -> None:
        """Put the visit in its place (primary key)."""
        key = (getattr(TaskView, name) == getattr(row, name) for name in ("tenant", "task_id", "user_id", "visit"))
        values = {"seen_at": row.seen_at, "seconds": row.seconds, "evidence": row.evidence}
        query = update(TaskView).where(*key).values(values)
        await self._session.execute(query.execution_options(synchronize_session=False))

    async def rates(self) -> Sequence[QualityRate]:
        """The rates, by role (primary key)."""
        query = select(QualityRate).where(col(QualityRate.tenant) == self._tenant).order_by(col(QualityRate.role))
        return (await self._session.execute(query.execution_options(populate_existing=True))).scalars().all()

    async def put_rate(self, row: QualityRate) -> None:
        """Put the rate in the place of that of its role (primary key)."""
        values = row.model_dump()
        added = insert(QualityRate).values(values)
        await self._session.execute(added.on_conflict_do_update(index_elements=["tenant", "role"], set_=values))

    async def add(self, probe: QualityProbe) -> bool:
        """Add a probe; False where its task has one of its kind (index `probe_of_task`)."""
        added = insert(QualityProbe).values(probe.model_dump())
        done = added.on_conflict_do_nothing(index_elements=["tenant", "kind", "task_id"])
        return (await self._session.execute(done.returning(col(QualityProbe.id)))).scalar_one_or_none() is not None

    async def has(self, kind: str, task_id: str) -> bool:
        """Whether the task has a probe of that kind (index `probe_of_task`)."""
        query = select(col(QualityProbe.id)).where(
            col(QualityProbe.tenant) == self._tenant,
            col(QualityProbe.kind) == kind,
            col(QualityProbe.task_id) == task_id,
        )
        return (await self._session.execute(query)).first() is not None

    async def next_waiting(self, role: str, *, drawn_by: str) -> QualityProbe | None:
        """The oldest known case that waits, locked; None where `drawn_by` has drawn one before, or none waits."""
        drawn = select(col(QualityProbe.id)).where(
            col(QualityProbe.tenant) == self._tenant,
            col(QualityProbe.kind) == KNOWN,
            col(QualityProbe.drawn_by) == drawn_by,
        )
        if (await self._session.execute(drawn)).first() is not None:
            return None
        query = select(QualityProbe).where(
            col(QualityProbe.tenant) == self._tenant,
            col(QualityProbe.kind) == KNOWN,
            col(QualityProbe.status) == WAITING,
            col(QualityProbe.role) == role,
        )
        query = query.order_by(col(QualityProbe.created_at)).limit(1).with_for_update(skip_locked=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def of_copy(self, copy_id: str) -> QualityProbe | None:
        """The probe that asks through this copy, locked (index `probe_of_copy`)."""
        query = select(QualityProbe).where(
            col(QualityProbe.tenant) == self._tenant, col(QualityProbe.copy_id) == copy_id
        )
        return (await self._session.execute(query.with_for_update())).scalar_one_or_none()

    async def change(self, probe_id: str, **values: Any) -> None:
        """Change these columns of a probe (primary key)."""
        query = update(QualityProbe).where(col(QualityProbe.id) == probe_id).values(values)
        await self._session.execute(query.execution_options(synchronize_session=False))

    async def void_stranded(self) -> int:
        """Probes whose copy ended otherwise are void; returns how many (index `probe_of_copy`)."""
        return affected(await self._session.execute(STRANDED, {"tenant": self._tenant}))

    async def counts(self) -> Mapping[tuple[str, str], int]:
        """How many probes there are, by kind and status."""
        query = select(col(QualityProbe.kind), col(QualityProbe.status), func.count()).where(
            col(QualityProbe.tenant) == self._tenant
        )
        rows = (await self._session.execute(query.group_by(col(QualityProbe.kind), col(QualityProbe.status)))).all()
        return {(kind, status): count for kind, status, count in rows}

    async def scored(
        self, kind: str, people: Collection[str], *, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[QualityProbe]:
        """Probes that these people answered, in the order of the answers (index `probes_scored`)."""
        query = select(QualityProbe).where(
            col(QualityProbe.tenant) == self._tenant,
            col(QualityProbe.status) == SCORED,
            col(QualityProbe.kind) == kind,
            col(QualityProbe.answered_by).in_(people),
        )
        if since is not None:
            query = query.where(col(QualityProbe.answered_at) >= since)
        if until is not None:
            query = query.where(col(QualityProbe.answered_at) < until)
        ordered = query.order_by(col(QualityProbe.answered_at), col(QualityProbe.id)).limit(MOST)
        return (await self._session.execute(ordered.execution_options(populate_existing=True))).scalars().all()

    async def take_round(self, begin: datetime) -> datetime | None:
        """Up to when answers were drawn from, first `begin`, locked; None while another draws (primary key)."""
        begun = insert(QualityRound).values(tenant=self._tenant, upto=begin).on_conflict_do_nothing()
        await self._session.execute(begun)
        query = select(col(QualityRound.upto)).where(col(QualityRound.tenant) == self._tenant)
        return (await self._session.execute(query.with_for_update(skip_locked=True))).scalar_one_or_none()

    async def end_round(self, upto: datetime) -> None:
        """Remember up to when answers were drawn from (primary key)."""
        query = update(QualityRound).where(col(QualityRound.tenant) == self._tenant)
        await self._session.execute(query.values(upto=upto))

    async def answered(self, roles: Collection[str], *, after: datetime, until: datetime) -> list[str]:
        """Tasks for these roles that were answered between the two, of no copy."""
        values = {"tenant": self._tenant, "after": after, "until": until, "roles": list(roles)}
        return list((await self._session.execute(ANSWERED, values)).scalars())

    async def reviewed(
        self, people: Collection[str], *, since: datetime, until: datetime, role: str | None = None
    ) -> list[ReviewedRow]:
        """The people's answers from `since` to before `until`, the newest `MOST`; with `role` those for that role."""
        values = {"tenant": self._tenant, "people": list(people), "since": since, "until": until, "role": role}
        rows = (await self._session.execute(REVIEWED, {**values, "most": MOST})).mappings().all()
        return [
            ReviewedRow(
                by=row["by"],
                decision=row["decision"],
                approvable=row["approvable"],
                required=frozenset(row["required"] or ()),
                opened=frozenset(row["opened"]),
                decided_at=row["decided_at"],
                first=row["first"],
                last=row["last"],
                seconds=row["seconds"] or 0,
            )
            for row in rows
        ]

    async def members(self, team: str) -> list[str] | None:
        """Ids of the active people of a team; None where there is no team of that name (constraint `team_by_name`)."""
        query = select(col(Team.id)).where(col(Team.tenant) == self._tenant, col(Team.name) == team)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            return None
        people = select(col(TeamMember.user_id)).join(User, col(User.id) == col(TeamMember.user_id))
        named = people.where(col(TeamMember.team_id) == found, col(User.active).is_(True))
        return sorted((await self._session.execute(named)).scalars())

    async def holders(self, role: str) -> list[str]:
        """Ids of the active persons who hold a role."""
        query = select(col(UserRole.user_id)).join(User, col(User.id) == col(UserRole.user_id))
        named = query.where(
            col(UserRole.tenant) == self._tenant,
            col(UserRole.role) == role,
            col(User.active).is_(True),
            col(User.kind) == "person",
        )
        return sorted((await self._session.execute(named)).scalars())

    async def has_role(self, name: str) -> bool:
        """Whether there is such a role (primary key)."""
        return await self._session.get(Role, (self._tenant, name)) is not None

    async def seeds(self, role: str) -> tuple[int, int]:
        """How many known cases there are or were for a role, and how many of them must not be approved."""
        row = (await self._session.execute(SEEDS, {"tenant": self._tenant, "role": role})).one()
        return row.seeds, row.traps

    async def loads(self, people: Collection[str]) -> dict[str, float]:
        """How many minutes of expected effort each of the people has open (index `inbox_of_person`)."""
        minutes = func.sum(func.coalesce(col(Task.effort_minutes), EFFORT_MINUTES))
        query = select(col(Task.assignee_id), minutes).where(
            col(Task.tenant) == self._tenant,
            col(Task.status).in_(UNANSWERED),
            col(Task.assignee_id).in_(people),
        )
        found = {row[0]: row[1] for row in (await self._session.execute(query.group_by(col(Task.assignee_id)))).all()}
        return {person: float(found.get(person, 0)) for person in people}
