"""The suite `routing`: right by construction, and wrong where the choice is."""

from __future__ import annotations

import pytest

from evals.routing import scenario
from evals.routing.generated import EACH, MAKERS, generated_cases, played
from evals.routing.suite import run_performers
from graphs.routing.performers.choice import Candidate, Choice, choose


def test_every_scenario_has_its_right_performer() -> None:
    result = run_performers()
    assert result.passed, result.text()
    assert all(case.passes == case.runs for case in result.cases)


def test_the_same_seed_makes_the_same_scenarios_and_another_makes_others() -> None:
    first, again, other = (list(generated_cases(seed=seed)) for seed in (1, 1, 2))
    assert len(first) == EACH * len(MAKERS)
    assert [case.inputs for case in first] == [case.inputs for case in again]
    assert [case.inputs for case in first] != [case.inputs for case in other]


@pytest.mark.parametrize(
    ("ahead", "at_once", "begins"), [(0, 1, 0), (1, 1, 10), (1, 2, 0), (2, 2, 10), (3, 2, 10), (4, 2, 20)]
)
def test_a_queue_is_played_through(ahead: int, at_once: int, begins: int) -> None:
    assert played(ahead, at_once=at_once, takes=10) == begins


def test_a_choice_that_ignores_what_excludes_fails_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(candidates: list[Candidate], **how: object) -> Choice:
        return choose(candidates, keep=candidates[0].name, **how)  # type: ignore[arg-type]  # as the product is called

    monkeypatch.setattr(scenario, "choose", careless)
    result = run_performers()
    assert not result.passed
    assert result.hard["performers chosen that something excludes"] > 0
