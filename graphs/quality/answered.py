"""A probe's answer: the copy ends with it, it is scored, and whoever should know is told, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from graphs.audit import AuditRecord
from graphs.deadlines.halt import stop_clocks
from graphs.notices.notice import Notice, tell
from graphs.quality.probe import says_the_same
from graphs.runtime.services import Services
from graphs.store.claims import LeasedCase
from graphs.store.database import UnitOfWork
from graphs.store.people import PERSON
from graphs.store.quality import KNOWN, SCORED, VOID, Quality
from graphs.store.quality_tables import QualityProbe
from graphs.store.tables import Task
from graphs.store.threads import Threads
from policies.review_quality import K_PERSONS
from policies.rubber_stamp import stamping_in

READ: Final = "quality.read"
KNOWN_ANSWER: Final = "quality.known_answer"
DISAGREEMENT: Final = "quality.disagreement"
STAMPED: Final = "quality.rubber_stamp"
STAMPED_IN_ROLE: Final = "quality.rubber_stamp_in_role"


async def end_probe(services: Services, case: LeasedCase) -> None:
    """End the copy with the answer that it has, for the holder of its lease. Raises `LeaseLost`."""
    now = services.clock()
    async with services.database.unit_of_work(case.tenant) as unit:
        [task, *_] = await unit.inbox.listed(case.tenant, status=("answered",), case_id=case.id, limit=1)
        await unit.cases.change(
            case.id, epoch=case.epoch, status="done", outcome="answered", ended_at=now, updated_at=now
        )
        await Threads(unit.session).delete([case.id])
        await unit.timers.remove_all(case.id)
        await stop_clocks(unit, case.id, now=now)
        probe = await Quality(unit.session, case.tenant).of_copy(case.id)
        values: dict[str, Any] = {"status": "done", "outcome": "answered", "task": task.id}
        if probe is not None:
            values |= await _scored(unit, probe, task, now=now)
        record = AuditRecord(kind="quality.scored", actor=str(task.decided_by), case_id=case.id, values=values)
        unit.record(case.tenant, record)


async def _scored(unit: UnitOfWork, probe: QualityProbe, task: Task, *, now: datetime) -> dict[str, Any]:
    """What came of the probe; void where the rules of today asked something else."""
    quality = Quality(unit.session, probe.tenant)
    if task.step != probe.step or task.decision is None:
        await quality.change(probe.id, status=VOID)
        return {"probe": probe.id, "void": True}
    given = {"decision": task.decision["decision"], "set": task.decision.get("set") or {}}
    right = says_the_same(probe.expected, given)
    await quality.change(
        probe.id, status=SCORED, answered_at=task.decided_at, answered_by=task.decided_by, given=given, right=right
    )
    said = {"title": task.title, "expected": probe.expected["decision"], "given": given["decision"], "right": right}
    if probe.kind == KNOWN:
        await _tell_reviewer(unit, probe, str(task.decided_by), said, now=now)
    elif not right:
        await _tell_leads(unit, probe, DISAGREEMENT, said, now=now)
    return {"probe": probe.id, "kind": probe.kind, **said}


async def _tell_reviewer(
    unit: UnitOfWork, probe: QualityProbe, reviewer: str, said: dict[str, Any], *, now: datetime
) -> None:
    """What was right, and whether the answers so far look like rubber-stamping."""
    told = Notice(
        tenant=probe.tenant,
        recipient_id=reviewer,
        kind=KNOWN_ANSWER,
        key=probe.id,
        values={**said, "reason": probe.reason},
        urgency="digest",
    )
    await tell(unit, told, now=now)
    if probe.expected["decision"] == "approve":
        return
    quality = Quality(unit.session, probe.tenant)
    answers = [one for one in await quality.scored(KNOWN, [reviewer]) if one.expected["decision"] != "approve"]
    found = stamping_in(bool(one.given and one.given["decision"] == "approve") for one in answers)
    if found.flagged_at != len(answers):
        return
    values = {"role": probe.role, "answers": found.answers, "approved": found.approved}
    flag = Notice(tenant=probe.tenant, recipient_id=reviewer, kind=STAMPED, key=probe.id, values=values)
    await tell(unit, flag, now=now)
    if len(await quality.holders(probe.role)) >= K_PERSONS:
        await _tell_leads(unit, probe, STAMPED_IN_ROLE, {"role": probe.role}, now=now)


async def _tell_leads(
    unit: UnitOfWork, probe: QualityProbe, kind: str, values: dict[str, Any], *, now: datetime
) -> None:
    """Everybody who leads the quality of reviews; of a disagreement with the case and the task that it is about."""
    about = kind == DISAGREEMENT
    for lead in await unit.people.with_permission(probe.tenant, READ, kind=PERSON):
        notice = Notice(
            tenant=probe.tenant,
            recipient_id=lead,
            kind=kind,
            key=probe.id,
            case_id=probe.case_id if about else None,
            task_id=probe.task_id if about else None,
            values=values,
        )
        await tell(unit, notice, now=now)
