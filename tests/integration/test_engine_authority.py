"""Who may approve how much: the matrix, delegations that raise nothing, agents with a sponsor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from graphs.errors import AuthorityExceeded, DutiesConflict, NotFound, PermissionMissing
from graphs.state import CaseView
from graphs.steps import Authority, ReviewStep
from graphs.store.people_tables import AuthorityLimit, User
from graphs.tasks import Answer
from policies.duties import DutyRules
from tests.support.dutiful import add_agent, allow_role, let
from tests.support.engine import Engine
from tests.support.packs import FOUR_EYES
from tests.support.people import actor
from tests.support.toy import toy_definition, toy_rulebook

APPROVE = Answer(decision="approve")


def for_(login: str) -> Answer:
    return Answer(decision="approve", in_place_of=login)


def worth(**changes: Any) -> Any:
    """The toy whose approvals are of another matter, entity or currency."""

    def authority(case: CaseView) -> Authority:
        amount = int(case.value("amount") or 0)
        return replace(Authority(subject="approval", amount_minor=amount, currency="EUR"), **changes)

    toy = toy_definition()
    steps = tuple(
        replace(step, authority=authority) if isinstance(step, ReviewStep) and step.of == "propose" else step
        for step in toy.steps
    )
    return replace(toy, steps=steps)


async def test_a_role_gives_a_limit_to_everybody_who_has_it(engine: Engine) -> None:
    case_id = (await engine.asking(60_000)).id
    with pytest.raises(AuthorityExceeded):
        await engine.answer(case_id, "anton", APPROVE)
    await allow_role(engine.database, "approver", 60_000)
    await engine.answer(case_id, "anton", APPROVE)
    assert (await engine.advance(case_id)).status == "done"


@pytest.mark.parametrize(("limit", "enough"), [(59_999, False), (60_000, True), (60_001, True)])
async def test_the_limit_is_what_may_be_approved(engine: Engine, limit: int, enough: bool) -> None:
    case_id = (await engine.asking(60_000)).id
    await allow_role(engine.database, "approver", limit)
    if enough:
        await engine.answer(case_id, "anton", APPROVE)
    else:
        with pytest.raises(AuthorityExceeded, match=r"may approve up to 599\.99 EUR"):
            await engine.answer(case_id, "anton", APPROVE)


@pytest.mark.parametrize(
    ("row", "asked", "enough"),
    [
        ({}, {"entity": "acme-de"}, True),
        ({"entity": "acme-de"}, {"entity": "acme-de"}, True),
        ({"entity": "acme-de"}, {"entity": "acme-fr"}, False),
        ({"entity": "acme-de"}, {}, False),
        ({"matter": "contract"}, {"subject": "contract"}, True),
        ({"matter": "contract"}, {}, False),
        ({"currency": "USD"}, {}, False),
        ({"currency": "USD"}, {"currency": "USD"}, True),
    ],
)
async def test_a_row_is_for_its_matter_entity_and_currency(
    engine: Engine, row: dict[str, Any], asked: dict[str, Any], enough: bool
) -> None:
    engine.definitions = (worth(**asked),)
    await allow_role(engine.database, "approver", 1_000_000, **row)
    case_id = (await engine.asking(60_000)).id
    if enough:
        await engine.answer(case_id, "anton", APPROVE)
    else:
        with pytest.raises(AuthorityExceeded):
            await engine.answer(case_id, "anton", APPROVE)


async def test_a_task_goes_to_somebody_whose_role_has_the_limit(engine: Engine) -> None:
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(update(AuthorityLimit).values(max_minor=1))
    assert (await engine.task_of((await engine.asking()).id)).assignee_id is None
    await allow_role(engine.database, "approver", 1_000_000)
    engine.clock.ahead = timedelta(minutes=1)
    task = await engine.task_of((await engine.asking()).id)
    assert task.assignee_id in {"acme-anton", "acme-berta", "acme-dora", "acme-emil"}


async def test_without_any_row_not_even_nothing_may_be_approved(engine: Engine) -> None:
    engine.definitions = (worth(amount_minor=0),)
    case_id = (await engine.asking()).id
    with pytest.raises(AuthorityExceeded):
        await engine.answer(case_id, "sven", APPROVE)


async def test_a_delegate_answers_within_the_lower_of_both_limits(engine: Engine) -> None:
    today = engine.clock().date()
    await let(engine.database, "dora", "anton", on=today)
    await let(engine.database, "anton", "emil", on=today)
    case_id = (await engine.asking(60_000)).id
    for login, giver in (("anton", "dora"), ("emil", "anton"), ("emil", "dora")):
        with pytest.raises(AuthorityExceeded, match=r"may approve up to 500\.00 EUR"):
            await engine.answer(case_id, login, for_(giver))
    await engine.answer(case_id, "emil", APPROVE)


async def test_a_delegate_with_the_limit_answers_and_the_trail_says_for_whom(engine: Engine) -> None:
    await let(engine.database, "emil", "dora", on=engine.clock().date())
    case_id = (await engine.asking(60_000)).id
    answered = await engine.answer(case_id, "dora", for_("emil"))
    assert answered.decision is not None
    assert (answered.decision["by"], answered.decision["through"]) == ("acme-dora", ["acme-emil"])
    assert (await engine.advance(case_id)).status == "done"


@pytest.mark.parametrize(("cap", "enough"), [(59_999, False), (60_000, True)])
async def test_a_cap_binds(engine: Engine, cap: int, enough: bool) -> None:
    await let(engine.database, "emil", "dora", on=engine.clock().date(), cap=cap)
    case_id = (await engine.asking(60_000)).id
    if enough:
        await engine.answer(case_id, "dora", for_("emil"))
    else:
        with pytest.raises(AuthorityExceeded):
            await engine.answer(case_id, "dora", for_("emil"))


async def test_without_a_delegation_in_force_nobody_answers_for_another(engine: Engine) -> None:
    today = engine.clock().date()
    await let(engine.database, "emil", "dora", on=today - timedelta(days=2), until=today - timedelta(days=1))
    case_id = (await engine.asking(60_000)).id
    with pytest.raises(PermissionMissing, match="has not let"):
        await engine.answer(case_id, "dora", for_("emil"))
    with pytest.raises(NotFound):
        await engine.answer(case_id, "dora", for_("nobody"))


async def test_the_role_is_the_givers(engine: Engine) -> None:
    await let(engine.database, "intake", "dora", on=engine.clock().date())
    case_id = (await engine.asking(60_000)).id
    with pytest.raises(PermissionMissing, match="for the role"):
        await engine.answer(case_id, "dora", for_("intake"))


async def test_nobody_answers_in_the_requesters_place(engine: Engine) -> None:
    await let(engine.database, "clara", "dora", on=engine.clock().date())
    case_id = (await engine.asking(60_000)).id
    with pytest.raises(DutiesConflict, match="one person"):
        await engine.answer(case_id, "dora", for_("clara"))


async def test_giver_and_receiver_are_not_four_eyes(engine: Engine) -> None:
    engine.rulebook = toy_rulebook(FOUR_EYES)
    await let(engine.database, "emil", "dora", on=engine.clock().date())
    case_id = (await engine.asking(60_000)).id
    await engine.answer(case_id, "dora", for_("emil"))
    await engine.advance(case_id)
    for login, answer in (("emil", APPROVE), ("dora", APPROVE), ("dora", for_("emil"))):
        with pytest.raises(DutiesConflict):
            await engine.answer(case_id, login, answer)
    await engine.answer(case_id, "berta", APPROVE)
    assert (await engine.advance(case_id)).status == "done"


@pytest.mark.parametrize(
    ("sponsor", "limit", "alone"),
    [("dora", 500, True), ("dora", 499, False), ("dora", None, False), (None, 500, False), ("intake", 500, False)],
)
async def test_an_agent_moves_money_alone_only_within_its_limit_and_with_a_person_as_sponsor(
    engine: Engine, sponsor: str | None, limit: int | None, alone: bool
) -> None:
    await add_agent(engine.database, sponsor=sponsor, limit=limit)
    case = await engine.advance((await engine.start(login="bot")).case.id)
    assert (case.status, len(engine.notebook.written)) == (("done", 1) if alone else ("waiting", 0))
    if not alone:
        task = await engine.task_of(case.id)
        assert [reason["rule"] for reason in task.reasons] == ["sponsor"]
        await engine.answer(case.id, "emil", APPROVE)
        assert (await engine.advance(case.id)).status == "done"


async def test_a_sponsor_who_left_sponsors_nothing(engine: Engine) -> None:
    await add_agent(engine.database, sponsor="dora", limit=500)
    async with engine.database.unit_of_work("acme") as unit:
        await unit.session.execute(update(User).where(User.login == "dora").values(active=False))
    case = await engine.advance((await engine.start(login="bot")).case.id)
    assert case.status == "waiting"


async def test_a_sponsor_does_not_approve_what_their_agent_asked_for(engine: Engine) -> None:
    await add_agent(engine.database, sponsor="dora", limit=None)
    case = await engine.advance((await engine.start(login="bot")).case.id)
    assert set((await engine.task_of(case.id)).excluded) == {"acme-bot", "acme-dora"}
    with pytest.raises(DutiesConflict):
        await engine.answer(case.id, "dora", APPROVE)


async def test_an_agent_answers_no_task_not_even_its_sponsors(engine: Engine) -> None:
    await add_agent(engine.database, sponsor="clara", limit=100_000_000)
    case_id = (await engine.asking(60_000)).id
    with pytest.raises(PermissionMissing, match="only a person"):
        await engine.answer(case_id, "bot", APPROVE)
    with pytest.raises(PermissionMissing, match="only a person"):
        await engine.desk.claim(await actor(engine.database, "bot"), (await engine.task_of(case_id)).id)


def test_the_rules_about_duties_may_be_none() -> None:
    assert DutyRules(duties="none", version="1").partners("payment.released") == frozenset()
