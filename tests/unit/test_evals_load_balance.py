"""Load balance in the suite `routing`: weeks that are played honestly, and a choice that goes wrong fails it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.figure import share
from evals.result import CaseResult, GateResult, Result
from evals.routing import dispatch
from evals.routing.allowed import allowed
from evals.routing.balance import balance_of, gini, wrong_in
from evals.routing.desk import Desk
from evals.routing.dispatch import Way
from evals.routing.load_balance import run_load_balance
from evals.routing.office import DAY, Arrival, Away, Colleague, Office, instant, minutes, office
from evals.routing.regime import APPROVER, CLERK, REGIMES, SUPERVISOR, Regime
from evals.routing.suite import beside
from evals.routing.week import Week
from graphs.routing.people.choice import Choice, choose
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import RosterEntry
from graphs.routing.people.workforce import Workforce

SMALL = Regime(clerks=3, approvers=2, specialists=True, limits=True, ill=2, open_limit=20)


def task(number: int = 1, *, at: float = 500.0, takes: float = 30.0, **needs: object) -> Arrival:
    return Arrival(number=number, at=at, role=CLERK, takes=takes, expected=30, due=at + DAY, **needs)  # type: ignore[arg-type]  # given by name


def small(*people: Colleague, away: tuple[Away, ...] = ()) -> Office:
    teams = {CLERK: frozenset(one.login for one in people if CLERK in one.roles), APPROVER: frozenset[str]()}
    return Office(people={one.login: one for one in people}, teams=teams, away=away, arrivals=(), workers=1)


@pytest.mark.parametrize(
    ("loads", "expected"),
    [((), None), ((5,), None), ((0, 0), None), ((3, 3, 3), 0.0), ((0, 4), 0.5), ((0, 0, 0, 8), 0.75), ((1, 3), 0.25)],
)
def test_unevenness_is_ginis_coefficient(loads: tuple[float, ...], expected: float | None) -> None:
    assert gini(loads) == expected


def test_a_desk_works_off_the_earliest_deadline_first_over_breaks_and_nights() -> None:
    desk = Desk(spans=[(100.0, 120.0), (200.0, 300.0)])
    for one in (task(1, at=90, takes=30), replace(task(2, at=90, takes=5), due=95.0)):
        desk.take(one)
    done = [(found.task.number, found.began, found.ended) for found in desk.work(250)]
    assert done == [(2, 100.0, 105.0), (1, 105.0, 215.0)]
    assert (desk.minutes, desk.at_work(250), desk.at_work(300)) == (0, True, False)


def test_a_task_that_is_under_way_when_somebody_falls_ill_is_begun_anew_by_another() -> None:
    desk = Desk(spans=[(100.0, 400.0)])
    desk.take(task(1, takes=30))
    assert list(desk.work(110)) == []
    assert (desk.minutes, [one.number for one in desk.hand_back()], desk.minutes) == (20, [1], 0)


def test_hours_are_of_the_persons_own_zone_and_an_absence_takes_them_away() -> None:
    york = Colleague(login="york", roles=frozenset({CLERK}), zone="America/New_York", hours=((540, 600),))
    monday = instant(0).date()
    ill = Away(login="york", since=0, first_day=monday, last_day=monday, substitute=None)
    assert small(york).spans("york")[0] == (14 * 60, 15 * 60)
    assert small(york, away=(ill,)).spans("york")[0] == (DAY + 14 * 60, DAY + 15 * 60)
    assert minutes(instant(123.0)) == 123.0


def test_who_may_take_a_task_is_whoever_has_all_of_it_and_a_superior_only_where_nobody_has() -> None:
    anna, bert, chef = (
        Colleague(login="anna", roles=frozenset({CLERK}), skills={"customs": 3}, open_limit=2, limit_minor=100),
        Colleague(login="bert", roles=frozenset({CLERK})),
        Colleague(login="chef", roles=frozenset({SUPERVISOR}), limit_minor=10_000),
    )
    here = small(anna, bert, chef)

    def takers(one: Arrival, open_tasks: dict[str, int] | None = None) -> set[str]:
        return set(allowed(here, one, 500, open_tasks or {}).takers)

    assert takers(task()) == {"anna", "bert"}
    assert takers(task(skills={"customs": 3})) == {"anna"}
    assert takers(task(skills={"customs": 4})) == {"chef"}
    assert takers(task(), {"anna": 2}) == {"bert"}
    assert takers(task(amount=100)) == {"anna"}
    assert takers(task(amount=101)) == {"chef"}
    assert takers(task(excluded=frozenset({"anna"}))) == {"bert"}
    assert takers(task(amount=10_001)) == set()


def test_the_same_seed_makes_the_same_week_and_every_way_plays_the_same_tasks() -> None:
    first, again, other = (office("small", SMALL, seed) for seed in (1, 1, 2))
    assert first == again
    assert first.arrivals != other.arrivals
    played = {way: Week(office=first, way=way, seed=1).play() for way in (Way.LEAST_LOADED, Way.RANDOM)}
    assert {len(week.done) for week in played.values()} == {len(first.arrivals)}
    assert balance_of(Week(office=first, way=Way.RANDOM, seed=1).play()) == balance_of(played[Way.RANDOM])


def test_no_choice_of_the_product_goes_to_somebody_who_lacks_something() -> None:
    for way in (Way.LEAST_LOADED, Way.ROUND_ROBIN, Way.SKILL_FIRST, Way.STICKY):
        wrong = wrong_in(Week(office=office("small", SMALL, 3), way=way, seed=3).play())
        amiss = (wrong.excluded, wrong.authority, wrong.ability, wrong.full, wrong.away, wrong.above, wrong.nobody)
        assert (way, amiss) == (way, (0,) * 7)
        assert wrong.given > 100


def test_a_choice_that_forgets_rights_and_absences_fails_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(need: TaskNeed, workforce: Workforce, now: object) -> Choice:
        free: tuple[RosterEntry, ...] = tuple(
            replace(one, absences=(), open_limit=None, roles=one.roles | {need.role}) for one in workforce.people
        )
        asked = replace(need, excluded=frozenset(), required_limit_minor=None, skills={}, language=None)
        return choose(asked, replace(workforce, people=free), now)  # type: ignore[arg-type]  # as the product is called

    monkeypatch.setattr(dispatch, "choose", careless)
    result = run_load_balance(regimes={"small": SMALL}, seeds=(1,))
    counts = list(result.hard.values())
    assert not result.passed
    assert sum(count > 0 for count in counts) >= 4, result.hard


def test_a_choice_of_always_the_same_person_is_less_even_and_fails_the_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_of_all(need: TaskNeed, workforce: Workforce, now: object) -> Choice:
        choice = choose(need, workforce, now)  # type: ignore[arg-type]  # as the product is called
        return replace(choice, chosen=min(choice.candidates, key=lambda one: one.login, default=None))

    monkeypatch.setattr(dispatch, "choose", first_of_all)
    result = run_load_balance(regimes={"alike": replace(REGIMES["alike"], clerks=3, approvers=2)}, seeds=(1, 2))
    failed = {gate.name for gate in result.gates if not gate.passed}
    assert "people: least loaded is more even than by chance" in failed
    assert [case.passed for case in result.cases] == [False, False]
    assert any(note.startswith("least loaded has more unevenness in") for note in result.notes)


def test_both_halves_of_the_suite_are_one_result_and_either_fails_it() -> None:
    def half(name: str, *, passes: bool) -> Result:
        gate = GateResult(name=name, reached="", demanded="", passed=passes)
        case = CaseResult(name=name, passes=int(passes))
        return Result(suite="routing", dataset=name, cases=(case,), hard={name: 0}, gates=(gate,))

    performers = half("a", passes=True).model_copy(update={"figures": (share("passed", 1, 1, margin=0.0),)})
    whole = beside(performers, half("b", passes=False))
    assert (whole.passed, whole.dataset, len(whole.cases), whole.figures[0].value) == (False, "a, b", 2, 0.5)
