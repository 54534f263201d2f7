"""Figures: medians at the best number of processes; void, missing and re-run steps are told, never hidden."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from api.cli.bench import numbers, side_row
from api.cli.failure import CommandFailed
from evals.bench.contest import cost_share, cost_shares
from evals.bench.figures import METRICS, Measured, Summary, interlocks_ratios
from evals.bench.killed import Killed
from evals.bench.processes import ProcessFailed, started, tree_seconds
from evals.bench.rounds import Plan, turns
from evals.bench.server import Content
from evals.bench.sides import InterlockSide, PeerSide, peers, share
from evals.bench.step_log import StepLog, starts, steps_rerun
from evals.bench.target import Books, postings

WAY = ("extract", "policy", "match", "route", "approve", "route", "post", "done")
DRAFTED = ("extract", "policy", "match", "route", "route", "route", "post")
"""What is started on the whole way: `route` is drafted at both of its visits, and when `post` is judged again."""


def measured(rate: float, *, processes: int = 1, broken: tuple[str, ...] = ()) -> Measured:
    figures = dict.fromkeys(METRICS, 1.0) | {"cases_per_s": rate}
    figures |= {"client_cpu_ms_per_case": 0.75, "server_cpu_ms_per_case": 0.25}
    return Measured(processes=processes, cases=10, figures=figures, notes={"tuning": "none"}, broken=broken)


def killed(**changes: object) -> Killed:
    sound: dict[str, object] = {
        "recovered_after_s": 7.0,
        "held": 4,
        "lost": 0,
        "double_effects": 0,
        "most_steps_rerun": 1,
        "audit_sound": True,
    }
    return Killed(**(sound | changes))  # type: ignore[arg-type]  # a table of the test


def test_the_median_of_the_best_number_of_processes_counts() -> None:
    rounds = (measured(10), measured(30), measured(20), *(measured(rate, processes=2) for rate in (25, 5, 26)))
    shown = Summary(name="dbos", rounds=rounds).as_json()
    assert (shown["cases_per_s"], shown["processes"], shown["min"], shown["max"]) == (25, 2, 5, 26)
    assert shown["cases_per_s_by_processes"] == {"1": 20, "2": 25}


def test_a_broken_round_makes_every_figure_void() -> None:
    shown = Summary(name="interlock", rounds=(measured(10), measured(11, broken=("2 cases are not done",)))).as_json()
    assert [shown[name] for name in METRICS] == [None] * 5
    assert shown["void"] == "2 cases are not done"
    assert side_row("interlock", shown)[2] == "void: 2 cases are not done"


def test_what_is_found_beside_the_rounds_makes_them_void_too() -> None:
    shown = Summary(name="interlock", rounds=(measured(10),), void="a case was lost").as_json()
    assert (shown["cases_per_s"], shown["void"]) == (None, "a case was lost")


def test_a_missing_peer_is_named_with_all_its_keys() -> None:
    shown = Summary(name="dbos", missing="no module named dbos").as_json()
    assert shown == {**dict.fromkeys(METRICS), "missing": "no module named dbos"}
    assert side_row("dbos", shown)[2] == "missing: no module named dbos"


def test_a_void_side_is_compared_with_nobody() -> None:
    ours = Summary(name="interlock", rounds=(measured(300),))
    others = [Summary(name="dbos", rounds=(measured(100),)), Summary(name="floor_group", missing="not installed")]
    assert interlocks_ratios([ours, *others]) == {"dbos": 3.0, "floor_group": None}
    assert interlocks_ratios([Summary(name="interlock", void="lost"), *others]) == {"dbos": None, "floor_group": None}


def test_what_the_rules_cost_is_a_share_of_the_throughput_with_one_rule() -> None:
    twenty = Summary(name="interlock", rounds=(measured(90), measured(80, processes=2)))
    one = Summary(name="interlock_one_rule", rounds=(measured(100), measured(400, processes=2)))
    assert cost_share(twenty, one) == 0.1


def test_what_the_trail_costs_is_told_round_by_round_too_at_the_best_number_of_processes() -> None:
    whole = Summary(name="interlock", rounds=(measured(80), measured(90, processes=2), measured(80, processes=2)))
    plain = Summary(
        name="interlock_plain", rounds=(measured(400), measured(100, processes=2), measured(200, processes=2))
    )
    assert cost_shares(whole, plain) == [0.1, 0.6]
    assert cost_shares(whole, Summary(name="interlock_plain", void="lost")) is None


def test_every_other_round_goes_back() -> None:
    plan = Plan(rounds=2, cases=1, processes=(1, 2))
    sides = [InterlockSide(), InterlockSide(assured=False)]
    there, back = ([(side.name, count) for side, count in turns(sides, plan, number)] for number in (1, 2))
    assert there == [("interlock", 1), ("interlock", 2), ("interlock_plain", 1), ("interlock_plain", 2)]
    assert back == there[::-1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lost": 1}, "lost"),
        ({"double_effects": 1}, "twice"),
        ({"most_steps_rerun": 2}, "ran 2 steps again"),
        ({"audit_sound": False}, "does not verify"),
        ({"held": 0}, "held no case"),
        ({"recovered_after_s": None}, "did not move again"),
    ],
)
def test_a_kill_that_costs_anything_makes_the_figures_void(change: dict[str, object], word: str) -> None:
    assert killed().problems == ()
    assert word in killed(**change).problems[0]


@pytest.mark.parametrize(
    ("again", "steps"),
    [((), 0), (("match",), 1), (("route",), 1), (("route", "post"), 1), (("extract", "policy"), 2)],
    ids=["nothing", "match", "route", "post, with its judging", "two steps"],
)
def test_steps_that_ran_again_are_counted(again: tuple[str, ...], steps: int) -> None:
    begun = Counter(("t-0", step) for step in (*DRAFTED, *again))
    journaled = Counter(("t-0", step) for step in WAY)
    assert steps_rerun(begun, journaled, "t-0") == steps


def test_starts_of_steps_are_read_back_from_the_file(tmp_path: Path) -> None:
    StepLog(tmp_path / "steps").note("t-0", "extract")
    StepLog(tmp_path / "steps").note("t-0", "extract")
    assert starts(tmp_path / "steps") == {("t-0", "extract"): 2}


def test_the_target_enters_a_key_once_and_can_be_asked_by_another_process(tmp_path: Path) -> None:
    books, others = Books(tmp_path / "books"), Books(tmp_path / "books")
    assert books.enter("key-1", "t-0", "51001") == "51001"
    assert others.enter("key-1", "t-0", "51009") == "51001"
    assert (others.found("key-1"), others.found("key-2")) == ("51001", None)
    assert others.enter("key-2", "t-1", "51002") == books.found("key-2") == "51002"
    assert postings(tmp_path / "books") == {"t-0": 1, "t-1": 1}


def test_a_table_can_be_left_out_of_what_a_database_has_grown_by() -> None:
    before = Content(rows={"a": 1}, bytes={"a": 8}, commits=1)
    after = Content(rows={"a": 3, "values": 10}, bytes={"a": 10, "values": 100}, commits=2)
    assert (after.rows_since(before), after.bytes_since(before)) == (12, 102)
    assert (after.rows_since(before, without="values"), after.bytes_since(before, without="values")) == (2, 2)


def test_cases_are_shared_out_to_the_last_one() -> None:
    assert [share(10, 3, number) for number in range(3)] == [4, 3, 3]


def test_a_peer_without_its_python_is_missing(tmp_path: Path) -> None:
    assert {side.name: "there is no" in (side.missing() or "") for side in peers(python=tmp_path / "none")} == {
        "dbos": True,
        "langgraph_apg": True,
        "langgraph_apg16": True,
        "floor_async16": True,
        "floor_group": True,
    }


def test_a_peer_that_cannot_be_imported_says_why() -> None:
    missing = PeerSide(name="nobody", module="evals.bench.peers.nobody", python=Path(sys.executable)).missing()
    assert missing == "ModuleNotFoundError: No module named 'evals.bench.peers.nobody'"


def test_a_process_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    nobody = started("nobody", "evals.bench.nobody", (), folder=tmp_path)
    with pytest.raises(ProcessFailed, match=r"ended instead of saying 'open'.*No module named"), nobody:
        pass


def test_processor_time_of_a_tree_holds_that_of_its_processes() -> None:
    before = tree_seconds(os.getpid())
    while tree_seconds(os.getpid()) - before < 0.05:
        sum(range(100_000))
    assert tree_seconds(os.getpid(), os.getpid()) == pytest.approx(tree_seconds(os.getpid()), abs=0.05)


@pytest.mark.parametrize("text", ["", "1,", "0", "-1", "two"])
def test_a_list_of_numbers_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandFailed, match="no list of whole numbers"):
        numbers(text)
