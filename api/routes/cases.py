"""Cases: start one, look at it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from api.gate import CurrentActor
from api.routes.trigger import DocumentForm, DocumentTrigger, read_trigger
from api.routes.wiring import PROBLEMS, WiredArchiveDoor, WiredIntake, WiredServices
from api.views.audit import AuditEntryView, AuditTrail
from api.views.case import CaseDetail, CaseSummary, EffectView, StartCase, Started, StepView, people_of
from api.views.incident import IncidentView
from api.views.performer import ChosenView
from api.views.task import TaskSummary, user_ids
from graphs.compaction import kept_case
from graphs.intake import START, Accepted, require
from graphs.store.case_standings import CaseStandings
from graphs.store.performers import Performers

READ = "case.read"
AUDIT = "audit.read"
MAX_TASKS_SHOWN = 200
KEY_PATTERN = r"^[\x21-\x7e]+$"
DOCUMENT_FORM = DocumentForm.model_json_schema()
START_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": StartCase.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    **DOCUMENT_FORM,
                    "required": ["process", "document"],
                    "properties": {**DOCUMENT_FORM["properties"], "document": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}

router = APIRouter(tags=["cases"], responses=PROBLEMS)


@router.post("/cases", status_code=HTTPStatus.CREATED, openapi_extra=START_BODY)
async def start_case(
    request: Request,
    response: Response,
    actor: CurrentActor,
    intake: WiredIntake,
    door: WiredArchiveDoor,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=200, pattern=KEY_PATTERN, description="Same key, same case.")
    ] = None,
) -> Started:
    """Start a case: 201 for a new one, 200 for the one that the same key and body started before.

    The same key with another body is refused with 422. A document without a key has its content, sender and
    channel as its key. An archive with one document in it is that document; with several it is refused.
    """
    trigger = await read_trigger(request, login=actor.login)
    match trigger:
        case DocumentTrigger():
            require(actor, START)  # Nothing is unpacked for somebody who may not start a case.
            incoming = await door.document(trigger.incoming)
            accepted = await intake.document(actor, trigger.process, incoming, key=idempotency_key)
        case StartCase():
            accepted = await intake.start(actor, trigger.process, trigger.input, key=idempotency_key)
    return started(response, accepted)


def started(response: Response, accepted: Accepted) -> Started:
    """The answer for an accepted trigger: where its case is, with 200 when the case was there before."""
    if not accepted.created:
        response.status_code = HTTPStatus.OK
    response.headers["Location"] = f"/cases/{accepted.case.id}"
    return Started(case=CaseSummary.of(accepted.case), created=accepted.created)


@router.get("/cases/{case_id}")
async def show_case(case_id: UUID, actor: CurrentActor, services: WiredServices) -> CaseDetail:
    """A case with its steps, tasks, effects and incidents."""
    require(actor, READ)
    key = str(case_id)
    async with services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
        kept = await kept_case(unit, key)
        tasks = kept.tasks[:MAX_TASKS_SHOWN]
        standings = await CaseStandings(unit.session).of([key])
        names = await unit.people.names([*user_ids(*tasks), *people_of([kept.case], standings)])
        return CaseDetail.whole(
            kept.case,
            standings[key],
            names,
            compacted_at=kept.compacted_at,
            steps=[StepView.of(step) for step in await unit.journal.of_case(key)],
            tasks=[TaskSummary.of(task, names) for task in tasks],
            effects=[EffectView.of(effect) for effect in kept.effects],
            performers=[ChosenView.of(choice) for choice in await Performers(unit.session).of_case(key)],
            incidents=[IncidentView.of(incident) for incident in await unit.incidents.of_case(key)],
        )


@router.get("/cases/{case_id}/audit")
async def show_audit(case_id: UUID, actor: CurrentActor, services: WiredServices) -> AuditTrail:
    """The audit entries of a case, in order, with their values."""
    require(actor, AUDIT)
    async with services.database.unit_of_work(actor.tenant) as unit:
        await unit.cases.get(str(case_id))
        entries = await unit.audit_log.of_case(str(case_id))
    return AuditTrail(entries=[AuditEntryView.of(entry, values) for entry, values in entries])
