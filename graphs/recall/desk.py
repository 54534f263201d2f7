"""The recall desk: finds what was decided with something that was wrong, freezes its cases, and decides again.

Freezing and deciding again go on from where they were, some cases at a time, each case in a transaction of its own: a
call that breaks off is made again. What is decided with the same thing meanwhile comes in with the next call.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.audit import AuditRecord
from graphs.case_desk import CaseDesk
from graphs.errors import NotFound
from graphs.intake import check_reason, require
from graphs.orders import SUSPENDED
from graphs.recall.again import Again, judged_again, nobody_can_judge, verdicts_of
from graphs.recall.asking import AskedAgain, AskingAgain
from graphs.recall.errors import RecallClosed, RecallNotDone
from graphs.recall.progress import Found, RecallPage, RecallProgress
from graphs.recall.target import RecallTarget
from graphs.rule_shelf import ActiveRules, RulesUnusable
from graphs.runtime.services import Services
from graphs.steering import CaseMoved, CaseNotSteerable
from graphs.store.database import UnitOfWork
from graphs.store.decision_sources import DecisionSources
from graphs.store.people import Actor
from graphs.store.recall_tables import CLOSED, CONFIRMED, OPEN, UNKNOWN, Recall
from graphs.store.recalls import RecalledEntry, Recalls
from graphs.store.steerings import Steerings
from graphs.store.tables import Incident

RECALL = "decision.recall"
CASES_A_CALL = 50
CASES_ASKED_A_CALL = 5
"""A model takes seconds for each."""
LISTED = 1_000
MESSAGE = 500
ASKED_KINDS = ("model", "prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallDesk:
    """Takes recalls. Every method raises `PermissionMissing`."""

    services: Services

    async def find(self, actor: Actor, target: RecallTarget, *, limit: int = LISTED, after: int = 0) -> Found:
        """Every decision made with the target, the first `limit` behind entry `after`; nothing is kept."""
        require(actor, RECALL)
        await self._catch_up(actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            sources = DecisionSources(unit.session, actor.tenant)
            total, cases = await sources.counted(target.sought)
            return Found(
                decisions=await sources.touched(target.sought, after=after, limit=limit),
                total=total,
                cases=cases,
                versions=await sources.versions(target.kind, target.name),
            )

    async def open(self, actor: Actor, target: RecallTarget, *, reason: str) -> RecallProgress:
        """Open a recall of everything made with the target. Raises `Invalid` without a reason."""
        require(actor, RECALL)
        check_reason(reason)
        await self._catch_up(actor.tenant)
        recall = Recall(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            kind=target.kind,
            name=target.name,
            version=target.version,
            since=target.since,
            until=target.before,
            reason=reason,
            status=OPEN,
            up_to=0,
            ordered_by=actor.user_id,
            ordered_at=self.services.clock(),
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await Recalls(unit.session).add(recall)
            progress = await self._grown(unit, recall)
            values = {"recall": recall.id, "target": str(target), "reason": reason, "decisions": progress.total}
            unit.record(actor.tenant, AuditRecord(kind="recall.opened", actor=actor.user_id, values=values))
        return progress

    async def listed(self, actor: Actor, *, limit: int = 100) -> list[RecallProgress]:
        """Recalls, newest first."""
        require(actor, RECALL)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            found = await Recalls(unit.session).listed(actor.tenant, limit=limit)
            return [await _progress(unit, recall) for recall in found]

    async def show(self, actor: Actor, recall_id: str, *, limit: int = LISTED, after: int = 0) -> RecallPage:
        """A recall and its decisions behind entry `after`. Raises `NotFound`."""
        require(actor, RECALL)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            recall = await Recalls(unit.session).get(recall_id)
            decisions = await Recalls(unit.session).page(recall_id, after=after, limit=limit)
            return RecallPage(progress=await _progress(unit, recall), decisions=decisions)

    async def freeze(self, actor: Actor, recall_id: str, *, cases: int = CASES_A_CALL) -> RecallProgress:
        """Suspend the next `cases` open cases of the recall; needs the right to suspend, too.

        Raises `NotFound`, `RecallClosed`.
        """
        require(actor, RECALL)
        await self._open_recall(actor, recall_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            wanted = await Recalls(unit.session).to_freeze(recall_id, limit=cases)
        frozen = [(case_id, await self._suspended(actor, recall_id, case_id)) for case_id in wanted]
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            for case_id, hold in frozen:
                await Recalls(unit.session).hold(recall_id, case_id, hold)
            if frozen:
                values = {"recall": recall_id, "cases": [case_id for case_id, hold in frozen if hold == SUSPENDED]}
                unit.record(actor.tenant, AuditRecord(kind="recall.frozen", actor=actor.user_id, values=values))
            return await _progress(unit, await Recalls(unit.session).get(recall_id))

    async def redecide(
        self, actor: Actor, recall_id: str, *, cases: int = CASES_A_CALL, ask: bool = False
    ) -> RecallProgress:
        """Judge the next `cases` cases' decisions again by the rules active now; with `ask`, ask models again, too.

        Where one comes out otherwise, or only a person can say, its case gets one incident, and all incidents of the
        recall have one fingerprint. Raises `NotFound`, `RecallClosed`.
        """
        require(actor, RECALL)
        recall = await self._open_recall(actor, recall_id)
        asking = AskingAgain(services=self.services, recall=recall) if ask and recall.kind in ASKED_KINDS else None
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            wanted = await Recalls(unit.session).to_judge(recall_id, limit=cases)
        for case_id in wanted[: CASES_ASKED_A_CALL if asking else None]:
            asked = await self._asked_again(asking, recall, case_id) if asking else {}
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                await self._redecided(unit, actor, recall, case_id, asked)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _progress(unit, await Recalls(unit.session).get(recall_id))

    async def close(self, actor: Actor, recall_id: str, *, reason: str, resume: bool = False) -> RecallProgress:
        """Close a recall whose decisions are all confirmed, or their incidents closed; let its cases go on if asked.

        Raises `NotFound`, `RecallClosed`, `RecallNotDone`, `Invalid` without a reason.
        """
        require(actor, RECALL)
        check_reason(reason)
        await self._open_recall(actor, recall_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            recalls, now = Recalls(unit.session), self.services.clock()
            _check_open(await recalls.get(recall_id, lock=True))
            sums = await recalls.sums(recall_id)
            if not sums.done:
                left = ", ".join(f"{n} {status}" for status, n in sorted(sums.decisions.items()) if status != CONFIRMED)
                raise RecallNotDone(f"recall {recall_id} is not done ({left}): decide again, and close its incidents")
            await recalls.change(
                recall_id, status=CLOSED, closed_by=actor.user_id, closed_at=now, closed_because=reason
            )
            values = {"recall": recall_id, "reason": reason, "decisions": dict(sums.decisions)}
            unit.record(actor.tenant, AuditRecord(kind="recall.closed", actor=actor.user_id, values=values))
            held = await recalls.held(recall_id, SUSPENDED) if resume else []
        for case_id in held:
            await self._resumed(actor, case_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _progress(unit, await Recalls(unit.session).get(recall_id))

    async def _catch_up(self, tenant: str) -> None:
        """Bring what decisions were made with up to date, a batch of the trail in each transaction."""
        more = True
        while more:
            async with self.services.database.unit_of_work(tenant) as unit:
                more = await DecisionSources(unit.session, tenant).catch_up()

    async def _open_recall(self, actor: Actor, recall_id: str) -> Recall:
        """The recall with what was decided since. Raises `NotFound`, `RecallClosed`."""
        await self._catch_up(actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            recall = await Recalls(unit.session).get(recall_id, lock=True)
            _check_open(recall)
            await self._grown(unit, recall)
        return recall

    async def _grown(self, unit: UnitOfWork, recall: Recall) -> RecallProgress:
        sought = RecallTarget(
            kind=recall.kind, name=recall.name, version=recall.version, since=recall.since, before=recall.until
        ).sought
        until = await DecisionSources(unit.session, recall.tenant).take(recall.id, sought, after=recall.up_to)
        await Recalls(unit.session).change(recall.id, up_to=until)
        return await _progress(unit, recall)

    async def _suspended(self, actor: Actor, recall_id: str, case_id: str) -> str:
        """`suspended`, if the recall did it, now or in a call that broke off; else the status the case rests in."""
        reason = suspension(recall_id)
        try:
            await CaseDesk(services=self.services).suspend(actor, case_id, reason)
        except (CaseNotSteerable, CaseMoved):
            async with self.services.database.unit_of_work(actor.tenant) as unit:
                orders = await Steerings(unit.session).open(case_id, "suspend")
                if any(order.reason == reason for order in orders):
                    return SUSPENDED
                status = (await unit.cases.get(case_id)).status
                return "moving" if status in ("running", "waiting") else f"already {status}"
        return SUSPENDED

    async def _resumed(self, actor: Actor, case_id: str) -> None:
        try:
            await CaseDesk(services=self.services).resume(actor, case_id)
        except CaseNotSteerable:
            return  # somebody has resumed or cancelled it before

    async def _asked_again(self, asking: AskingAgain, recall: Recall, case_id: str) -> dict[int, AskedAgain]:
        """What models now say, by entry; asked before the transaction that settles it, which waits for nobody."""
        async with self.services.database.unit_of_work(recall.tenant) as unit:
            entries = await Recalls(unit.session).entries(recall.id, case_id)
        return {entry.seq: await asking.asked(entry, case_id) for entry in entries if not entry.erased}

    async def _redecided(
        self, unit: UnitOfWork, actor: Actor, recall: Recall, case_id: str, asked_again: Mapping[int, AskedAgain]
    ) -> None:
        recalls, now = Recalls(unit.session), self.services.clock()
        entries = await recalls.entries(recall.id, case_id)
        found: list[tuple[RecalledEntry, Again]] = []
        for entry in entries:
            said = asked_again.get(entry.seq)
            if said is not None and said.values is not None:
                told = AuditRecord(
                    kind="recall.asked", actor=actor.user_id, case_id=case_id, step=entry.step, values=said.values
                )
                unit.record(actor.tenant, told)
            found.append((entry, said.again if said else await self._again(actor.tenant, recall, entry)))
        asked = [(entry, again) for entry, again in found if again.status != CONFIRMED]
        incident_id = await self._asked(unit, recall, case_id, asked, now=now) if asked else None
        for entry, again in found:
            incident = incident_id if again.status != CONFIRMED else None
            await recalls.settle(
                recall.id, entry.seq, status=again.status, again=again.outcome, incident_id=incident, judged_at=now
            )
        counts = {status: sum(again.status == status for _, again in found) for status in {a.status for _, a in found}}
        values = {"recall": recall.id, "decisions": counts, "incident": incident_id}
        record = AuditRecord(kind="recall.decided", actor=actor.user_id, case_id=case_id, values=values)
        unit.record(actor.tenant, record)

    async def _again(self, tenant: str, recall: Recall, entry: RecalledEntry) -> Again:
        why = nobody_can_judge(entry, recall.kind)
        if why:
            return Again(status=UNKNOWN, outcome=why)
        try:
            active = await self._active(tenant, entry)
        except (RulesUnusable, NotFound) as error:
            return Again(status=UNKNOWN, outcome=str(error))
        return await asyncio.to_thread(judged_again, entry, active)

    async def _active(self, tenant: str, entry: RecalledEntry) -> Mapping[str, ActiveRules]:
        """The rules active now for the entry's case, by pack. Raises `NotFound`, `RulesUnusable`, `ViewTooOld`."""
        packs = {verdict["pack"] for verdict in verdicts_of(entry)}
        if missing := sorted(pack for pack in packs if pack not in self.services.shelf):
            raise NotFound(f"this release has no rule pack {', '.join(missing)}")
        return {pack: await self.services.shelf.active(tenant, pack, entry.started_at) for pack in packs}

    async def _asked(
        self,
        unit: UnitOfWork,
        recall: Recall,
        case_id: str,
        asked: Sequence[tuple[RecalledEntry, Again]],
        *,
        now: datetime,
    ) -> str:
        """The case's open incident of this recall; a new one unless there is one."""
        fingerprint = fingerprint_of(recall.id)
        incident = Incident(
            id=str(uuid.uuid4()),
            tenant=recall.tenant,
            case_id=case_id,
            step=asked[0][0].step,
            kind="DecisionRecalled",
            code="decision_recalled",
            message=message_of(recall, asked),
            fingerprint=fingerprint,
            status=OPEN,
            created_at=now,
        )
        if await unit.incidents.open(incident):
            await unit.session.flush()
            return incident.id
        there = [one for one in await unit.incidents.of_case(case_id) if one.status == OPEN]
        return next(one.id for one in there if one.fingerprint == fingerprint)


def suspension(recall_id: str) -> str:
    """The reason that a frozen case's order gives."""
    return f"recall {recall_id}"


def fingerprint_of(recall_id: str) -> str:
    """What all incidents of a recall share."""
    return hashlib.sha256(f"recall/{recall_id}".encode()).hexdigest()[:16]


def message_of(recall: Recall, asked: Sequence[tuple[RecalledEntry, Again]]) -> str:
    """What a person is to look at. No value of the case: where it stands, and how it comes out."""
    places = [f"{entry.step}#{entry.visit}: {again.outcome}" for entry, again in asked]
    what = f"{recall.kind} {recall.name}{'@' if recall.version else ''}{recall.version}"
    return f"recall {recall.id} of {what}; decided again: {'; '.join(places)}"[:MESSAGE]


def _check_open(recall: Recall) -> None:
    """Raises `RecallClosed`."""
    if recall.status != OPEN:
        raise RecallClosed(f"recall {recall.id} is closed: open another")


async def _progress(unit: UnitOfWork, recall: Recall) -> RecallProgress:
    recalls = Recalls(unit.session)
    sums = await recalls.sums(recall.id)
    return RecallProgress(
        recall=recall,
        decisions=sums.decisions,
        holds=sums.holds,
        to_freeze=bool(await recalls.to_freeze(recall.id, limit=1)),
        to_judge=bool(await recalls.to_judge(recall.id, limit=1)),
    )
