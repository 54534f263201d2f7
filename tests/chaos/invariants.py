"""The invariant checker: nothing lost, nothing done twice, everything on record. Run after every fault.

DESIGN's invariants 1, 2, 4, 6, 7 and 9, each as named violations. An empty list means that the database and the
target are sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import text

from graphs.store.database import UNAVAILABLE, Database
from tests.chaos.evidence import CaseSeen, EffectSeen, Entry, Evidence, gather
from tests.chaos.trail import (
    applied_task,
    approvals,
    confirmed,
    opened_task,
    sent,
    tells_its_visit,
    verdict_of,
    visits_in,
)
from tests.support.patience import eventually

ViolationName = Literal[
    "trigger_lost",
    "trigger_twice",
    "case_in_silence",
    "task_left_open",
    "task_off_the_record",
    "effect_twice",
    "effect_lost",
    "effect_off_the_ledger",
    "line_without_intent",
    "line_without_result",
    "confirmed_off_the_record",
    "effect_without_verdict",
    "effect_without_approval",
    "answer_applied_twice",
    "answer_off_the_record",
    "answer_lost",
    "visit_twice",
    "visit_off_the_record",
    "checkpoint_ahead",
    "checkpoint_left",
    "audit_unsound",
    "lease_left",
    "job_without_worker",
    "file_left",
    "process_left",
    "money_differs",
]

ENDED = frozenset({"done", "rejected", "cancelled"})
HELD_BACK = frozenset({"incident", "cancelled", "suspended", "compensating"})
UNANSWERED = frozenset({"open", "claimed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken invariant: its name, what it is about, and what was seen."""

    name: ViolationName
    subject: str
    seen: str


Check = Callable[[Evidence], Iterator[Violation]]


async def violations(
    database: Database,
    ledger: Path | Iterable[tuple[str, int]],
    *,
    accepted: Mapping[str, str] | None = None,
    folder: Path | None = None,
    groups: Sequence[int] = (),
    settled: bool = True,
) -> list[Violation]:
    """What is broken. `settled`: everything has come to rest, so nothing may be under way either.

    `ledger` is the target's file or its lines, `accepted` the acknowledged triggers with the case each was told,
    `folder` a folder that must be empty, `groups` process groups that must have no member left.
    """
    evidence = await gather(database, ledger, accepted=accepted, folder=folder, groups=groups)
    return broken(evidence, settled=settled)


def broken(evidence: Evidence, *, settled: bool = True) -> list[Violation]:
    """What is broken in the evidence."""
    checks = (*ALWAYS, *AT_REST) if settled else ALWAYS
    return [found for check in checks for found in check(evidence)]


UNREST = text(
    """
    SELECT 'case ' || id || ' ' || status || ', lease until ' || coalesce(lease_until::text, '-') FROM cases
    WHERE status IN ('running', 'compensating') OR lease_until > now()
    UNION ALL
    SELECT 'job ' || id || ' ' || status || ' by ' || coalesce(worker_id::text, '-') FROM procrastinate_jobs
    WHERE status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now())
    """
)


async def rest(database: Database, *, within_seconds: float) -> None:
    """Return once no case runs, no lease is in force and no job is due. Raises `AssertionError` naming what is."""
    moving = ["the database"]

    async def still() -> bool:
        nonlocal moving
        moving = await unrest(database)
        return not moving

    try:
        await eventually(still, within_seconds=within_seconds, pause_seconds=0.05)
    except TimeoutError as error:
        raise AssertionError(f"no rest after {within_seconds} s: {moving[:10]}") from error


async def unrest(database: Database) -> list[str]:
    """What moves."""
    try:
        async with database.unit_of_work() as unit:
            tenants = list(await unit.people.tenants())
        async with database.unit_of_work(*tenants) as unit:
            return list((await unit.session.execute(UNREST)).scalars())
    except UNAVAILABLE:
        return ["the database"]


def triggers(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 1: every accepted trigger has exactly one case, the one its sender was told."""
    known = {case.trigger_key: case.id for case in evidence.cases}
    for key, case_id in evidence.accepted.items():
        if known.get(key) != case_id:
            yield Violation(name="trigger_lost", subject=key, seen=f"told {case_id}, found {known.get(key)}")
    made = Counter((case.tenant, case.process, case.trigger_key) for case in evidence.cases)
    for (_, _, key), number in made.items():
        if number > 1:
            yield Violation(name="trigger_twice", subject=key, seen=f"{number} cases")


def endings(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 1: every case has ended, waits for someone named or for an instant, or has an open incident."""
    asked = {task.case_id for task in evidence.tasks if task.status in UNANSWERED and task.assignee_id}
    timed = {timer.case_id for timer in evidence.timers if timer.status == "set" and timer.subject != "task"}
    expecting = {wait.case_id for wait in evidence.subscriptions if wait.status == "waiting"}
    stopped = {incident.case_id for incident in evidence.incidents if incident.status == "open"}
    suspended = {order.case_id for order in evidence.orders if (order.kind, order.status) == ("suspend", "open")}
    cancelling = {order.case_id for order in evidence.orders if (order.kind, order.status) == ("cancel", "open")}
    excuses = {
        "waiting": asked | timed | expecting,
        "running": timed,
        "incident": stopped,
        "suspended": suspended,
        "compensating": timed & cancelling,
    }
    for case in evidence.cases:
        if case.status not in ENDED and case.id not in excuses.get(case.status, set()):
            yield Violation(name="case_in_silence", subject=case.id, seen=case.status)


def closed_tasks(evidence: Evidence) -> Iterator[Violation]:
    """Nobody is asked about a case that has ended."""
    ended = {case.id for case in evidence.cases if case.status in ENDED}
    for task in evidence.tasks:
        if task.case_id in ended and task.status in UNANSWERED:
            yield Violation(name="task_left_open", subject=task.case_id, seen=task.id)


def opened_tasks(evidence: Evidence) -> Iterator[Violation]:
    """Invariants 4 and 9: every task was opened by exactly one visit, and the trail tells of none that is not there."""
    opened = Counter(opened_task(entry) for case in evidence.cases for entry in case.trail)
    known = {task.id for task in evidence.tasks}
    for task in evidence.tasks:
        if opened[task.id] != 1:
            yield Violation(name="task_off_the_record", subject=task.id, seen=f"opened {opened[task.id]} times")
    for missing in set(opened) - known - {None}:
        yield Violation(name="task_off_the_record", subject=str(missing), seen="there is no such task")


def lines(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 2: at most one line for each key, and each line is an effect's, with intent and result on record."""
    effects = {effect.key: effect for effect in evidence.effects}
    cases = {case.id: case for case in evidence.cases}
    for key, number in Counter(line.key for line in evidence.lines).items():
        if number > 1:
            yield Violation(name="effect_twice", subject=key, seen=f"{number} lines")
        effect = effects.get(key)
        if effect is None or effect.case_id not in cases:
            yield Violation(name="effect_off_the_ledger", subject=key, seen="no effect has this key")
            continue
        case = cases[effect.case_id]
        if not sent(case, key):
            yield Violation(name="line_without_intent", subject=key, seen=case.id)
        if case.status in ENDED and effect.status != "confirmed":
            yield Violation(name="line_without_result", subject=key, seen=f"{case.status}, effect {effect.status}")


def results(evidence: Evidence) -> Iterator[Violation]:
    """Invariants 2 and 4: a confirmed effect has its line; the trail has exactly one intent-and-result for it."""
    written = {line.key for line in evidence.lines}
    cases = {case.id: case for case in evidence.cases}
    for effect in evidence.effects:
        if effect.status == "confirmed" and effect.key not in written:
            yield Violation(name="effect_lost", subject=effect.key, seen="confirmed, but not at the target")
        case = cases.get(effect.case_id)
        recorded = len(confirmed(case, effect.key)) if case else 0
        if recorded != (effect.status == "confirmed"):
            seen = f"{effect.status}, {recorded} entries say confirmed"
            yield Violation(name="confirmed_off_the_record", subject=effect.key, seen=seen)


def verdicts(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 2 and 6: every effect was preceded by its verdict; review means approved by someone else."""
    cases = {case.id: case for case in evidence.cases}
    for effect in evidence.effects:
        case = cases.get(effect.case_id)
        for entry in sent(case, effect.key) if case else []:
            yield from _justified(case, effect, entry)


def _justified(case: CaseSeen | None, effect: EffectSeen, intent: Entry) -> Iterator[Violation]:
    """The intent has its verdict: it was committed with it, before the call."""
    verdict = verdict_of(case, intent) if case else None
    if case is None or verdict is None or verdict["kind"] == "deny":
        yield Violation(name="effect_without_verdict", subject=effect.key, seen=f"entry {intent.seq}")
        return
    before = [entry for entry in case.trail if entry.seq < intent.seq]
    approvers = approvals(before, intent.values.get("digest")) - {case.created_by}
    if verdict["kind"] != "allow" and not approvers:
        yield Violation(name="effect_without_approval", subject=effect.key, seen=f"entry {intent.seq}")


def answers(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 6: each answer is recorded once and applied once."""
    cases = {case.id: case for case in evidence.cases}
    for task in evidence.tasks:
        trail = cases[task.case_id].trail if task.case_id in cases else ()
        told = sum(entry.kind == "task.answered" and entry.values.get("task") == task.id for entry in trail)
        applied = Counter(entry.kind for entry in trail if applied_task(entry) == task.id)
        if told != (task.status == "answered"):
            yield Violation(name="answer_off_the_record", subject=task.id, seen=f"{task.status}, {told} entries")
        if applied and max(applied.values()) > 1:
            yield Violation(name="answer_applied_twice", subject=task.id, seen=str(dict(applied)))


def applied_answers(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 6: an answer that was accepted has moved its case, unless somebody or something stopped that."""
    cases = {case.id: case for case in evidence.cases}
    for task in evidence.tasks:
        case = cases.get(task.case_id)
        if task.status != "answered" or case is None or case.status in HELD_BACK:
            continue
        if not any(applied_task(entry) == task.id for entry in case.trail):
            yield Violation(name="answer_lost", subject=task.id, seen=f"case {case.status}")


def visits(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 4: each visit of a step stands in the journal once, numbered without a gap, with what came of it."""
    for case in evidence.cases:
        for (step, visit), number in Counter(case.visits).items():
            if number > 1 and visit > 0:
                yield Violation(name="visit_twice", subject=case.id, seen=f"{step} {visit}: {number} times")
            if visit > 1 and (step, visit - 1) not in case.visits:
                yield Violation(name="visit_off_the_record", subject=case.id, seen=f"{step} {visit} without its first")
        journal = visits_in(case)
        if not len(journal) == len(case.visits) == case.journaled:
            seen = f"{len(journal)} in the trail, {len(case.visits)} in the journal, {case.journaled} counted"
            yield Violation(name="visit_off_the_record", subject=case.id, seen=seen)
        for entry in journal:
            if not tells_its_visit(entry):
                yield Violation(name="visit_off_the_record", subject=case.id, seen=f"entry {entry.seq} {entry.kind}")


def checkpoints(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 4: no checkpoint holds what the journal does not, and a case that has ended has none."""
    for case in evidence.cases:
        if case.covered is not None and case.covered > case.journaled:
            seen = f"{case.covered} covered, {case.journaled} journaled"
            yield Violation(name="checkpoint_ahead", subject=case.id, seen=seen)
        if case.covered is not None and case.status in ENDED:
            yield Violation(name="checkpoint_left", subject=case.id, seen=case.status)


def chain(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 9: the audit chain of every tenant verifies, without a gap."""
    for tenant, problems in evidence.chain.items():
        for problem in problems:
            yield Violation(name="audit_unsound", subject=f"{tenant} {problem.seq}", seen=problem.what)


def leftovers(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 7: nothing is held by anybody any more: leases were given back, they did not just run out."""
    for case in evidence.cases:
        if case.lease_owner is not None or case.leased:
            yield Violation(name="lease_left", subject=case.id, seen=str(case.lease_owner))
    for job in evidence.jobs:
        if job.status == "doing" and not job.attended:
            yield Violation(name="job_without_worker", subject=str(job.id), seen=job.status)
    for name in evidence.files:
        yield Violation(name="file_left", subject=name, seen="after rest")
    for pid in evidence.processes:
        yield Violation(name="process_left", subject=str(pid), seen="after rest")


def money(evidence: Evidence) -> Iterator[Violation]:
    """What was written is what the journals of the cases that are done say, to the unit.

    A cancelled case keeps what was confirmed before: the chaos process takes nothing back.
    """
    owner = {effect.key: effect.case_id for effect in evidence.effects}
    done = {case.id: case.amount or 0 for case in evidence.cases if case.status == "done"}
    unfinished = {case.id for case in evidence.cases if case.status not in ENDED}
    written = sum(line.amount for line in evidence.lines if owner.get(line.key) not in unfinished)
    # A process without an effect writes nothing: only cases that have one are owed a line.
    owed = sum(done[case_id] for case_id in set(owner.values()) & set(done))
    cancelled = {case.id for case in evidence.cases if case.status == "cancelled"}
    owed += sum(
        effect.amount or 0
        for effect in evidence.effects
        if effect.case_id in cancelled and effect.status == "confirmed"
    )
    if written != owed:
        yield Violation(
            name="money_differs", subject="target", seen=f"{written} written, {owed} in cases that have ended"
        )


ALWAYS: tuple[Check, ...] = (
    triggers,
    opened_tasks,
    lines,
    results,
    verdicts,
    answers,
    visits,
    checkpoints,
    chain,
    money,
)
AT_REST: tuple[Check, ...] = (endings, closed_tasks, applied_answers, leftovers)
