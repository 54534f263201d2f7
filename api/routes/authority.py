"""Authority and duties: the matrix, delegations, findings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints, ValidationError

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredAuthorityDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.authority import (
    AuthorityView,
    DelegationForm,
    DelegationList,
    DelegationView,
    DutyRulesForm,
    DutyRulesView,
    FindingsView,
    MatrixForm,
    MatrixView,
    ReceiverList,
    ReceiverView,
)
from graphs.errors import Invalid

router = APIRouter(tags=["authority"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/authority")
async def show_matrix(actor: CurrentActor, desk: WiredAuthorityDesk) -> MatrixView:
    """The authority matrix: which role may decide on what, up to which amount, where and when."""
    return MatrixView(rows=[AuthorityView.of(row) for row in await desk.matrix(actor)])


@router.put("/authority")
async def set_matrix(form: MatrixForm, actor: CurrentActor, desk: WiredAuthorityDesk) -> MatrixView:
    """Put a whole matrix in the place of the one there is; two rows may not answer one question for the same day."""
    try:
        rows = [row.row() for row in form.rows]
    except ValidationError as error:
        raise Invalid(error.errors()[0]["msg"]) from error
    return MatrixView(rows=[AuthorityView.of(row) for row in await desk.set_matrix(actor, rows, reason=form.reason)])


@router.get("/delegations")
async def list_delegations(actor: CurrentActor, desk: WiredAuthorityDesk, services: WiredServices) -> DelegationList:
    """What you gave and received and is not over."""
    rows = await desk.delegations(actor)
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(sorted({person for row in rows for person in (row.giver, row.receiver)}))
    return DelegationList(delegations=[DelegationView.of(row) for row in rows], names=names)


@router.get("/delegations/receivers")
async def list_receivers(
    actor: CurrentActor,
    desk: WiredAuthorityDesk,
    words: Annotated[str, StringConstraints(max_length=100), Query(description="Words of the name.")] = "",
) -> ReceiverList:
    """Up to 20 people who could stand in for you, by name: in a delegation, or while you are away."""
    found = await desk.receivers(actor, words)
    return ReceiverList(people=[ReceiverView(id=user_id, name=name) for user_id, name in found])


@router.post("/delegations", status_code=201)
async def give_delegation(form: DelegationForm, actor: CurrentActor, desk: WiredAuthorityDesk) -> DelegationView:
    """Let a person answer in your place; it moves tasks and never raises a limit."""
    given = await desk.give(
        actor,
        form.receiver,
        effective_from=form.effective_from,
        effective_to=form.effective_to,
        cap_minor=form.cap_minor,
        currency=form.currency,
    )
    return DelegationView.of(given)


@router.post("/delegations/{delegation_id}/end")
async def end_delegation(
    delegation_id: UUID, actor: CurrentActor, desk: WiredAuthorityDesk, services: WiredServices
) -> DelegationList:
    """End what you gave, at once; returns what is left."""
    await desk.end(actor, str(delegation_id))
    return await list_delegations(actor, desk, services)


@router.get("/duties/rules")
async def show_duty_rules(actor: CurrentActor, desk: WiredAuthorityDesk) -> DutyRulesView:
    """What nobody may do together, and what looks split."""
    return DutyRulesView.of(await desk.duty_rules(actor))


@router.put("/duties/rules")
async def set_duty_rules(form: DutyRulesForm, actor: CurrentActor, desk: WiredAuthorityDesk) -> DutyRulesView:
    """Put the organisation's own rules about duties in the place of those in force."""
    return DutyRulesView.of(await desk.set_duty_rules(actor, form.rules, reason=form.reason))


@router.get("/duties/findings")
async def show_findings(
    actor: CurrentActor,
    desk: WiredAuthorityDesk,
    since: Annotated[date, Query(description="First day.")],
    until: Annotated[date, Query(description="Last day.")],
) -> FindingsView:
    """Duties of a period that do not go together, and amounts that look split."""
    if until < since:
        raise Invalid("until is before since")
    start, end = datetime.combine(since, time(), UTC), datetime.combine(until, time(), UTC) + timedelta(days=1)
    return FindingsView.of(await desk.findings(actor, since=start, until=end))
