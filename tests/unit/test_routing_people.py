"""Who gets a task: rights before abilities, abilities before time; and it says so of everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from graphs.errors import Invalid
from graphs.routing.people.assigned import assigned, people_in, reason_of, sentence, summary
from graphs.routing.people.choice import Level, choose
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import Absence, RosterEntry
from graphs.routing.people.profile import Profile, TeamForm, check_team_name
from graphs.routing.people.reading import shifts_of
from graphs.routing.people.workforce import Strategy, Workforce
from policies.calendar import BusinessCalendar
from policies.service_level_file import read_calendar
from tests.support.routing import NEED, NOON, away, chosen, crew, person, reasons, team, working

COSTLY = replace(NEED, required_limit_minor=100_000, currency="EUR")
SUPERVISOR = person("sven", roles=["supervisor"])


def test_everybody_is_left_out_for_the_first_reason() -> None:
    need = replace(COSTLY, excluded=frozenset({"ed"}), barred=frozenset({"bo"}), skills={"tax": 2}, language="de")
    fit = {"skills": {"tax": 3}, "languages": ["de"]}
    people = (
        person("al", roles=["clerk"]),
        person("ed", minor=200_000),
        person("bo", minor=200_000),
        person("cy", minor=99_999),
        person("di", minor=200_000, skills={"tax": 1}, languages=["de"]),
        person("fay", minor=200_000, skills={"tax": 2}, languages=["fr"]),
        away(person("gus", minor=200_000, **fit)),
        person("hal", minor=200_000, tasks=3, open_limit=3, **fit),
        working(person("ida", minor=200_000, **fit), NOON + timedelta(hours=1)),
        person("jo", minor=200_000, tasks=9, **fit),
    )
    choice = choose(need, crew(*people), NOON)
    assert chosen(choice) == "jo"
    assert reasons(choice) == {
        "al": "role",
        "ed": "excluded",
        "bo": "duty",
        "cy": "authority",
        "di": "skill",
        "fay": "language",
        "gus": "absent",
        "hal": "full",
        "ida": "hours",
    }


def test_open_work_is_weighed_by_its_effort_not_counted() -> None:
    people = crew(person("many", tasks=5, minutes=25), person("one", tasks=1, minutes=240))
    assert chosen(choose(NEED, people, NOON)) == "many"


def test_of_equals_the_first_by_login_is_chosen() -> None:
    assert chosen(choose(NEED, crew(person("berta"), person("anton")), NOON)) == "anton"


def test_who_works_now_goes_before_who_has_less_to_do() -> None:
    here, later = person("here", tasks=50), working(person("later"), NOON + timedelta(hours=1))
    assert chosen(choose(NEED, crew(later, here), NOON)) == "here"


def test_at_night_the_first_to_work_gets_it_and_never_nobody() -> None:
    early = working(person("early", tasks=9), NOON + timedelta(hours=14))
    late = working(person("late"), NOON + timedelta(hours=15))
    unknown = working(person("unknown"), None)
    choice = choose(NEED, crew(unknown, late, early), NOON)
    assert (chosen(choice), reasons(choice)) == ("early", {"late": "hours", "unknown": "hours"})
    assert chosen(choose(NEED, crew(unknown), NOON)) == "unknown"


def test_a_shift_that_is_over_since_it_was_looked_up_is_not_worked() -> None:
    over = working(person("over"), NOON - timedelta(hours=8))
    assert over.works_from(NOON - timedelta(seconds=1)) == NOON - timedelta(seconds=1)
    assert over.works_from(NOON) is None


@pytest.mark.parametrize(
    ("zone", "away_then"), [("Pacific/Auckland", False), ("UTC", True), ("Pacific/Honolulu", True)]
)
def test_an_absence_is_counted_in_the_days_of_the_person(zone: str, away_then: bool) -> None:
    day = date(2026, 6, 3)
    one = replace(person("one"), zone=zone, absences=(Absence(first_day=day, last_day=day),))
    assert (one.absent(datetime(2026, 6, 3, 12, 1, tzinfo=UTC)) is not None) is away_then


def test_hours_are_those_of_the_calendar_on_the_clocks_of_the_person() -> None:
    week = ", ".join(f"{day}: ['09:00-17:00']" for day in ("monday", "tuesday", "wednesday"))
    text = f"{{calendar: site, zone: Europe/Vienna, weeks: [{{hours: {{{week}}}}}]}}"
    site = BusinessCalendar(calendar=read_calendar(text, name="site"))
    shifts = shifts_of(site, "America/New_York", NOON)
    assert [shift.start for shift in shifts[:2]] == [datetime(2026, 6, day, 13, tzinfo=UTC) for day in (3, 8)]
    assert shifts_of(None, "UTC", NOON) == ()


def test_shifts_are_looked_up_two_weeks_ahead_and_no_further_than_the_calendar_speaks() -> None:
    text = "{calendar: site, zone: UTC, weeks: [{to: 2026-06-05, hours: {wednesday: ['09:00-17:00']}}]}"
    ends = BusinessCalendar(calendar=read_calendar(text, name="site"))
    goes_on = BusinessCalendar(calendar=read_calendar(text.replace("to: 2026-06-05, ", ""), name="site"))
    assert [len(shifts_of(site, "UTC", NOON)) for site in (ends, goes_on)] == [1, 3]
    assert shifts_of(ends, "UTC", NOON + timedelta(days=3)) == ()


def test_nobody_left_means_a_supervisor_with_the_limit() -> None:
    poor, rich = person("poor", roles=["supervisor"]), person("rich", roles=["supervisor"], minor=100_000)
    choice = choose(COSTLY, crew(person("anton", minor=1), poor, rich), NOON)
    assert (chosen(choice), choice.level) == ("rich", Level.SUPERVISOR)
    assert reasons(choice) == {"anton": "authority", "poor": "authority"}


def test_no_supervisor_means_nobody_and_it_says_so() -> None:
    choice = choose(COSTLY, crew(person("anton", minor=1), SUPERVISOR), NOON)
    assert (chosen(choice), choice.level) == (None, Level.NOBODY)
    assert choice.candidates == ()
    data = assigned(choice, COSTLY, at=NOON)
    assert "Nobody may take it" in sentence(data, {})


def test_a_superior_needs_no_skill_but_time() -> None:
    need = replace(NEED, skills={"tax": 1})
    assert choose(need, crew(person("anton"), SUPERVISOR), NOON).level is Level.SUPERVISOR
    full = replace(SUPERVISOR, open_limit=0)
    assert choose(need, crew(person("anton"), away(SUPERVISOR), full), NOON).level is Level.NOBODY


def test_a_team_takes_the_tasks_of_its_roles_and_its_lead_goes_before_a_supervisor() -> None:
    lead = person("lea")
    people = (person("anton", tasks=9), person("berta"), lead, SUPERVISOR)
    in_team = choose(NEED, crew(*people, teams=[team("anton", lead="lea")]), NOON)
    assert (chosen(in_team), in_team.team, reasons(in_team)["berta"]) == ("anton", "invoices", "team")
    left = choose(NEED, crew(away(people[0]), *people[1:], teams=[team("anton", lead="lea")]), NOON)
    assert (chosen(left), left.level) == ("lea", Level.LEAD)


def test_a_queue_waits_for_whoever_claims_unless_nobody_may() -> None:
    waiting = choose(NEED, crew(person("anton"), SUPERVISOR, teams=[team("anton", queue=True)]), NOON)
    assert (chosen(waiting), waiting.level, len(waiting.candidates)) == (None, Level.QUEUE, 1)
    nobody = choose(NEED, crew(away(person("anton")), SUPERVISOR, teams=[team("anton", queue=True)]), NOON)
    assert (chosen(nobody), nobody.level) == ("sven", Level.SUPERVISOR)


def test_skill_first_prefers_the_best_match_and_of_those_the_least_loaded() -> None:
    need = replace(NEED, skills={"tax": 1})
    people = (
        person("best", skills={"tax": 5}, tasks=2),
        person("busy", skills={"tax": 5}, tasks=8),
        person("idle", skills={"tax": 1}),
    )
    by_skill = team("best", "busy", "idle", strategy=Strategy.SKILL_FIRST)
    assert chosen(choose(need, crew(*people, teams=[by_skill]), NOON)) == "best"
    assert chosen(choose(need, crew(*people), NOON)) == "idle"


def test_the_same_person_gets_what_is_about_the_same_or_their_substitute_does() -> None:
    need = replace(NEED, sticky="vendor:V1", holder="hal")
    idle, busy = person("idle"), person("hal", tasks=9)
    kept = choose(need, crew(idle, busy), NOON)
    assert (chosen(kept), kept.strategy) == ("hal", Strategy.STICKY)
    standing_in = choose(need, crew(idle, away(busy, substitute="sub"), person("sub", tasks=5)), NOON)
    assert (chosen(standing_in), standing_in.in_place_of) == ("sub", "hal")
    fallen_back = choose(need, crew(idle, away(busy)), NOON)
    assert (chosen(fallen_back), fallen_back.strategy) == ("idle", Strategy.LEAST_LOADED)


def test_the_same_person_waits_for_the_morning_but_not_beyond_the_deadline() -> None:
    sleeping = working(person("hal"), NOON + timedelta(hours=20))
    need = replace(NEED, holder="hal")
    assert chosen(choose(need, crew(person("idle"), sleeping), NOON)) == "hal"
    due = replace(need, deadline_at=NOON + timedelta(hours=19))
    assert chosen(choose(due, crew(person("idle"), sleeping), NOON)) == "idle"


def test_a_substitute_stands_in_from_outside_the_team_but_by_their_own_right() -> None:
    absent = away(person("anton", minor=200_000), substitute="sub")
    invoices = [team("anton")]
    able = choose(COSTLY, crew(absent, person("sub", minor=100_000), teams=invoices), NOON)
    assert (chosen(able), able.in_place_of) == ("sub", "anton")
    poor = choose(COSTLY, crew(absent, person("sub", minor=99_999), teams=invoices), NOON)
    assert (chosen(poor), reasons(poor)) == (None, {"anton": "absent", "sub": "authority"})


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ({"anton": "berta", "berta": "anton"}, "stand in for each other"),
        ({"anton": "gone"}, "has left"),
        ({"anton": None}, "no substitute"),
        ({"anton": "berta", "berta": None}, "absent, too"),
        ({"anton": "b", "b": "c", "c": "d", "d": "e"}, "3 substitutes in a row"),
    ],
)
def test_a_chain_of_substitutes_ends(chain: dict[str, str | None], why: str) -> None:
    people = [away(person(login), substitute=substitute) for login, substitute in chain.items()]
    choice = choose(NEED, crew(*people, SUPERVISOR, teams=[team("anton")]), NOON)
    assert chosen(choice) == "sven"
    assert why in choice.left_out["anton"].detail


def test_the_third_substitute_in_a_row_still_stands_in() -> None:
    people = [away(person(one), substitute=other) for one, other in (("anton", "b"), ("b", "c"), ("c", "d"))]
    assert chosen(choose(NEED, crew(*people, person("d"), teams=[team("anton")]), NOON)) == "d"


def test_what_stands_with_the_task_names_everybody_once_and_no_name() -> None:
    people = (away(person("anton"), substitute="sub"), person("sub"), person("cy", roles=["clerk"]))
    choice = choose(NEED, crew(*people, teams=[team("anton")]), NOON)
    data = assigned(choice, NEED, at=NOON, why={"from": "eva", "because": "who had it has left"})
    assert people_in(data) == {"anton", "sub", "cy", "eva"}
    names = {"anton": "Anton", "sub": "Susi"}
    assert sentence(data, names) == "Susi, in the place of Anton, who has the least open work in the team invoices."
    assert reason_of(data, "anton", names) == "is absent; to 2026-06-03; substitute Susi"
    assert "Anton" not in str(data)
    assert summary(data)["left_out"] == {"absent": 1, "role": 1}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"languages": ("Deutsch",)}, "languages"),
        ({"skills": {"tax": 0}}, "skills"),
        ({"skills": {"tax": 6}}, "skills"),
        ({"skills": {"Tax!": 1}}, "skills"),
        ({"open_limit": 0}, "open_limit"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        Profile(**wrong)  # type: ignore[arg-type]  # what cannot be meant


def test_a_team_is_not_set_to_choose_by_what_only_a_task_asks_for() -> None:
    with pytest.raises(Invalid, match="strategy"):
        TeamForm(roles=(), members=(), strategy=Strategy.STICKY)
    with pytest.raises(Invalid, match="lower case"):
        check_team_name("A team")


def test_what_was_given_out_counts_at_once() -> None:
    force, given = crew(person("anton"), person("berta")), []
    for _ in range(4):
        who = chosen(choose(NEED, force, NOON))
        assert who is not None
        given.append(who)
        force = force.given(who, NEED.minutes)
    assert given == ["anton", "berta", "anton", "berta"]
    assert loads(force.relieved("anton", NEED.minutes)) == {"anton": (1, 15), "berta": (2, 30)}


def loads(force: Workforce) -> dict[str, tuple[int, int]]:
    return {one.user_id: (one.open_tasks, one.open_minutes) for one in force.people}


def test_a_need_without_a_role_is_nobodys_but_a_supervisors() -> None:
    need: TaskNeed = replace(NEED, role="pilot")
    entries: list[RosterEntry] = [person("anton"), SUPERVISOR]
    assert chosen(choose(need, crew(*entries), NOON)) == "sven"
