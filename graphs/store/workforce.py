"""The rows of the workforce: profiles, absences and teams; each change is a row more, and none is deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.people_tables import Team, TeamMember, User, UserRole
from graphs.store.rows import affected
from graphs.store.workforce_tables import AbsenceRow, TeamTerms, WorkProfile

SNAPSHOT = text(
    """
    WITH terms AS (
      SELECT DISTINCT ON (k.team_id) k.*, t.name FROM team_terms k JOIN teams t ON t.id = k.team_id
      WHERE k.tenant = :tenant ORDER BY k.team_id, k.version DESC)
    SELECT 'profile' AS what, to_jsonb(p) AS body FROM (
      SELECT DISTINCT ON (user_id) * FROM work_profiles WHERE tenant = :tenant ORDER BY user_id, version DESC) p
    UNION ALL
    SELECT 'absence', to_jsonb(a) FROM absences a
      WHERE a.tenant = :tenant AND a.ended_at IS NULL AND a.last_day >= :since
    UNION ALL
    SELECT 'team', to_jsonb(k) || jsonb_build_object('members', coalesce(
        (SELECT jsonb_agg(m.user_id ORDER BY m.user_id) FROM team_members m WHERE m.team_id = k.team_id), '[]'))
      FROM terms k
    UNION ALL
    SELECT 'turn', jsonb_build_object('team', k.name, 'user', m.user_id, 'at', last.created_at, 'id', last.id)
      FROM terms k JOIN team_members m ON m.team_id = k.team_id, LATERAL (
        SELECT x.created_at, x.id FROM tasks x
        WHERE x.tenant = :tenant AND x.team = k.name AND x.assignee_id = m.user_id
        ORDER BY x.created_at DESC LIMIT 1) last
      WHERE k.strategy = 'round_robin'
    UNION ALL
    SELECT 'workers', to_jsonb(count(*)) FROM procrastinate_workers
      WHERE last_heartbeat > clock_timestamp() - interval '6 seconds'
    """
)
"""All of it in one statement (primary keys, indexes `absences_by_end`, `turns_of_team`)."""
HOLDER = text(
    """
    SELECT coalesce(decided_by, assignee_id) AS holder FROM tasks
    WHERE tenant = :tenant AND assignment ->> 'sticky' = :sticky AND coalesce(decided_by, assignee_id) IS NOT NULL
    ORDER BY created_at DESC LIMIT 1
    """
)
"""Who had the last task about the same (index `tasks_about_the_same`)."""


@dataclass(slots=True)
class WorkforceSnapshot:
    """What is set: the newest profile by user, absences that are not over by user, teams, and their members' turns.

    `workers` is how many processes show that they are at work.
    """

    profiles: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    absences: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    teams: list[Mapping[str, Any]] = field(default_factory=list)
    turns: list[Mapping[str, Any]] = field(default_factory=list)
    workers: int = 1


class WorkforceRows:
    """The workforce rows of one tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        """Work in `session`'s transaction."""
        self._session = session
        self._tenant = tenant

    async def snapshot(self, since: date) -> WorkforceSnapshot:
        """Everything that is set; absences that are over before the day are left out."""
        found = WorkforceSnapshot()
        for row in await self._session.execute(SNAPSHOT, {"tenant": self._tenant, "since": since}):
            match row.what:
                case "profile":
                    found.profiles[row.body["user_id"]] = row.body
                case "absence":
                    found.absences.setdefault(row.body["user_id"], []).append(row.body)
                case "team":
                    found.teams.append(row.body)
                case "workers":
                    found.workers = max(1, int(row.body))
                case _:
                    found.turns.append(row.body)
        found.teams.sort(key=lambda team: str(team["name"]))
        return found

    async def holder(self, sticky: str) -> str | None:
        """Who had the last task about the same."""
        found = await self._session.execute(HOLDER, {"tenant": self._tenant, "sticky": sticky})
        return found.scalar_one_or_none()

    async def people(self, *, also_inactive: bool = False) -> Sequence[User]:
        """Every person, by login (constraint `user_by_login`)."""
        query = (
            select(User).where(col(User.tenant) == self._tenant, col(User.kind) == "person").order_by(col(User.login))
        )
        if not also_inactive:
            query = query.where(col(User.active).is_(True))
        return (await self._session.execute(query)).scalars().all()

    async def person(self, login: str, *, lock: bool = False) -> User | None:
        """The user with that login or id, active or not (constraint `user_by_login`); locked, if others must wait."""
        query = select(User).where(
            col(User.tenant) == self._tenant, (col(User.login) == login) | (col(User.id) == login)
        )
        found = await self._session.execute(query.with_for_update() if lock else query)
        return found.scalars().first()

    async def roles_of(self, user_id: str) -> list[str]:
        """The user's roles (primary key)."""
        query = select(col(UserRole.role)).where(col(UserRole.tenant) == self._tenant, col(UserRole.user_id) == user_id)
        return sorted((await self._session.execute(query)).scalars())

    async def profile(self, user_id: str) -> WorkProfile | None:
        """The newest profile (primary key)."""
        query = (
            select(WorkProfile)
            .where(col(WorkProfile.tenant) == self._tenant, col(WorkProfile.user_id) == user_id)
            .order_by(col(WorkProfile.version).desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add_profile(self, row: WorkProfile) -> bool:
        """Add the version unless somebody else has just added it (primary key); says whether it did."""
        added = insert(WorkProfile).values(**row.model_dump()).on_conflict_do_nothing()
        found = await self._session.execute(added.returning(col(WorkProfile.version)))
        return found.scalar_one_or_none() is not None

    async def absences(self, user_id: str, *, since: date) -> Sequence[AbsenceRow]:
        """The person's absences that are not over before the day, ended ones too."""
        query = (
            select(AbsenceRow)
            .where(
                col(AbsenceRow.tenant) == self._tenant,
                col(AbsenceRow.user_id) == user_id,
                col(AbsenceRow.last_day) >= since,
            )
            .order_by(col(AbsenceRow.first_day), col(AbsenceRow.id))
        )
        return (await self._session.execute(query)).scalars().all()

    async def absence(self, absence_id: str) -> AbsenceRow | None:
        """The absence (primary key)."""
        query = select(AbsenceRow).where(col(AbsenceRow.id) == absence_id, col(AbsenceRow.tenant) == self._tenant)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add_absence(self, row: AbsenceRow) -> None:
        """Add the absence."""
        self._session.add(row)
        await self._session.flush()

    async def end_absence(self, absence_id: str, *, by: str, now: datetime) -> bool:
        """End the absence; False where it is ended already."""
        query = update(AbsenceRow).where(col(AbsenceRow.id) == absence_id, col(AbsenceRow.ended_at).is_(None))
        return affected(await self._session.execute(query.values(ended_at=now, ended_by=by))) == 1

    async def substitute_leaves(self, user_id: str, *, now: datetime, since: date) -> Sequence[str]:
        """Flag the absences whose substitute the person is; returns their ids."""
        query = (
            update(AbsenceRow)
            .where(
                col(AbsenceRow.tenant) == self._tenant,
                col(AbsenceRow.substitute_id) == user_id,
                col(AbsenceRow.ended_at).is_(None),
                col(AbsenceRow.last_day) >= since,
            )
            .values(substitute_left_at=now)
            .returning(col(AbsenceRow.id))
        )
        return sorted((await self._session.execute(query)).scalars())

    async def team(self, name: str) -> tuple[Team, TeamTerms | None] | None:
        """The team with its newest terms (constraint `team_by_name`)."""
        query = select(Team).where(col(Team.tenant) == self._tenant, col(Team.name) == name)
        team = (await self._session.execute(query)).scalar_one_or_none()
        if team is None:
            return None
        terms = (
            select(TeamTerms)
            .where(col(TeamTerms.tenant) == self._tenant, col(TeamTerms.team_id) == team.id)
            .order_by(col(TeamTerms.version).desc())
            .limit(1)
        )
        return team, (await self._session.execute(terms)).scalar_one_or_none()

    async def add_team(self, team: Team) -> None:
        """Add the team unless there is one of its name (constraint `team_by_name`)."""
        await self._session.execute(insert(Team).values(**team.model_dump()).on_conflict_do_nothing())

    async def set_terms(self, terms: TeamTerms, members: Collection[str]) -> bool:
        """Add the version and put these members in the place of those there are.

        Says False, and changes nothing, where somebody else has just added that version.
        """
        added = insert(TeamTerms).values(**terms.model_dump()).on_conflict_do_nothing()
        found = await self._session.execute(added.returning(col(TeamTerms.version)))
        if found.scalar_one_or_none() is None:
            return False
        await self._session.execute(delete(TeamMember).where(col(TeamMember.team_id) == terms.team_id))
        rows = [TeamMember(tenant=self._tenant, team_id=terms.team_id, user_id=one) for one in sorted(set(members))]
        self._session.add_all(rows)
        await self._session.flush()
        return True

    async def leave_teams(self, user_id: str) -> int:
        """Take the person out of every team; says out of how many."""
        gone = delete(TeamMember).where(col(TeamMember.tenant) == self._tenant, col(TeamMember.user_id) == user_id)
        return affected(await self._session.execute(gone))
