"""The workforce desk: how people work, when they are away, and what teams take; each change is kept, and on record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from graphs.audit import AuditRecord
from graphs.deadlines.desk import SetMeanwhile
from graphs.errors import Conflict, Invalid, NotFound
from graphs.intake import check_reason, require
from graphs.routing.people.person import RosterEntry
from graphs.routing.people.profile import Profile, TeamForm, check_team_name
from graphs.routing.people.reading import A_DAY_EITHER_WAY, WorkforceReader, today_of
from graphs.routing.people.workforce import Team
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import DeadlineTexts
from graphs.store.people import PERSON, Actor
from graphs.store.people_tables import Team as TeamRow
from graphs.store.people_tables import User
from graphs.store.workforce import WorkforceRows
from graphs.store.workforce_tables import AbsenceRow, TeamTerms, WorkProfile

READ = "people.read"
MANAGE = "people.manage"
MOST_DAYS = 3660
MOST_MANAGERS = 50


class ProfileChanged(Conflict):
    """Somebody else has changed it since you looked: look again."""

    code = "profile_changed"


class AbsenceEnded(Conflict):
    """The absence is ended already."""

    code = "absence_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person with what is set for them; `entry` says what they have open, and is None for who has left."""

    user: User
    roles: tuple[str, ...]
    entry: RosterEntry | None
    profile: WorkProfile | None
    absences: tuple[AbsenceRow, ...]
    absent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkforceDesk:
    """Shows and sets the workforce, each change with its audit entry in one transaction.

    Every method raises `PermissionMissing`, and `NotFound` for a person, an absence or a team that is not there.
    """

    services: Services

    async def people(self, actor: Actor) -> Sequence[PersonRecord]:
        """Everybody, by login; who has left, too."""
        require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = WorkforceRows(unit.session, actor.tenant)
            entries = (await self._reader(actor).read_in(unit, now)).by_id
            return [
                await _record(rows, user, entries.get(user.id), now) for user in await rows.people(also_inactive=True)
            ]

    async def person(self, actor: Actor, login: str) -> PersonRecord:
        """The person with that login or id."""
        if login not in (actor.login, actor.user_id):
            require(actor, READ)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await self._shown(unit, actor, login, now)

    async def set_profile(self, actor: Actor, login: str, profile: Profile, *, seen: int, reason: str) -> PersonRecord:
        """Put the profile in the place of version `seen`, 0 for none.

        Raises `ProfileChanged` where that is not the newest, `Invalid` without a reason or for what cannot be.
        """
        require(actor, MANAGE)
        check_reason(reason)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = WorkforceRows(unit.session, actor.tenant)
            user = await active_person(rows, login)
            before = await rows.profile(user.id)
            if (before.version if before else 0) != seen:
                raise ProfileChanged(f"the profile of {user.login} was changed meanwhile: look again")
            await _check_calendar(unit, actor.tenant, profile.calendar)
            row = WorkProfile(
                tenant=actor.tenant,
                user_id=user.id,
                version=seen + 1,
                zone=profile.zone,
                calendar=profile.calendar,
                languages=sorted(set(profile.languages)),
                skills=dict(sorted(profile.skills.items())),
                open_limit=profile.open_limit,
                manager_id=await _manager(rows, user, profile.manager),
                reason=reason,
                set_by=actor.user_id,
                since=now,
            )
            if not await rows.add_profile(row):
                raise ProfileChanged(f"the profile of {user.login} was changed meanwhile: look again")
            kept = row.model_dump(mode="json", exclude={"tenant", "set_by", "since"})
            unit.record(actor.tenant, AuditRecord(kind="person.profile_set", actor=actor.user_id, values=kept))
            return await self._shown(unit, actor, user.id, now)

    async def add_absence(
        self, actor: Actor, login: str, *, first_day: date, last_day: date, reason: str, substitute: str | None
    ) -> AbsenceRow:
        """Note that the person is away; everybody may do so for themselves. Raises `Invalid`."""
        if login not in (actor.login, actor.user_id):
            require(actor, MANAGE)
        check_reason(reason)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = WorkforceRows(unit.session, actor.tenant)
            user = await active_person(rows, login)
            other = await active_person(rows, substitute) if substitute else None
            entry = (await self._reader(actor).read_in(unit, now)).by_id[user.id]
            _check_days(first_day, last_day, today=today_of(entry, now))
            if other is not None and other.id == user.id:
                raise Invalid("substitute: nobody stands in for themselves")
            row = AbsenceRow(
                id=str(uuid.uuid4()),
                tenant=actor.tenant,
                user_id=user.id,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
                substitute_id=other.id if other else None,
                set_by=actor.user_id,
                since=now,
            )
            await rows.add_absence(row)
            kept = row.model_dump(mode="json", include={"id", "user_id", "first_day", "last_day", "substitute_id"})
            values = {"absence": kept.pop("id"), **kept, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="absence.set", actor=actor.user_id, values=values))
        return row

    async def end_absence(self, actor: Actor, absence_id: str) -> AbsenceRow:
        """End the absence from now on; everybody may end their own. Raises `AbsenceEnded`."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = WorkforceRows(unit.session, actor.tenant)
            row = await rows.absence(absence_id)
            if row is None or row.user_id != actor.user_id:
                require(actor, MANAGE)
            if row is None:
                raise NotFound(f"there is no absence {absence_id}")
            if not await rows.end_absence(absence_id, by=actor.user_id, now=now):
                raise AbsenceEnded(f"absence {absence_id} is ended already")
            values = {"absence": absence_id, "user_id": row.user_id}
            unit.record(actor.tenant, AuditRecord(kind="absence.ended", actor=actor.user_id, values=values))
            await unit.session.refresh(row)
            return row

    async def teams(self, actor: Actor) -> Sequence[Team]:
        """The teams with terms, by name."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return (await self._reader(actor).read_in(unit, self.services.clock())).teams

    async def set_team(self, actor: Actor, name: str, form: TeamForm, *, reason: str) -> Team:
        """Make the team, or put these terms and members in the place of those it has.

        Raises `Invalid` without a reason, for a role that is not there or that another team takes; `SetMeanwhile`.
        """
        require(actor, MANAGE)
        check_reason(reason)
        check_team_name(name)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            rows = WorkforceRows(unit.session, actor.tenant)
            workforce = await self._reader(actor).read_in(unit, now)
            _check_roles(form.roles, {role for one in workforce.people for role in one.roles}, name, workforce.teams)
            members = [(await active_person(rows, login)).id for login in form.members]
            lead = (await active_person(rows, form.lead)).id if form.lead else None
            await rows.add_team(TeamRow(id=str(uuid.uuid4()), tenant=actor.tenant, name=name))
            found = await rows.team(name)
            if found is None:
                raise SetMeanwhile(f"team {name} has just been changed by somebody else")
            team, before = found
            terms = TeamTerms(
                tenant=actor.tenant,
                team_id=team.id,
                version=before.version + 1 if before else 1,
                roles=sorted(set(form.roles)),
                lead_id=lead,
                strategy=form.strategy.value,
                queue=form.queue,
                reason=reason,
                set_by=actor.user_id,
                since=now,
            )
            if not await rows.set_terms(terms, members):
                raise SetMeanwhile(f"team {name} has just been changed by somebody else")
            kept = terms.model_dump(mode="json", include={"version", "roles", "lead_id", "strategy", "queue", "reason"})
            values = {"team": name, **kept, "members": sorted(set(members))}
            unit.record(actor.tenant, AuditRecord(kind="team.set", actor=actor.user_id, values=values))
            teams = (await self._reader(actor).read_in(unit, now)).teams
            return next(one for one in teams if one.name == name)

    def _reader(self, actor: Actor) -> WorkforceReader:
        return WorkforceReader(database=self.services.database, tenant=actor.tenant)

    async def _shown(self, unit: UnitOfWork, actor: Actor, login: str, now: datetime) -> PersonRecord:
        rows = WorkforceRows(unit.session, actor.tenant)
        user = await rows.person(login)
        if user is None or user.kind != PERSON:
            raise NotFound(f"there is no person {login!r}")
        entries = (await self._reader(actor).read_in(unit, now)).by_id
        return await _record(rows, user, entries.get(user.id), now)


async def active_person(rows: WorkforceRows, login: str) -> User:
    """The person with that login or id. Raises `NotFound` where there is none, or `Invalid` where they have left."""
    user = await rows.person(login)
    if user is None or user.kind != PERSON:
        raise NotFound(f"there is no person {login!r}")
    if not user.active:
        raise Invalid(f"{login!r} has left")
    return user


async def _record(rows: WorkforceRows, user: User, entry: RosterEntry | None, now: datetime) -> PersonRecord:
    absences = await rows.absences(user.id, since=now.date() - A_DAY_EITHER_WAY)
    return PersonRecord(
        user=user,
        roles=tuple(await rows.roles_of(user.id)),
        entry=entry,
        profile=await rows.profile(user.id),
        absences=tuple(absences),
        absent=entry is not None and entry.absent(now) is not None,
    )


async def _check_calendar(unit: UnitOfWork, tenant: str, name: str | None) -> None:
    if name is not None and await DeadlineTexts(unit.session, tenant).calendar(name) is None:
        raise Invalid(f"calendar: there is no calendar {name!r}: set it first with `interlock calendar set`")


async def _manager(rows: WorkforceRows, user: User, login: str | None) -> str | None:
    """The manager's id. Raises `Invalid` where the person would come to manage themselves."""
    if login is None:
        return None
    manager = await active_person(rows, login)
    above: str | None = manager.id
    for _ in range(MOST_MANAGERS):
        if above is None:
            return manager.id
        if above == user.id:
            raise Invalid(f"manager: {user.login} would be their own manager")
        profile = await rows.profile(above)
        above = profile.manager_id if profile else None
    raise Invalid(f"manager: more than {MOST_MANAGERS} managers above each other")


def _check_days(first_day: date, last_day: date, *, today: date) -> None:
    if last_day < first_day:
        raise Invalid(f"{last_day} is before {first_day}")
    if last_day < today:
        raise Invalid(f"{last_day} is over already, where they are")
    if (last_day - first_day).days > MOST_DAYS:
        raise Invalid(f"more than {MOST_DAYS} days: somebody who stays away that long has left")


def _check_roles(roles: Sequence[str], known: set[str], name: str, teams: Sequence[Team]) -> None:
    unknown = sorted(set(roles) - known)
    if unknown:
        raise Invalid(f"roles: nobody has the role {', '.join(unknown)}")
    for team in teams:
        taken = sorted(team.roles & set(roles))
        if taken and team.name != name:
            raise Invalid(f"roles: the team {team.name} takes {', '.join(taken)} already: a role has one team")
