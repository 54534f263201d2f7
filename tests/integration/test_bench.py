"""The benchmarks, tiny: every key is there, and what must not be is found."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from evals.bench.checks import findings, most_steps_rerun
from evals.bench.contest import as_json
from evals.bench.contest import p2p6 as bench_p2p6
from evals.bench.driver import open_driver
from evals.bench.figures import METRICS
from evals.bench.flood import flood_measured
from evals.bench.limits import crowds_measured
from evals.bench.plain import take_off
from evals.bench.rounds import Plan
from evals.bench.server import BenchDatabase, BenchServer, running_server
from evals.bench.setup import TENANT, Rules, Setup
from evals.bench.target import postings
from evals.bench.tasks import Load, tasks_measured
from evals.bench.waiting import waiting_cases
from evals.bench.wiring import add_people, open_services, worker
from graphs.store.databases import create_database, database_exists
from graphs.store.embedded import EmbeddedPostgres
from tests.conftest import ROOT, TestDatabase
from tests.support.served import environment

WAY = ["extract", "policy", "match", "route", "approve", "route", "post", "done"]
PEERS = ("dbos", "langgraph_apg", "langgraph_apg16", "floor_async16", "floor_group")


@pytest.fixture
def setup(own_database: TestDatabase, tmp_path: Path) -> Setup:
    """The benchmark on the test's own database, with the starts of steps logged."""
    return Setup(url=own_database.app_url, folder=tmp_path, logs_steps=True, concurrency=4)


@pytest.fixture
def bench_database(own_database: TestDatabase) -> BenchDatabase:
    return BenchDatabase(name=own_database.name, owner_url=own_database.owner_url, app_url=own_database.app_url)


@pytest.fixture
async def ran(setup: Setup) -> dict[str, str]:
    """Two cases that a worker has taken to their end: case ids by number."""
    async with open_services(setup) as services:
        await add_people(services)
        async with worker(setup, services).running(), open_driver(setup) as driver:
            run = await driver.run(["t-0", "t-1"])
    assert run.done == 2
    return run.case_ids


async def test_a_case_takes_every_step_and_none_twice(setup: Setup, ran: dict[str, str]) -> None:
    async with open_services(setup) as services, services.database.unit_of_work(TENANT) as unit:
        assert [visit.name for visit in await unit.journal.of_case(ran["t-0"])] == WAY
    assert await most_steps_rerun(setup, ran) == 0
    assert postings(setup.books) == {"t-0": 1, "t-1": 1}


async def test_a_sound_round_has_no_problems_and_each_fault_is_found(
    setup: Setup, ran: dict[str, str], bench_database: BenchDatabase
) -> None:
    lines = setup.books.read_text().splitlines(keepends=True)
    assert (await findings(bench_database, setup, expected=2)).problems == ()
    setup.books.write_text("".join([*lines, "another-key t-0 5100\n"]))
    assert (await findings(bench_database, setup, expected=2)).problems == ("1 effects happened twice",)
    setup.books.write_text("".join(lines[1:]))
    assert (await findings(bench_database, setup, expected=2)).problems == ("1 cases are not in the target's books",)
    lost = (await findings(bench_database, setup, expected=3)).problems
    assert lost[:2] == ("1 cases are not done (no incident)", "1 cases have not exactly one confirmed effect")
    with psycopg.connect(bench_database.owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE audit_entries SET actor = 'nobody' WHERE seq = 2")
    assert "the audit trail does not verify" in (await findings(bench_database, setup, expected=2)).problems


@pytest.mark.timeout(180)
def test_the_command_prints_every_key_and_names_what_is_missing(tmp_path: Path) -> None:
    # Processor time is counted in hundredths of a second: two cases may take none.
    arguments = ["bench", "p2p6", "--peers", "--rounds", "1", "--cases", "20", "--processes", "1", "--kill-cases", "0"]
    more = ["--no-attribution", "--peers-python", str(tmp_path / "no-python"), "--json"]
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments, *more]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(tmp_path / "data") | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    assert set(shown) == {"interlock", *PEERS}
    assert all(shown["interlock"][name] > 0 for name in METRICS)
    ours = shown["interlock"]
    assert ours["rows_per_case"] > ours["rows_per_case_without_audit_values"] > 0
    assert ours["rows_per_case"] > ours["rows_per_case_after_compaction"] > 0
    assert ours["bytes_per_case"] > ours["bytes_per_case_after_compaction"]
    assert ours["bytes_per_case_after_compaction"] > ours["bytes_per_case_after_compaction_without_audit_values"] > 0
    assert ours["server"]["fsync"] == ours["server"]["synchronous_commit"] == "on"
    assert {name: shown[name]["missing"] for name in PEERS} == dict.fromkeys(
        PEERS, "there is no no-python: `make bench` makes it"
    )
    assert "fsync on" in done.stderr


def test_what_a_killed_benchmark_left_is_dropped_and_nothing_else(tmp_path: Path) -> None:
    with running_server(tmp_path / "postgres") as bench:
        url = bench.postgres.url()
        create_database(url, "bench_left")
        create_database(url, "benches")
    with running_server(tmp_path / "postgres") as bench:
        assert not database_exists(bench.postgres.url(), "bench_left")
        assert database_exists(bench.postgres.url(), "benches")


@pytest.mark.timeout(180)
async def test_without_assurance_the_same_cases_are_done_and_nothing_is_chained(
    setup: Setup, bench_database: BenchDatabase
) -> None:
    plain = setup.model_copy(update={"assured": False, "rules": Rules.ONE})
    take_off(bench_database.owner_url)
    async with open_services(plain) as services:
        await add_people(services)
        async with worker(plain, services).running(), open_driver(plain) as driver:
            run = await driver.run(["t-0", "t-1"])
    assert run.done == 2
    assert (await findings(bench_database, plain, expected=2)).problems == ()
    with psycopg.connect(bench_database.owner_url) as owner:
        hashes = owner.execute("SELECT DISTINCT hash, commitments FROM audit_entries").fetchall()
        timers = owner.execute("SELECT count(*) FROM timers").fetchone()
    assert (hashes, timers) == ([(b"", b"")], (0,))


@pytest.mark.chaos
async def test_many_waiting_cases_are_measured_level_by_level(server: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        bench = BenchServer(postgres=server, stack=stack)
        (found,) = await asyncio.to_thread(waiting_cases, bench, [3], cases=1, say=print)
    assert found["waiting"] == 3
    assert set(found) == {"waiting", "cases_per_s", "worker_rss_mb", "inbox_ms", "inbox_mine_ms", "restart_s"}
    assert all(value > 0 for value in found.values())


def test_an_answer_and_another_tenants_case_are_measured_beside_a_flood(server: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        found = flood_measured(BenchServer(postgres=server, stack=stack), cases=40, say=print)
    assert (found.cases, 0 <= found.left <= 40) == (40, True)
    assert 0 < found.answer_median_s <= found.answer_longest_s <= found.all_at_review_s
    assert 0 < found.other_tenant_median_s <= found.other_tenant_longest_s <= found.all_at_review_s


@pytest.mark.chaos
@pytest.mark.timeout(180)
def test_a_crowd_is_measured_before_each_limit_and_before_none(server: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        found = crowds_measured(BenchServer(postgres=server, stack=stack), cases=4, seconds=2.0, say=print)
    assert [one.limit for one in found] == ["slots", "rate", "none"]
    *limited, free = found
    assert all(0 < one.done <= 4 and one.parkings > 0 for one in limited)
    assert free.parkings == 0, "four calls are not half of a worker's room"
    assert all(one.beside_longest_s > 0 for one in found)


@pytest.mark.chaos
@pytest.mark.timeout(180)
async def test_deadlines_fire_once_though_a_worker_is_killed_halfway(server: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        bench = BenchServer(postgres=server, stack=stack)
        load = Load(tasks=30, deadlines=40, seconds=2.0)
        found = await asyncio.to_thread(tasks_measured, bench, load, say=print)
    figures = found.figures
    assert (figures["open_tasks"], figures["deadlines"]) == (30, 40)
    assert (figures["deadlines_lost"], figures["deadlines_double"]) == (0, 0)
    assert len(found.fired.lateness_s) == 40
    assert found.audit_sound
    assert all(figures[name] > 0 for name in ("inbox_ms", "assignment_ms", "lateness_p99_s"))
    assert all(0 <= late < 60 for late in found.fired.lateness_s)


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_a_kill_in_mid_run_leaves_the_figures_valid(server: EmbeddedPostgres) -> None:
    with ExitStack() as stack:
        bench = BenchServer(postgres=server, stack=stack)
        plan = Plan(rounds=1, cases=4, processes=(2,))
        shown = as_json(bench_p2p6(bench, plan, print, attribution=True, kill_cases=48))["interlock"]
    assert "void" not in shown
    assert (shown["sigkill"]["lost"], shown["sigkill"]["double_effects"]) == (0, 0)
    assert shown["rules_cost_share"] is not None
    assert shown["assurance_cost_share_by_round"] == [shown["assurance_cost_share"]] != [None]
