"""Running steps without the world: a run whose tools refuse every call and whose writes go nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import BaseModel

from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.routing.people.workforce import Workforce
from graphs.runtime.assignment import Assignment
from graphs.runtime.judged import Judgement, judge, run_judged
from graphs.runtime.run import Run, opened_run
from graphs.runtime.services import Services
from graphs.runtime.visit import next_visit
from graphs.state import CaseState, applied
from graphs.steps import JudgedStep
from graphs.store.claims import LeasedCase
from graphs.store.tables import Case
from policies.canonical import plain
from tools.catalog import Catalog
from tools.errors import Permanent
from tools.port import Tool


class EffectsOff(Permanent):
    """This is a rehearsal: no tool is called."""

    code = "effects_off"


class DryTool:
    """A tool as the rules see it; every call is refused."""

    def __init__(self, tool: Tool) -> None:
        """Has the tool's name and kind, nothing else of it."""
        self.name = tool.name
        self.effect_kind = tool.effect_kind
        self.outcome_lookup = tool.outcome_lookup
        self.arguments = tool.arguments
        self.time_limit: timedelta = tool.time_limit

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002 - the port's
        """Refuse. Raises `EffectsOff`."""
        raise EffectsOff("no tool is called in a rehearsal", tool=self.name)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """Refuse. Raises `EffectsOff`."""
        raise EffectsOff("no tool is asked in a rehearsal", tool=self.name)


def dry_catalog(catalog: Catalog) -> Catalog:
    """The same tools by name, none of which can be called."""
    return Catalog(cast("Tool", DryTool(tool)) for tool in catalog)


async def dry_run(services: Services, definition: ProcessDefinition, case: Case) -> Run:
    """A run of the case with `definition` under the rules active now. Nothing it holds is ever committed.

    Raises `Invalid` where the definition's rule pack is not wired.
    """
    if definition.pack not in services.shelf:
        raise Invalid(f"{definition.reference} is judged by the rule pack {definition.pack!r}, which is not here")

    async def nobody(_now: datetime) -> Workforce:
        return Workforce()

    catalog = dry_catalog(services.catalogs(case.tenant))
    rules = await services.shelf.active(case.tenant, definition.pack, case.created_at)
    assignment = Assignment(nobody)
    return opened_run(services, definition, _unleased(case), rules=rules, catalog=catalog, assignment=assignment)


def _unleased(case: Case) -> LeasedCase:
    return LeasedCase(
        id=case.id,
        tenant=case.tenant,
        process=case.process,
        version=case.version,
        definition_digest=case.definition_digest,
        step=case.step,
        created_by=case.created_by,
        created_at=case.created_at,
        input=case.input,
        epoch=case.epoch,
        attempt=case.attempt,
        journaled=case.journaled,
        status=case.status,
        summary=case.summary,
        ordered=False,
        takeovers=0,
        answers={},
        messages={},
        effects={},
    )


def judged_again(step: JudgedStep, state: CaseState, run: Run, *, digest_then: str | None) -> Judgement:
    """The judgement of `run`'s definition on `state`. Approvals given for `digest_then` count for what is asked now."""
    view = run.view(state)
    now = judge(step, view, run)
    given = view.section("approvals")
    if not any(one["approval"]["digest"] == digest_then for one in given.values()):
        return now
    rebound = {task: _rebound(one, digest_then, now.digest) for task, one in given.items()}
    return judge(step, run.view({**state, "data": {**state["data"], "approvals": rebound}}), run)


def _rebound(given: Mapping[str, Any], digest_then: str | None, digest_now: str) -> Mapping[str, Any]:
    if given["approval"]["digest"] != digest_then:
        return given
    return {**given, "approval": {**given["approval"], "digest": digest_now}}


def judged_ahead(step: JudgedStep, state: CaseState, run: Run) -> CaseState:
    """The state after the step would have been visited. Raises `LoopBoundExceeded`."""
    visit = next_visit(step, state)
    outcome = run_judged(step, state, run)
    update, _ = plain({"data": dict(outcome.data), "visits": {step.name: visit}, "route": outcome.route})
    return applied(state, update)
