"""Evaluation runs: what `interlock evals run` found on the machine of this server. Nothing is run from here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from api.gate import CurrentActor
from api.problems import RequestRefused
from api.routes.wiring import PROBLEMS, WiredServices
from api.strict_json import StrictRoute
from api.views.evaluation import EvaluationDetail, EvaluationRun, EvaluationRunPage, task_of
from evals.comparison import Baseline
from evals.run_record import Difference, RunRecord, committed_baseline, difference
from evals.run_shelf import RUN_ID, RunMissing, RunShelf
from graphs.errors import NotFound
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.cases import TaskCase
from graphs.store.people import Actor

READ, CASE_READ = "evaluation.read", "case.read"
RUN = rf"^{RUN_ID.pattern}$"

router = APIRouter(tags=["evaluations"], responses=PROBLEMS, route_class=StrictRoute)


def shelf_of(request: Request, actor: CurrentActor) -> RunShelf:
    """The runs the application was made with, for who may see them. Raises `RequestRefused` where there are none."""
    require(actor, READ)
    shelf = cast("RunShelf | None", request.app.state.runs)
    if shelf is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "no_evaluation_runs", "this server keeps no evaluation runs")
    return shelf


WiredShelf = Annotated[RunShelf, Depends(shelf_of)]


@router.get("/evaluations/runs")
async def list_runs(
    shelf: WiredShelf,
    suite: Annotated[str | None, Query(pattern=r"^[a-z0-9_.]{1,80}$", description="Only runs of this suite.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Runs on a page.")] = 50,
    cursor: Annotated[str | None, Query(pattern=RUN, description="`next` of the page before.")] = None,
) -> EvaluationRunPage:
    """Runs that were made on the machine of this server, newest first; the newest 50 of each suite are kept."""
    found = await asyncio.to_thread(shelf.listed, suite, before=cursor, limit=limit + 1)
    shown = found[:limit]
    following = shown[-1].id if len(found) > limit else None
    return EvaluationRunPage(runs=[EvaluationRun.of(brief) for brief in shown], next=following)


@router.get("/evaluations/runs/{run_id}")
async def show_run(
    run_id: Annotated[str, Path(pattern=RUN)], shelf: WiredShelf, actor: CurrentActor, services: WiredServices
) -> EvaluationDetail:
    """A run with its gates, figures and failing cases, beside the run before and this release's baseline."""
    run, since, baseline = await asyncio.to_thread(_read, shelf, run_id)
    return EvaluationDetail.of(run, since, baseline, await _cases(services, actor, run))


def _read(shelf: RunShelf, run_id: str) -> tuple[RunRecord, Difference | None, Baseline | None]:
    try:
        run = shelf.get(run_id)
    except RunMissing as error:
        raise NotFound(str(error)) from error
    before = shelf.before(run.brief)
    return run, difference(run, before) if before else None, committed_baseline(run.brief)


async def _cases(services: Services, actor: Actor, run: RunRecord) -> Mapping[str, TaskCase]:
    """The cases that the failing examples were made of, by their tasks: those that the actor may read."""
    tasks = [task for name in run.failing if (task := task_of(name))]
    if not tasks or CASE_READ not in actor.permissions:
        return {}
    async with services.database.unit_of_work(actor.tenant) as unit:
        return await unit.cases.of_tasks(tasks)
