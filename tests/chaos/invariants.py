"""The invariant checker: nothing lost, nothing done twice, everything on record. Run after every fault.

DESIGN's invariants 1, 2, 4, 6, 7 and 9, each as named violations. An empty list means that the database and the
target are sound.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import text

from graphs.store.database import UNAVAILABLE, Database
from tests.chaos.evidence import CaseSeen, EffectSeen, Entry, Evidence, gather
from tests.chaos.trail import applied_task, approvals, confirmed, key_of, sent

ViolationName = Literal[
    "trigger_lost",
    "trigger_twice",
    "case_in_silence",
    "task_left_open",
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
    "audit_unsound",
    "lease_left",
    "job_without_worker",
    "file_left",
    "process_left",
    "money_differs",
]

ENDED = frozenset({"done", "rejected", "cancelled"})
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
    WHERE status = 'running' OR lease_until > now()
    UNION ALL
    SELECT 'job ' || id || ' ' || status || ' by ' || coalesce(worker_id::text, '-') FROM procrastinate_jobs
    WHERE status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now())
    """
)


async def rest(database: Database, *, within_seconds: float) -> None:
    """Return once no case runs, no lease is in force and no job is due. Raises `AssertionError` naming what is."""
    moving = ["the database"]
    try:
        async with asyncio.timeout(within_seconds):
            while moving := await unrest(database):
                await asyncio.sleep(0.05)
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
    stopped = {incident.case_id for incident in evidence.incidents if incident.status == "open"}
    excuses = {"waiting": asked | timed, "running": timed, "incident": stopped}
    for case in evidence.cases:
        if case.status not in ENDED and case.id not in excuses.get(case.status, set()):
            yield Violation(name="case_in_silence", subject=case.id, seen=case.status)


def closed_tasks(evidence: Evidence) -> Iterator[Violation]:
    """Nobody is asked about a case that has ended."""
    ended = {case.id for case in evidence.cases if case.status in ENDED}
    for task in evidence.tasks:
        if task.case_id in ended and task.status in UNANSWERED:
            yield Violation(name="task_left_open", subject=task.case_id, seen=task.id)


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
    before = [entry for entry in case.trail if entry.seq <= intent.seq] if case else []
    judged = [entry for entry in before if "verdict" in entry.values and key_of(entry) == effect.key]
    if case is None or not judged or judged[-1].values["verdict"]["kind"] == "deny":
        yield Violation(name="effect_without_verdict", subject=effect.key, seen=f"entry {intent.seq}")
        return
    last = judged[-1].values
    approvers = approvals(before, last.get("digest")) - {case.created_by}
    if last["verdict"]["kind"] != "allow" and not approvers:
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
    """Invariant 6: an answer that was accepted has moved its case, unless the case was stopped or cancelled."""
    cases = {case.id: case for case in evidence.cases}
    for task in evidence.tasks:
        case = cases.get(task.case_id)
        if task.status != "answered" or case is None or case.status in ("incident", "cancelled"):
            continue
        if not any(applied_task(entry) == task.id for entry in case.trail):
            yield Violation(name="answer_lost", subject=task.id, seen=f"case {case.status}")


def visits(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 4: each visit of a step ended once, and journal and trail tell the same."""
    for case in evidence.cases:
        for (step, visit), number in Counter(case.visits).items():
            if number > 1:
                yield Violation(name="visit_twice", subject=case.id, seen=f"{step} {visit}: {number} times")
        recorded = Counter(str(entry.step) for entry in case.trail if entry.kind == "step.ended")
        if recorded != Counter(step for step, _ in case.visits):
            yield Violation(name="visit_off_the_record", subject=case.id, seen=str(dict(recorded)))


def chain(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 9: the audit chain of every tenant verifies, without a gap."""
    for tenant, problems in evidence.chain.items():
        for problem in problems:
            yield Violation(name="audit_unsound", subject=f"{tenant} {problem.seq}", seen=problem.what)


def leftovers(evidence: Evidence) -> Iterator[Violation]:
    """Invariant 7: nothing is held by anybody any more."""
    for case in evidence.cases:
        if case.lease_owner is not None:
            yield Violation(name="lease_left", subject=case.id, seen=case.lease_owner)
    for job in evidence.jobs:
        if job.status == "doing" and not job.attended:
            yield Violation(name="job_without_worker", subject=str(job.id), seen=job.status)
    for name in evidence.files:
        yield Violation(name="file_left", subject=name, seen="after rest")
    for pid in evidence.processes:
        yield Violation(name="process_left", subject=str(pid), seen="after rest")


def money(evidence: Evidence) -> Iterator[Violation]:
    """What was written for the cases that are done is what their journals say, to the unit."""
    owner = {effect.key: effect.case_id for effect in evidence.effects}
    done = {case.id: case.amount or 0 for case in evidence.cases if case.status == "done"}
    unfinished = {case.id for case in evidence.cases if case.status not in ENDED}
    written = sum(line.amount for line in evidence.lines if owner.get(line.key) not in unfinished)
    # A process without an effect writes nothing: only cases that have one are owed a line.
    owed = sum(done[case_id] for case_id in set(owner.values()) & set(done))
    if written != owed:
        yield Violation(name="money_differs", subject="target", seen=f"{written} written, {owed} in cases done")


ALWAYS: tuple[Check, ...] = (triggers, lines, results, verdicts, answers, visits, chain, money)
AT_REST: tuple[Check, ...] = (endings, closed_tasks, applied_answers, leftovers)
