"""The checker finds what it is there for: one planted violation of each kind, in evidence that was sound before."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import psycopg
import pytest

from graphs.audit import Problem
from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from graphs.tasks import Answer
from tests.chaos.evidence import CaseSeen, Entry, Evidence, IncidentSeen, JobSeen, Line, gather, members_of
from tests.chaos.invariants import ViolationName, broken, violations
from tests.chaos.process import ASKED, STRAIGHT, chaos_engine
from tests.conftest import TestDatabase, clone
from tests.support.engine import Engine
from tests.support.people import populate
from tools.clock import utc_now

STRAIGHT_CASE, APPROVED_CASE, WAITING_CASE = 0, 1, 2
TRIGGERS = {"straight": STRAIGHT, "approved": ASKED, "waiting": ASKED}
Plant = Callable[[Evidence], Evidence]


@pytest.fixture(scope="module")
def sound(server: EmbeddedPostgres, template: str) -> Iterator[Evidence]:
    """One case that went straight through, one that was approved, one that waits; gathered once, never changed."""
    with clone(server, template) as cloned:
        yield asyncio.run(three_cases(cloned.app_url))


async def three_cases(url: str) -> Evidence:
    """What is seen once the three have come as far as they can."""
    database = Database(url, clock=utc_now)
    await populate(database)
    engine = chaos_engine(database, url)
    accepted = {key: (await engine.start(key=key, subject=subject)).case.id for key, subject in TRIGGERS.items()}
    for case_id in accepted.values():
        await engine.advance(case_id)
    await engine.answer(accepted["approved"], "berta", Answer(decision="approve"))
    await engine.advance(accepted["approved"])
    try:
        return await gather(database, engine.notebook.written, accepted=accepted)
    finally:
        await database.close()


def with_case(evidence: Evidence, number: int, **changes: Any) -> Evidence:
    """The evidence with one case changed."""
    cases = list(evidence.cases)
    cases[number] = dataclasses.replace(cases[number], **changes)
    return dataclasses.replace(evidence, cases=tuple(cases))


def with_first(evidence: Evidence, what: str, **changes: Any) -> Evidence:
    """The evidence with the first of its tasks, effects, lines … changed."""
    first, *others = getattr(evidence, what)
    return dataclasses.replace(evidence, **{what: (dataclasses.replace(first, **changes), *others)})


def without(case: CaseSeen, *kinds: str) -> tuple[Entry, ...]:
    """The case's trail without entries of these kinds."""
    return tuple(entry for entry in case.trail if entry.kind not in kinds)


def without_verdicts(case: CaseSeen) -> tuple[Entry, ...]:
    """The case's trail, with no verdict in it."""
    return tuple(
        dataclasses.replace(entry, values={key: value for key, value in entry.values.items() if key != "verdict"})
        for entry in case.trail
    )


def approved_by(case: CaseSeen, actor: str) -> tuple[Entry, ...]:
    """The case's trail, with its answers given by `actor`."""
    return tuple(
        dataclasses.replace(entry, actor=actor) if entry.kind == "task.answered" else entry for entry in case.trail
    )


def twice(case: CaseSeen) -> tuple[Entry, ...]:
    """The case's trail, with the entry that applies its answer repeated."""
    applied = [entry for entry in case.trail if "answer" in entry.values]
    return (*case.trail, applied[0])


def plant_trigger_twice(seen: Evidence) -> Evidence:
    return dataclasses.replace(seen, cases=(*seen.cases, dataclasses.replace(seen.cases[0], id="another")))


def plant_line(seen: Evidence, line: Line) -> Evidence:
    return dataclasses.replace(seen, lines=(*seen.lines, line))


PLANTS: dict[ViolationName, Plant] = {
    "trigger_lost": lambda seen: dataclasses.replace(seen, accepted={**seen.accepted, "lost": "nowhere"}),
    "trigger_twice": plant_trigger_twice,
    "case_in_silence": lambda seen: dataclasses.replace(seen, tasks=()),
    "task_off_the_record": lambda seen: with_first(seen, "tasks", id="another"),
    "task_left_open": lambda seen: with_case(seen, WAITING_CASE, status="cancelled"),
    "effect_twice": lambda seen: plant_line(seen, seen.lines[0]),
    "effect_lost": lambda seen: dataclasses.replace(seen, lines=seen.lines[1:]),
    "effect_off_the_ledger": lambda seen: plant_line(seen, Line(key="stranger", amount=0)),
    "line_without_intent": lambda seen: with_case(seen, 0, trail=without(seen.cases[0], "effect.sent")),
    "line_without_result": lambda seen: with_first(seen, "effects", status="sent"),
    "confirmed_off_the_record": lambda seen: with_case(seen, 0, trail=without(seen.cases[0], "effect.confirmed")),
    "effect_without_verdict": lambda seen: with_case(seen, 0, trail=without_verdicts(seen.cases[0])),
    "effect_without_approval": lambda seen: with_case(
        seen, APPROVED_CASE, trail=approved_by(seen.cases[APPROVED_CASE], seen.cases[APPROVED_CASE].created_by)
    ),
    "answer_applied_twice": lambda seen: with_case(seen, APPROVED_CASE, trail=twice(seen.cases[APPROVED_CASE])),
    "answer_off_the_record": lambda seen: with_case(
        seen, APPROVED_CASE, trail=without(seen.cases[APPROVED_CASE], "task.answered")
    ),
    "answer_lost": lambda seen: with_case(
        seen, APPROVED_CASE, trail=tuple(e for e in seen.cases[APPROVED_CASE].trail if "answer" not in e.values)
    ),
    "visit_twice": lambda seen: with_case(seen, 0, visits=(*seen.cases[0].visits, seen.cases[0].visits[0])),
    "visit_off_the_record": lambda seen: with_case(seen, 0, trail=without(seen.cases[0], "read.done")),
    "checkpoint_ahead": lambda seen: with_case(seen, WAITING_CASE, covered=seen.cases[WAITING_CASE].journaled + 1),
    "checkpoint_left": lambda seen: with_case(seen, STRAIGHT_CASE, covered=1),
    "audit_unsound": lambda seen: dataclasses.replace(seen, chain={"acme": (Problem(seq=3, what="missing"),)}),
    "lease_left": lambda seen: with_case(seen, 0, lease_owner="a worker"),
    "job_without_worker": lambda seen: dataclasses.replace(
        seen, jobs=(*seen.jobs, JobSeen(id=1, status="doing", attended=False))
    ),
    "file_left": lambda seen: dataclasses.replace(seen, files=("half-written",)),
    "process_left": lambda seen: dataclasses.replace(seen, processes=(1,)),
    "money_differs": lambda seen: with_first(seen, "lines", amount=501),
}


def test_every_violation_has_been_planted() -> None:
    assert set(PLANTS) == set(get_args(ViolationName))


@pytest.mark.parametrize("name", list(PLANTS))
def test_a_planted_violation_is_named(sound: Evidence, name: ViolationName) -> None:
    assert broken(sound) == []
    assert name in {found.name for found in broken(PLANTS[name](sound))}


def test_an_incident_excuses_a_case_only_while_it_is_open(sound: Evidence) -> None:
    stopped = with_case(sound, STRAIGHT_CASE, status="incident")
    for status, excused in (("open", True), ("closed", False)):
        incident = IncidentSeen(case_id=sound.cases[STRAIGHT_CASE].id, status=status)
        found = broken(dataclasses.replace(stopped, incidents=(incident,)))
        assert ("case_in_silence" in {violation.name for violation in found}) is not excused


async def test_a_case_that_was_left_running_is_found_in_the_database(
    engine: Engine, own_database: TestDatabase
) -> None:
    accepted = {"straight": (await engine.start(key="straight", subject=STRAIGHT)).case.id}
    await engine.advance(accepted["straight"])
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("UPDATE cases SET status = 'running', lease_owner = 'x', lease_until = now() + interval '1 min'")
    found = await violations(engine.database, engine.notebook.written, accepted=accepted)
    assert {violation.name for violation in found} >= {"case_in_silence", "lease_left"}


async def test_a_rewritten_audit_entry_is_found_in_the_database(engine: Engine, own_database: TestDatabase) -> None:
    await engine.advance((await engine.start(subject=STRAIGHT)).case.id)
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 2")
    assert "audit_unsound" in {found.name for found in await violations(engine.database, engine.notebook.written)}


def test_files_and_processes_that_were_left_are_found() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, process_group=0)
    assert child.pid in members_of([child.pid])
    child.communicate(os.linesep.encode())
    assert members_of([child.pid]) == ()
