"""The suite of forecasts: equal false alarms, a simulation that knows nothing of what it measures, honest losses."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evals.sla.alerting import by_elapsed, chosen, compared, share_for, threshold_for
from evals.sla.office import DAY, HOLIDAYS, Log, Office, works
from evals.sla.regime import Regime, Regimes
from evals.sla.replay import Look, Replay, Watched, instant
from evals.sla.suite import judged, more_false, run_sla, skill
from tests.conftest import ROOT


def case(breached: bool, took: float, *probabilities: float, tested: bool = True) -> Watched:
    """A case of ten hours that was looked at every hour."""
    looks = tuple(Look(left=600 - 60 * n, share=n / 10, probability=one) for n, one in enumerate(probabilities))
    return Watched(breached=breached, agreed=600, took=took, looks=looks, tested=tested)


LATE = case(True, 700, 0.2, 0.4, 0.9)
NEARLY = case(False, 550, 0.2, 0.3, 0.3)
EARLY = case(False, 100, 0.1)
BEFORE = tuple(replace(one, tested=False) for one in (NEARLY, EARLY, EARLY))


def test_the_threshold_gives_as_many_false_alarms_on_the_cases_that_it_is_chosen_by() -> None:
    threshold = chosen(BEFORE)
    assert threshold is not None
    assert 0.1 < threshold < 0.2
    found = compared([*BEFORE, LATE, NEARLY, EARLY, EARLY])
    assert found is not None
    assert found.threshold == threshold
    assert found.elapsed.lead_hours == pytest.approx(2.0)
    assert (found.forecast.false_alarms, found.elapsed.false_alarms) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (found.forecast.lead_hours, found.forecast.caught) == (10.0, 1.0)


def test_no_case_that_is_measured_has_a_say_in_the_threshold() -> None:
    """On the tested cases it has more false alarms than the other way, and that is what is reported."""
    noisy = case(False, 100, 0.5)
    found, without = compared([*BEFORE, LATE, noisy, noisy]), compared([*BEFORE, LATE, EARLY, EARLY])
    assert found is not None
    assert without is not None
    assert found.threshold == without.threshold
    assert more_false(found.forecast, found.elapsed) == 1.0
    assert without.forecast.false_alarms == 0.0


@pytest.mark.parametrize("wanted", [0, 1, 2, 3])
def test_in_hindsight_the_share_of_time_has_as_many_false_alarms_on_the_measured_cases_and_not_later(
    wanted: int,
) -> None:
    in_time = [NEARLY, case(False, 300), EARLY]
    share = share_for(in_time, wanted=wanted)
    assert round(by_elapsed([LATE], in_time, share).false_alarms * 3) == wanted
    assert round(by_elapsed([LATE], in_time, share + 1e-9).false_alarms * 3) <= max(0, wanted - 1)


def test_cases_that_took_as_long_are_alerted_together_so_the_share_of_time_may_have_more_and_never_fewer() -> None:
    share = share_for([NEARLY, NEARLY, EARLY], wanted=1)
    assert by_elapsed([LATE], [NEARLY, NEARLY, EARLY], share).false_alarms == pytest.approx(2 / 3)


def test_hindsight_moves_the_time_and_with_it_the_lead_of_the_other_way() -> None:
    found = compared([*BEFORE, LATE, case(False, 300, 0.5), EARLY])
    assert found is not None
    assert found.equalled.false_alarms == found.forecast.false_alarms == pytest.approx(1 / 2)
    assert found.equalled.lead_hours == pytest.approx(5.0)
    assert found.elapsed.lead_hours == pytest.approx(2.0)


def test_caution_allows_a_deviation_fewer_where_the_threshold_is_chosen() -> None:
    before = [replace(case(False, 550, n / 10), tested=False) for n in range(1, 5)]
    assert chosen(before) == 0.0
    cautious = chosen(before, deviations=1.0)
    assert cautious is not None
    assert 0.2 < cautious < 0.3, "2 of 4: the root of 4 fewer"


def test_no_case_that_it_is_chosen_by_is_measured() -> None:
    found = compared([*BEFORE, replace(LATE, tested=False, took=9_000), LATE, EARLY])
    assert found == compared([*BEFORE, LATE, EARLY])
    assert judged([*BEFORE, LATE], 0.0) == [(0.2, True)]


def test_with_no_false_alarm_allowed_the_threshold_is_above_every_case_in_time() -> None:
    assert threshold_for([NEARLY, EARLY], allowed=0) > 0.3
    assert threshold_for([NEARLY, EARLY], allowed=1) > 0.1
    assert threshold_for([NEARLY, EARLY], allowed=2) == 0.0


def test_a_late_case_without_an_alert_has_no_lead() -> None:
    found = compared([*BEFORE, case(True, 700, 0.1, 0.1), EARLY, EARLY])
    assert found is not None
    assert (found.forecast.lead_hours, found.forecast.caught) == (0.0, 0.0)


def test_where_nothing_is_late_nothing_is_compared() -> None:
    assert compared([*BEFORE, EARLY, NEARLY]) is None
    assert compared([*BEFORE, LATE]) is None
    assert (skill([]), skill([(0.2, False)])) == (None, None)


def test_without_cases_to_choose_by_nothing_is_compared() -> None:
    assert compared([LATE, NEARLY, EARLY]) is None
    assert compared([replace(LATE, tested=False), LATE, NEARLY]) is None


@pytest.mark.parametrize("module", ["office", "regime"])
def test_the_simulation_shares_no_code_with_what_it_measures(module: str) -> None:
    tree = ast.parse((ROOT / "evals" / "sla" / f"{module}.py").read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert {one for one in named if one.split(".")[0] in ("policies", "graphs", "tools", "api")} == set()
    assert {one for one in named if one.startswith("evals")} <= {"evals.sla.regime"}


@pytest.fixture(scope="module")
def office() -> Office:
    """A short run."""
    made = Office(regime=Regimes().all["supplier waits"], seed=3, learned_days=14, chosen_days=3, tested_days=4)
    made.run()
    return made


def test_a_run_is_the_same_for_the_same_seed(office: Office) -> None:
    again = Office(regime=office.regime, seed=3, learned_days=14, chosen_days=3, tested_days=4).run()
    assert [(one.kind, one.born, one.ended) for one in again.cases] == [
        (one.kind, one.born, one.ended) for one in office.cases
    ]


def test_work_is_done_in_the_offices_hours_by_one_hand_each(office: Office) -> None:
    stays = [stay for one in office.cases for stay in one.stays if stay.person is not None and stay.left is not None]
    assert all(works((stay.left - 1) // DAY) for stay in stays if stay.left is not None)
    assert not any(works(day) for day in HOLIDAYS)
    ends = [(stay.person, stay.left) for stay in stays]
    assert len(ends) == len(set(ends))


def test_the_cases_that_are_measured_came_after_those_that_the_threshold_is_chosen_by(office: Office) -> None:
    log = Log(cases=office.cases, split=14 * DAY, tested=17 * DAY, until=21 * DAY)
    seen = [one for one in log.cases if log.split <= one.born < log.until]
    watched = list(Replay(log=log, one_in=1).watched())
    assert [one.tested for one in watched] == [one.born >= log.tested for one in seen]
    assert {one.tested for one in watched} == {True, False}


def test_nothing_is_told_before_it_was_known(office: Office) -> None:
    replay = Replay(log=Log(cases=office.cases, split=14 * DAY, tested=17 * DAY, until=21 * DAY))
    rows = [row for step in replay.histories(14 * DAY).values() for row in step.rows]
    known = [at for row in rows for at in (row.began_at, row.left_at, row.over_at) if at is not None]
    assert max(known) <= instant(14 * DAY)
    assert [row for row in rows if row.left_at is None]


def run_of(gains: Sequence[bool]) -> list[str]:
    """The names of failing regimes where the forecast wins only in those named so."""
    names = [f"r{n}" for n in range(len(gains))]
    regimes = Regimes(all=dict.fromkeys(names, Regimes().all["steady"]))
    order = iter([won for won in gains for _ in range(3)])

    def run(_regime: Regime, _seed: int) -> list[Watched]:
        late = LATE if next(order) else case(True, 700, 0.1, 0.1)
        return [*BEFORE, late, NEARLY, EARLY, EARLY]

    result = run_sla(run, regimes=regimes, seeds=(1, 2, 3))
    return [one.name for one in result.failing] + [gate.name for gate in result.gates if not gate.passed]


def test_a_regime_that_loses_is_shown_and_the_gate_is_about_all() -> None:
    assert "r1" in run_of([True, False, True])
    assert "warned earlier at equal false alarms" not in run_of([True, True, True])
    assert "warned earlier at equal false alarms" in run_of([False, False, False])
