"""A judgement that hangs or ends its process: the process ends itself, and the case becomes an incident."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import psycopg
import pytest

from graphs.runtime.advance import LOST_AFTER, Advancer
from graphs.runtime.run import SUSPECT_AFTER
from graphs.runtime.services import Services
from graphs.tasks import Answer
from policies.engine import DurableRuleset
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tests.conftest import ROOT, TestDatabase
from tests.support.engine import Engine
from tests.support.toy import PACK

HELD_UP = """
import asyncio, faulthandler, re, sys
from datetime import timedelta
from graphs.runtime.watchdog import watched

noted = []

def note(name):
    real = getattr(faulthandler, name)
    def call(*given, **named):
        noted.append(name)
        real(*given, **named)
    setattr(faulthandler, name, call)

async def main():
    async with watched(timedelta(seconds=1)):
        while noted.count("dump_traceback_later") < 8:  # put off five times a second: for longer than the second
            await asyncio.sleep(0.05)
        print("turns", flush=True)
        if sys.argv[1] == "hang":
            re.match(r"(a+)+$", "a" * 60 + "b")  # C code that never returns and never lets go of the interpreter
    print("over", noted[-1], flush=True)

note("dump_traceback_later")
note("cancel_dump_traceback_later")
asyncio.run(main())
"""
LOSE = """
UPDATE cases SET lease_owner = 'a dead worker', lease_until = now() - interval '1 second', takeovers = %s WHERE id = %s
"""
DIES = (sys.executable, "-c", "import os; os.kill(os.getpid(), 11)")


class Untouchable(DurableRuleset):
    """An engine that must not be asked in this process about 666."""

    def run(self, fact: str) -> set[str]:
        assert "666" not in fact, "judged in the worker's own process"
        return super().run(fact)


def held_up(how: str) -> subprocess.CompletedProcess[str]:
    """A process under the watchdog."""
    return subprocess.run(
        [sys.executable, "-c", HELD_UP, how], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_process_that_is_held_up_in_c_code_ends_itself_with_a_traceback() -> None:
    began = time.monotonic()
    ended = held_up("hang")
    assert (ended.returncode, ended.stdout) == (1, "turns\n")
    assert "Timeout" in ended.stderr
    assert time.monotonic() - began < 15


def test_a_process_whose_loop_turns_is_left_alone() -> None:
    ended = held_up("not")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "turns\nover cancel_dump_traceback_later\n", "")


def lose(database: TestDatabase, case_id: str, *, before: int) -> None:
    """As if a worker had died with the case, after so many others."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(LOSE.encode(), (before, case_id))


def takeovers(database: TestDatabase, case_id: str) -> int | None:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT takeovers FROM cases WHERE id = %s", (case_id,)).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


async def advance(services: Services, case_id: str) -> None:
    advancer = Advancer(services=services, owner="test")
    await advancer.advance("acme", case_id)
    await advancer.close()


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Its amount must not be judged in the worker's own process."""
    engine.reader.amount = 666
    engine.rulebook = RuleBook(read_pack(PACK, name="toy"), open_ruleset=Untouchable)
    return engine


async def test_a_case_whose_workers_were_lost_is_judged_in_a_child(engine: Engine, own_database: TestDatabase) -> None:
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=SUSPECT_AFTER - 1)
    await advance(engine.services, case_id)
    case = await engine.case(case_id)
    assert (case.status, len(engine.notebook.written)) == ("done", 1)


async def test_one_lost_worker_is_no_reason_to(engine: Engine, own_database: TestDatabase) -> None:
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=SUSPECT_AFTER - 2)
    await advance(engine.services, case_id)
    [incident] = await engine.incidents_of(case_id)
    assert incident.message.startswith("judged in the worker's own process")


async def test_a_case_whose_judging_ends_the_child_too_is_an_incident(
    engine: Engine, own_database: TestDatabase
) -> None:
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=SUSPECT_AFTER - 1)
    await advance(replace(engine.services, trial_command=DIES), case_id)
    case, [incident] = await engine.case(case_id), await engine.incidents_of(case_id)
    assert (case.status, incident.code, engine.notebook.written) == ("incident", "judging_killed", [])
    assert "SIGSEGV" in incident.message


async def test_every_second_time_it_is_judged_here_where_a_child_may_never_end(
    engine: Engine, own_database: TestDatabase
) -> None:
    engine.reader.amount = 500
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=SUSPECT_AFTER)
    await advance(replace(engine.services, trial_command=DIES), case_id)
    assert (await engine.case(case_id)).status == "done"


async def test_the_others_never_notice(engine: Engine, own_database: TestDatabase) -> None:
    poisoned = (await engine.start()).case.id
    lose(own_database, poisoned, before=SUSPECT_AFTER - 1)
    services = replace(engine.services, trial_command=DIES)
    await advance(services, poisoned)
    engine.reader.amount = 500
    other = (await engine.start()).case.id
    await advance(services, other)
    assert [(await engine.case(case_id)).status for case_id in (poisoned, other)] == ["incident", "done"]


@pytest.mark.parametrize(("before", "stops"), [(LOST_AFTER - 2, False), (LOST_AFTER - 1, True)])
async def test_a_case_that_ends_every_worker_is_an_incident_whatever_ends_them(
    engine: Engine, own_database: TestDatabase, before: int, stops: bool
) -> None:
    engine.reader.amount = 500
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=before)
    await advance(engine.services, case_id)
    codes = [incident.code for incident in await engine.incidents_of(case_id)]
    assert codes == (["workers_lost"] if stops else [])


async def test_a_finished_step_and_a_lease_given_back_make_it_begin_anew(
    engine: Engine, own_database: TestDatabase
) -> None:
    engine.reader.amount = 60_000
    case_id = (await engine.start()).case.id
    lose(own_database, case_id, before=5)
    await advance(engine.services, case_id)
    assert ((await engine.case(case_id)).status, takeovers(own_database, case_id)) == ("waiting", None)
    await engine.answer(case_id, "dora", Answer(decision="approve"))
    await advance(engine.services, case_id)
    assert ((await engine.case(case_id)).status, takeovers(own_database, case_id)) == ("done", None)
