"""Processes: what can be started, which versions still have cases, and moving cases between versions."""

from __future__ import annotations

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredServices
from api.views.performer import PerformerList, StepPerformersView
from api.views.process import ProcessList, ProcessView
from api.views.version import (
    MigratedView,
    MigrationForm,
    MigrationView,
    RehearsalForm,
    RehearsalView,
    VersionList,
    VersionView,
)
from graphs.intake import require
from graphs.migration import MigrationDesk
from graphs.rehearsal import Rehearser
from graphs.routing.performers.desk import PerformerDesk
from graphs.versions import READ, VersionDesk

router = APIRouter(tags=["processes"], responses=PROBLEMS)


@router.get("/processes")
async def list_processes(_actor: CurrentActor, services: WiredServices) -> ProcessList:
    """Every registered version of every process, with its steps."""
    return ProcessList(processes=[ProcessView.of(definition) for definition in services.registry])


@router.get("/processes/versions")
async def list_versions(actor: CurrentActor, services: WiredServices) -> VersionList:
    """Every version that is registered, or that live cases are pinned to, with those cases counted."""
    states = await VersionDesk(services=services).listed(actor)
    return VersionList(versions=[VersionView.of(state) for state in states])


@router.get("/processes/{process}/performers")
async def list_performers(process: str, actor: CurrentActor, services: WiredServices) -> PerformerList:
    """How the performers of the newest version of a process stand now, by proposal, and who would be chosen."""
    found = await PerformerDesk(services=services).listed(actor, process)
    reference = services.registry.latest(process).reference
    return PerformerList(process=reference, steps=[StepPerformersView.of(step) for step in found])


@router.post("/processes/{reference}/rehearsal")
async def rehearse(reference: str, form: RehearsalForm, actor: CurrentActor, services: WiredServices) -> RehearsalView:
    """Rehearse live cases of other versions against `name@version`; nothing is written and no tool is called."""
    require(actor, READ)
    rehearser = Rehearser(services=services, definition=services.registry.named(reference), names=form.mapping)
    return RehearsalView.of(await rehearser.page(actor.tenant, after=form.after, limit=form.limit))


@router.post("/processes/migrations")
async def migrate(form: MigrationForm, actor: CurrentActor, services: WiredServices) -> MigrationView:
    """Move cases to another version, each in a transaction of its own; one that cannot be moved says why."""
    found = await MigrationDesk(services=services).migrate(actor, form.order, form.cases)
    return MigrationView(
        source=form.source,
        target=form.target,
        dry_run=form.dry_run,
        cases=[MigratedView.of(case) for case in found],
    )
