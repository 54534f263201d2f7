"""People, absences and teams, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.views.assignment import AssignmentView
from api.views.authority import Day
from api.views.view import Form, Name, Text, View
from graphs.routing.people.handover import Handed
from graphs.routing.people.leaving import Offboarded
from graphs.routing.people.profile import Profile, TeamForm
from graphs.routing.people.who import WouldGet
from graphs.routing.people.workforce import TEAM_STRATEGIES, Strategy, Team
from graphs.routing.people.workforce_desk import PersonRecord
from graphs.store.workforce_tables import AbsenceRow, WorkProfile


class ProfileView(View):
    """How a person works, as it was set last."""

    version: int
    zone: str
    calendar: str | None
    languages: list[str]
    skills: dict[str, int]
    open_limit: int | None
    manager: Annotated[str | None, Field(description="Id of the manager.")]
    reason: str
    set_by: str
    since: datetime

    @classmethod
    def of(cls, row: WorkProfile) -> ProfileView:
        """The row as it is shown."""
        return cls(
            **{name: getattr(row, name) for name in cls.model_fields if name != "manager"}, manager=row.manager_id
        )


class AbsenceView(View):
    """Days on which somebody is away; `needs_substitute` says that the substitute has left."""

    id: str
    person: str
    first_day: date
    last_day: date
    reason: str
    substitute: str | None
    since: datetime
    ended_at: datetime | None
    needs_substitute: bool

    @classmethod
    def of(cls, row: AbsenceRow) -> AbsenceView:
        """The row as it is shown."""
        return cls(
            id=row.id,
            person=row.user_id,
            first_day=row.first_day,
            last_day=row.last_day,
            reason=row.reason,
            substitute=row.substitute_id,
            since=row.since,
            ended_at=row.ended_at,
            needs_substitute=row.substitute_left_at is not None and row.ended_at is None,
        )


class PersonView(View):
    """A person with what is set for them and what they have open."""

    id: str
    login: str
    name: str
    active: bool
    roles: list[str]
    open_tasks: int
    open_minutes: int
    absent: Annotated[bool, Field(description="Whether they are away today, where they are.")]
    profile: ProfileView | None
    absences: list[AbsenceView]

    @classmethod
    def of(cls, record: PersonRecord) -> PersonView:
        """The record as it is shown."""
        entry = record.entry
        return cls(
            id=record.user.id,
            login=record.user.login,
            name=record.user.name,
            active=record.user.active,
            roles=list(record.roles),
            open_tasks=entry.open_tasks if entry else 0,
            open_minutes=entry.open_minutes if entry else 0,
            absent=record.absent,
            profile=ProfileView.of(record.profile) if record.profile else None,
            absences=[AbsenceView.of(row) for row in record.absences],
        )


class PersonList(View):
    """People by login."""

    people: list[PersonView]


class ProfileForm(Form):
    """A whole profile, in the place of the version you have seen."""

    seen: Annotated[int, Field(ge=0, lt=2**31, description="Version in whose place it goes; 0 for the first.")]
    reason: Text
    zone: Name = "UTC"
    calendar: Name | None = None
    languages: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    skills: Annotated[dict[Name, int], Field(max_length=200, default_factory=dict)]
    open_limit: Annotated[int | None, Field(description="Most open tasks; null for no limit.")] = None
    manager: Annotated[Name | None, Field(description="Login or id.")] = None

    def profile(self) -> Profile:
        """The profile for the desk. Raises `Invalid`."""
        return Profile(
            zone=self.zone,
            calendar=self.calendar,
            languages=tuple(self.languages),
            skills=self.skills,
            open_limit=self.open_limit,
            manager=self.manager,
        )


class AbsenceForm(Form):
    """Days on which somebody is away, both included."""

    first_day: Day
    last_day: Day
    reason: Text
    substitute: Annotated[Name | None, Field(description="Login or id of who stands in, by their own rights.")] = None
    reassign: Annotated[bool, Field(description="Hand over now what they have open; they must be away today.")] = False


class TaskHanded(View):
    """A task that was handed over, or that nobody may take."""

    task: str
    case: str
    title: str
    assignment: AssignmentView

    @classmethod
    def of(cls, handed: Handed, names: Mapping[str, str]) -> TaskHanded:
        """The task as it is shown."""
        return cls(
            task=handed.task.id,
            case=handed.task.case_id,
            title=handed.task.title,
            assignment=AssignmentView.made(handed.assignment, names),
        )


class HandedList(View):
    """What became of somebody's tasks."""

    handed: list[TaskHanded]
    with_nobody: Annotated[list[TaskHanded], Field(description="Nobody may take these: somebody must see to them.")]

    @classmethod
    def of(cls, handed: Sequence[Handed], names: Mapping[str, str]) -> HandedList:
        """The tasks, apart by whether somebody may take them."""
        return cls(
            handed=[TaskHanded.of(one, names) for one in handed if not one.is_with_nobody],
            with_nobody=[TaskHanded.of(one, names) for one in handed if one.is_with_nobody],
        )


class AbsenceNoted(View):
    """An absence, and what became of the person's tasks if they were to be handed over."""

    absence: AbsenceView
    tasks: HandedList | None


class OffboardForm(Form):
    """Why somebody is offboarded."""

    reason: Text


class OffboardedView(View):
    """What an offboarding did, and what is left for somebody to see to."""

    person: str
    tasks: HandedList
    revoked: Annotated[dict[str, int], Field(description="How many of what let them in: `keys`, …")]
    delegations_ended: list[str]
    absences_without_substitute: list[str]
    leads: Annotated[list[str], Field(description="Teams that need another lead.")]
    manages: Annotated[list[str], Field(description="Logins of people who need another manager.")]
    sponsors: Annotated[list[str], Field(description="Logins of agents that need another sponsor.")]

    @classmethod
    def of(cls, found: Offboarded, names: Mapping[str, str]) -> OffboardedView:
        """The report."""
        return cls(
            person=found.user.login,
            tasks=HandedList.of(found.handed, names),
            revoked=dict(found.revoked),
            delegations_ended=list(found.delegations),
            absences_without_substitute=list(found.flagged),
            leads=list(found.leads),
            manages=list(found.manages),
            sponsors=list(found.sponsors),
        )


class TeamView(View):
    """A team: whose tasks it takes, and how one of it is chosen."""

    name: str
    roles: list[str]
    members: Annotated[list[str], Field(description="Ids of users.")]
    lead: str | None
    strategy: str
    queue: bool

    @classmethod
    def of(cls, team: Team) -> TeamView:
        """The team as it is shown."""
        return cls(
            name=team.name,
            roles=sorted(team.roles),
            members=sorted(team.members),
            lead=team.lead_id,
            strategy=team.strategy.value,
            queue=team.queue,
        )


class TeamList(View):
    """Teams by name."""

    teams: list[TeamView]


class TeamSetForm(Form):
    """What a team takes and how, in the place of what it had."""

    roles: Annotated[list[Name], Field(max_length=50)]
    members: Annotated[list[Name], Field(max_length=1000, description="Logins or ids.")]
    lead: Name | None = None
    strategy: Annotated[
        Strategy, Field(strict=False, description=f"One of {', '.join(f'`{one}`' for one in TEAM_STRATEGIES)}.")
    ] = Strategy.LEAST_LOADED
    queue: Annotated[bool, Field(description="Tasks wait until a member claims them.")] = False
    reason: Text

    def terms(self) -> TeamForm:
        """The terms for the desk. Raises `Invalid`."""
        return TeamForm(
            roles=tuple(self.roles),
            members=tuple(self.members),
            lead=self.lead,
            strategy=self.strategy,
            queue=self.queue,
        )


class WouldGetView(View):
    """Who would get a task now."""

    task: str
    assignee: Annotated[str | None, Field(description="Id of who has it.")]
    assignment: AssignmentView

    @classmethod
    def of(cls, found: WouldGet, names: Mapping[str, str]) -> WouldGetView:
        """The answer as it is shown."""
        return cls(
            task=found.task.id,
            assignee=found.task.assignee_id,
            assignment=AssignmentView.made(found.assignment, names),
        )
