"""People: how they work, absences, teams, who would get a task, and what happens when somebody leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, status

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredLeavingDesk, WiredServices, WiredWhoDesk, WiredWorkforceDesk
from api.strict_json import StrictRoute
from api.views.person import (
    AbsenceForm,
    AbsenceNoted,
    AbsenceView,
    HandedList,
    OffboardedView,
    OffboardForm,
    PersonList,
    PersonView,
    ProfileForm,
    TeamList,
    TeamSetForm,
    TeamView,
    WouldGetView,
)
from api.views.view import Name
from graphs.routing.people.assigned import people_in
from graphs.runtime.services import Services

router = APIRouter(tags=["people"], responses=PROBLEMS, route_class=StrictRoute)
Person = Annotated[Name, Path(description="Login or id.")]


@router.get("/people")
async def list_people(actor: CurrentActor, desk: WiredWorkforceDesk) -> PersonList:
    """Everybody by login, with what is set for them and what they have open."""
    return PersonList(people=[PersonView.of(record) for record in await desk.people(actor)])


@router.get("/people/who/{task_id}")
async def who_would_get(
    task_id: UUID, actor: CurrentActor, desk: WiredWhoDesk, services: WiredServices
) -> WouldGetView:
    """Who would get a task now, and why everybody else would not. Nothing is changed."""
    found = await desk.who(actor, str(task_id))
    return WouldGetView.of(found, await _names(services, actor.tenant, [found.assignment]))


@router.get("/people/{person}")
async def show_person(person: Person, actor: CurrentActor, desk: WiredWorkforceDesk) -> PersonView:
    """A person; everybody may see themselves."""
    return PersonView.of(await desk.person(actor, person))


@router.put("/people/{person}/profile")
async def set_profile(person: Person, form: ProfileForm, actor: CurrentActor, desk: WiredWorkforceDesk) -> PersonView:
    """Put a profile in the place of the version you have seen; 409 where somebody was faster."""
    record = await desk.set_profile(actor, person, form.profile(), seen=form.seen, reason=form.reason)
    return PersonView.of(record)


@router.post("/people/{person}/absences", status_code=status.HTTP_201_CREATED)
async def add_absence(
    person: Person,
    form: AbsenceForm,
    actor: CurrentActor,
    desk: WiredWorkforceDesk,
    leaving: WiredLeavingDesk,
    services: WiredServices,
) -> AbsenceNoted:
    """Note that somebody is away; everybody may for themselves. With `reassign`, hand over what they have open."""
    row = await desk.add_absence(
        actor,
        person,
        first_day=form.first_day,
        last_day=form.last_day,
        reason=form.reason,
        substitute=form.substitute,
    )
    if not form.reassign:
        return AbsenceNoted(absence=AbsenceView.of(row), tasks=None)
    handed = await leaving.hand_over_absent(actor, person)
    names = await _names(services, actor.tenant, [one.assignment for one in handed])
    return AbsenceNoted(absence=AbsenceView.of(row), tasks=HandedList.of(handed, names))


@router.post("/people/{person}/reassign")
async def reassign_tasks(
    person: Person, actor: CurrentActor, leaving: WiredLeavingDesk, services: WiredServices
) -> HandedList:
    """Hand over what somebody has open who is away today, to their substitute first."""
    handed = await leaving.hand_over_absent(actor, person)
    return HandedList.of(handed, await _names(services, actor.tenant, [one.assignment for one in handed]))


@router.post("/absences/{absence_id}/end")
async def end_absence(absence_id: UUID, actor: CurrentActor, desk: WiredWorkforceDesk) -> AbsenceView:
    """End an absence at once; everybody may end their own."""
    return AbsenceView.of(await desk.end_absence(actor, str(absence_id)))


@router.post("/people/{person}/offboard")
async def offboard_person(
    person: Person, form: OffboardForm, actor: CurrentActor, desk: WiredLeavingDesk, services: WiredServices
) -> OffboardedView:
    """End what somebody could do, and hand over what they have open; safe to send again."""
    found = await desk.offboard(actor, person, reason=form.reason)
    names = await _names(services, actor.tenant, [one.assignment for one in found.handed])
    return OffboardedView.of(found, names)


@router.get("/teams")
async def list_teams(actor: CurrentActor, desk: WiredWorkforceDesk) -> TeamList:
    """The teams by name."""
    return TeamList(teams=[TeamView.of(team) for team in await desk.teams(actor)])


@router.put("/teams/{name}")
async def set_team(name: Name, form: TeamSetForm, actor: CurrentActor, desk: WiredWorkforceDesk) -> TeamView:
    """Make a team, or put terms and members in the place of those it has."""
    return TeamView.of(await desk.set_team(actor, name, form.terms(), reason=form.reason))


async def _names(services: Services, tenant: str, assignments: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    wanted = sorted({user_id for one in assignments for user_id in people_in(one)})
    async with services.database.unit_of_work(tenant) as unit:
        return await unit.people.names(wanted)
