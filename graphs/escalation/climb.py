"""Climbing: a clock's ladder goes up, by its timer or by a forecast, each step at most once.

Whoever climbs has the clock, its case and its task to themselves. What was told and why stands in the same transaction
as the notices themselves; nothing here approves, rejects or moves a case.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.deadlines.case_clocks import recorded
from graphs.deadlines.clock import Clock
from graphs.errors import NotFound
from graphs.escalation.audience import Audience, Told
from graphs.escalation.takeover import another_person
from graphs.notices.notice import Notice
from graphs.routing.people.assigned import assigned
from graphs.routing.people.reading import WorkforceReader
from graphs.runtime.assignment import Assignment
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadlines import Clocks
from graphs.store.escalation_tables import EscalationRow
from graphs.store.escalations import Climb, Escalations
from graphs.store.holding import Chosen, Holding
from graphs.store.notice_tables import NoticeRow
from graphs.store.notices import Notices
from graphs.store.tables import Case, Task, Timer
from policies.escalation import Rung
from policies.escalation_due import PlannedLadder

ESCALATIONS = uuid.UUID("3f2b6c52-0b35-4a53-8c60-4b4a6a3c9d24")
AT_RISK = "deadline.at_risk"
ESCALATION = "escalation"
"""Why a ladder gives a task to another."""
TAKEN = "task.taken"
"""The notice for who had a task that was given to another."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written for all clocks that climb together: what was reached, and what people are to be told of it."""

    escalations: list[EscalationRow] = field(default_factory=list)
    notices: list[NoticeRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A clock of which something is reached, and the unanswered tasks that it is about."""

    unit: UnitOfWork
    clock: Clock
    ladder: PlannedLadder
    tasks: Sequence[Task]
    audience: Audience
    now: datetime
    written: Written
    probability_bps: int | None = None

    @property
    def holders(self) -> list[str]:
        """Who has the tasks."""
        return [task.assignee_id for task in self.tasks if task.assignee_id is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a rung has done: who was told, or why it could not be done."""

    told: Sequence[Told] = ()
    refused: str | None = None


@dataclass(slots=True, kw_only=True)
class Escalator:
    """Climbs the ladders of clocks. People are looked up at most every few seconds, however many clocks are due."""

    services: Services
    _assignments: dict[str, Assignment] = field(default_factory=dict)

    async def fired(self, unit: UnitOfWork, timers: Sequence[Timer]) -> None:
        """The timers of ladders have fired, and with them their clocks are this transaction's: climb to what is due.

        Clocks of one case climb one after the other: the first may give away the task that the next is about.
        """
        running = await Escalations(unit.session).running([timer.subject_id for timer in timers])
        clocks = [Clock.of(running[timer.subject_id]) for timer in timers if timer.subject_id in running]
        for turn in in_turns(clocks):
            await self._climb(unit, turn, probability_bps=None)

    async def foresee(self, tenant: str, clock_id: str, *, probability_bps: int) -> bool | None:
        """A breach is so likely, in basis points: the rungs on forecast are reached that this is enough for.

        Says whether one was; None while somebody else has the clock: ask again. Raises `NotFound`.
        """
        async with self.services.database.unit_of_work(tenant) as unit:
            if await Clocks(unit.session).get(clock_id) is None:
                raise NotFound(f"there is no clock {clock_id}")
            if not await Escalations(unit.session).hold(clock_id):
                return None
            row = (await Escalations(unit.session).running([clock_id])).get(clock_id)
            if row is None or row.breached_at is not None:
                return False
            return await self._climb(unit, [Clock.of(row)], probability_bps=probability_bps)

    async def _climb(self, unit: UnitOfWork, clocks: Sequence[Clock], *, probability_bps: int | None) -> bool:
        """Reach what is to be reached on ladders of different cases; says whether anything was."""
        escalations = Escalations(unit.session)
        standing = await escalations.standing([clock.case_id for clock in clocks])
        written, climbs = Written(), []
        for clock in clocks:
            case, tasks = standing.get(clock.case_id, (None, ()))
            if case is not None:
                climb = await self._climb_one(unit, clock, case, tasks, written, probability_bps)
                climbs += [climb] if climb is not None else []
        await escalations.add(written.escalations)
        await Notices(unit.session).put_all(written.notices)
        if climbs:
            await escalations.climb(climbs)
        before = {clock.id: clock.climbed for clock in clocks}
        return any(climb.climbed > before[climb.clock_id] for climb in climbs)

    async def _climb_one(
        self,
        unit: UnitOfWork,
        clock: Clock,
        case: Case,
        tasks: Sequence[Task],
        written: Written,
        probability_bps: int | None,
    ) -> Climb | None:
        """How far the clock's ladder is climbed then. What is done already reaches nothing any more: None."""
        ladder, now = clock.ladder, self.services.clock()
        if clock.task_id is not None:
            tasks = [task for task in tasks if task.id == clock.task_id]
        if ladder is None or (clock.task_id is not None and not tasks):
            return None
        place, left_out = ladder.due(clock.climbed, now)
        if probability_bps is not None:
            place, left_out = ladder.foreseen(clock.climbed, probability_bps)
        at_risk = clock.at_risk_since is None and ladder.at_risk_at is not None and ladder.at_risk_at <= now
        climbed = clock.climbed
        if place is not None or at_risk:
            occasion = Occasion(
                unit=unit,
                clock=clock,
                ladder=ladder,
                tasks=tasks,
                audience=Audience(roster=await self._assignment(clock.tenant).people(now)),
                now=now,
                written=written,
                probability_bps=probability_bps,
            )
            if at_risk:
                self._at_risk(occasion, also_reached=place is not None, title=case.title)
            if place is not None:
                climbed = await self._reach(occasion, place, left_out, title=case.title)
        return Climb(clock_id=clock.id, climbed=climbed, at_risk_since=now if at_risk else clock.at_risk_since)

    def _at_risk(self, occasion: Occasion, *, also_reached: bool, title: str) -> None:
        """The event; people are told of it unless they are told more at the same time, or it is late already."""
        clock, late = occasion.clock, occasion.clock.due_at is not None and occasion.clock.due_at <= occasion.now
        told = [] if also_reached or late else occasion.audience.holders(occasion.holders)
        for one in told:
            self._tell(occasion, one, AT_RISK, f"{AT_RISK}/{_round(clock)}", None, title=title)
        values: dict[str, Any] = {"due": clock.due_at, "told": [one.data() for one in told], "late": late}
        occasion.unit.record(clock.tenant, recorded(AT_RISK, clock, **values))

    async def _reach(self, occasion: Occasion, place: int, left_out: Sequence[int], *, title: str) -> int:
        """Reach the step; where it cannot be done, the next rung at once. Returns how many steps are behind then."""
        rows = [
            _row(occasion, skipped, "skipped", Done(refused="a higher one was due with it")) for skipped in left_out
        ]
        names = [row.rung for row in rows]
        following: int | None = place
        while following is not None:
            place, following = following, None
            done = await self._done(occasion, place, title=title)
            if done.refused is not None and not done.told:
                following = occasion.ladder.next_rung(place)
                if following is None:
                    done = self._nobody_left(occasion, place, done.refused, title=title)
            rows.append(_row(occasion, place, "reached" if done.refused is None else "refused", done))
            self._record(occasion, rows[-1], skipped=names)
            names = []
        occasion.written.escalations.extend(rows)
        return place + 1

    async def _done(self, occasion: Occasion, place: int, *, title: str) -> Done:
        rung = occasion.ladder.rung(occasion.ladder.steps[place])
        if rung.action == "reassign":
            return await self._reassigned(occasion, place, rung, title=title)
        told = occasion.audience.of(rung, occasion.holders)
        return self._all_told(occasion, place, told, title=title)

    async def _reassigned(self, occasion: Occasion, place: int, rung: Rung, *, title: str) -> Done:
        """The task is another's; whoever had it is told, too."""
        clock = occasion.clock
        if clock.task_id is None:
            return Done(refused="the clock is not about a task")
        [task] = occasion.tasks
        given = await another_person(self.services, self._assignment(clock.tenant), task, now=occasion.now)
        found, before = given.choice.chosen, task.assignee_id
        if found is None:
            return Done(refused="nobody else may answer the task")
        why = {"from": before, "because": ESCALATION}
        chosen = Chosen(assignment=assigned(given.choice, given.need, at=occasion.now, why=why), team=given.choice.team)
        to = Holding(status="open", assignee_id=found.user_id)
        if not await occasion.unit.inbox.hand(task.id, seen=Holding.of(task), to=to, now=occasion.now, chosen=chosen):
            return Done(refused="the task was answered or given away at the same moment")
        values = {"task": task.id, "from": before, "to": found.user_id, "why": ESCALATION, "rung": rung.name}
        record = AuditRecord(kind="task.reassigned", actor=WORKER, case_id=task.case_id, step=task.step, values=values)
        occasion.unit.record(clock.tenant, record)
        done = self._all_told(occasion, place, [Told(user_id=found.user_id, why="takes over")], title=title)
        if before is None:
            return done
        left = Told(user_id=before, why="had the task")
        self._tell(occasion, left, TAKEN, _key(occasion, place), rung, title=title)
        return Done(told=(*done.told, left))

    def _nobody_left(self, occasion: Occasion, place: int, refused: str, *, title: str) -> Done:
        """The last rung cannot be done: the supervisors, and it says why."""
        told = occasion.audience.supervisors(occasion.holders, refused)
        done = self._all_told(occasion, place, told, title=title)
        return Done(told=done.told, refused=refused)

    def _all_told(self, occasion: Occasion, place: int, told: Sequence[Told], *, title: str) -> Done:
        rung = occasion.ladder.rung(occasion.ladder.steps[place])
        if not told:
            log.error("escalation.nobody_to_tell", clock=occasion.clock.id, rung=rung.name)
            return Done(refused="there is nobody to tell")
        for one in told:
            self._tell(occasion, one, rung.kind, _key(occasion, place), rung, title=title)
        return Done(told=told)

    def _tell(self, occasion: Occasion, told: Told, kind: str, key: str, rung: Rung | None, *, title: str) -> None:
        clock = occasion.clock
        values: dict[str, Any] = {
            "title": title,
            "scope": clock.scope.value,
            "name": clock.name,
            "level": clock.level.name if clock.level else None,
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
            "rung": rung.name if rung else None,
            "when": rung.when() if rung else None,
            "why": told.why,
            "escalation": key if rung else None,
        }
        if occasion.probability_bps is not None:
            values["probability_bps"] = occasion.probability_bps
        notice = Notice(
            tenant=clock.tenant,
            recipient_id=told.user_id,
            kind=kind,
            key=key,
            case_id=clock.case_id,
            task_id=clock.task_id,
            values=values,
            urgency=rung.urgency if rung else "normal",
            channel=rung.channel if rung else None,
        )
        occasion.written.notices.append(notice.row(occasion.now))

    def _record(self, occasion: Occasion, row: EscalationRow, *, skipped: Sequence[str]) -> None:
        values: dict[str, Any] = {
            "escalation": row.id,
            "rung": row.rung,
            "number": row.number,
            "action": row.action,
            "status": row.status,
            "planned": row.planned_at,
            "told": row.told,
            "reason": row.why,
            "skipped": list(skipped),
            "probability_bps": row.probability_bps,
        }
        occasion.unit.record(row.tenant, recorded("escalation.reached", occasion.clock, **values))

    def _assignment(self, tenant: str) -> Assignment:
        if tenant not in self._assignments:
            reader = WorkforceReader(database=self.services.database, tenant=tenant)
            self._assignments[tenant] = Assignment(reader.read, reader.holder)
        return self._assignments[tenant]


def in_turns(clocks: Sequence[Clock]) -> list[list[Clock]]:
    """The clocks in turns, of each case one a turn, in their order."""
    turns: list[list[Clock]] = []
    of_case: Counter[str] = Counter()
    for clock in clocks:
        turn = of_case[clock.case_id]
        if turn == len(turns):
            turns.append([])
        turns[turn].append(clock)
        of_case[clock.case_id] += 1
    return turns


def _round(clock: Clock) -> str:
    """Tells apart what is reached before and after a restart of the clock."""
    return f"{clock.id}/{clock.started_at.isoformat()}"


def _key(occasion: Occasion, place: int) -> str:
    """The escalation's id: the same step of the same round is told once."""
    return str(uuid.uuid5(ESCALATIONS, f"{_round(occasion.clock)}/{place}"))


def _row(occasion: Occasion, place: int, status: str, done: Done) -> EscalationRow:
    clock, step = occasion.clock, occasion.ladder.steps[place]
    rung = occasion.ladder.rung(step)
    return EscalationRow(
        id=_key(occasion, place),
        tenant=clock.tenant,
        case_id=clock.case_id,
        clock_id=clock.id,
        task_id=clock.task_id,
        round=clock.started_at,
        place=place,
        rung=rung.name,
        number=step.number,
        action=rung.action,
        status=status,
        planned_at=step.at,
        at=occasion.now,
        probability_bps=occasion.probability_bps,
        told=[one.data() for one in done.told],
        why=done.refused,
    )
