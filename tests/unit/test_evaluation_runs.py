"""Runs of suites as they are kept on a machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evals import run_shelf
from evals.figure import share
from evals.result import INPUT_CHARACTERS, CaseResult, GateResult, Result, shown_input
from evals.run_record import RunRecord, committed_baseline, difference, record_of
from evals.run_shelf import RunMissing, RunShelf, new_run_id, suite_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def result(*failing: str, suite: str = "rules", dataset: str = "boundary tables") -> Result:
    cases = tuple(
        CaseResult(name=name, passes=int(name not in failing), expected="deny", got="allow", failed=("right",))
        for name in ("one", "two", "three")
    )
    gate = GateResult(name="passed", reached="-", demanded="all", passed=not failing, why=("too few",))
    figure = share("passed", 3 - len(failing), 3, margin=0.0)
    return Result(suite=suite, dataset=dataset, cases=cases, gates=(gate,), figures=(figure,))


def kept(shelf: RunShelf, found: Result, *, minutes: int = 0) -> RunRecord:
    at = NOW + timedelta(minutes=minutes)
    record = record_of(
        found, run_id=new_run_id(found.suite, at), started_at=at, seconds=1.25, version="1.0", against="baseline"
    )
    shelf.keep(record)
    return record


def test_a_run_is_kept_whole_and_listed_newest_first(tmp_path: Path) -> None:
    shelf = RunShelf(folder=tmp_path / "runs")
    assert shelf.listed(limit=10) == []
    first, second = kept(shelf, result()), kept(shelf, result("two"), minutes=1)
    other = kept(shelf, result(suite="agents.gl_coding"), minutes=2)
    assert [brief.id for brief in shelf.listed(limit=10)] == [other.brief.id, second.brief.id, first.brief.id]
    assert [brief.id for brief in shelf.listed("rules", before=second.brief.id, limit=10)] == [first.brief.id]
    assert shelf.get(second.brief.id) == second
    assert (second.brief.failing, second.brief.failed_gates, second.brief.passed) == (1, ("passed",), False)
    assert suite_of(other.brief.id) == "agents.gl_coding"


def test_a_run_is_held_beside_the_one_before_of_the_same_data(tmp_path: Path) -> None:
    shelf = RunShelf(folder=tmp_path)
    first = kept(shelf, result("one"))
    kept(shelf, result(dataset="other"), minutes=1)
    now = kept(shelf, result("two", "three"), minutes=2)
    before = shelf.before(now.brief)
    assert before == first
    since = difference(now, before)
    assert (since.newly_failing, since.newly_passing) == (("three", "two"), ("one",))
    assert shelf.before(first.brief) is None


def test_the_oldest_of_a_suite_are_forgotten_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_shelf, "KEPT", 2)
    shelf = RunShelf(folder=tmp_path)
    other = kept(shelf, result(suite="sla"))
    runs = [kept(shelf, result(), minutes=minute) for minute in range(4)]
    assert {brief.id for brief in shelf.listed(limit=10)} == {other.brief.id, *(run.brief.id for run in runs[2:])}
    assert len(list(tmp_path.iterdir())) == 6


def test_what_was_cut_off_is_left_out_and_no_path_leads_outside(tmp_path: Path) -> None:
    shelf = RunShelf(folder=tmp_path)
    run = kept(shelf, result())
    (tmp_path / f"{new_run_id('rules', NOW)}.brief.json").write_text('{"id": ')
    assert [brief.id for brief in shelf.listed(limit=10)] == [run.brief.id]
    for wrong in ("../x", "20261129T120000000000-rules-00000000"):
        with pytest.raises(RunMissing):
            shelf.get(wrong)


def test_the_releases_baseline_counts_for_the_same_data_only(tmp_path: Path) -> None:
    shelf = RunShelf(folder=tmp_path)
    same, other = kept(shelf, result()), kept(shelf, result(dataset="other"))
    found = committed_baseline(same.brief)
    assert found is not None
    assert found.count == 762
    assert committed_baseline(other.brief) is None


def test_what_a_case_was_put_as_is_shown_as_json_and_cut_off_where_it_is_long() -> None:
    assert shown_input({"fields": {"total": 12}}) == '{\n  "fields": {\n    "total": 12\n  }\n}'
    assert shown_input({"page": b"\xff\x00"}) == '{\n  "page": "_wA="\n}'
    long = shown_input({"text": "x" * INPUT_CHARACTERS})
    assert (len(long), long.endswith("x\n…")) == (INPUT_CHARACTERS + 2, True)
