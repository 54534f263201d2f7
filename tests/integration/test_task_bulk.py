"""Bulk decisions: each task answered on its own, refusals told one by one, and the same key answers the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from graphs.errors import Invalid, TriggerMismatch
from graphs.store.inbox_tabs import Tab, TaskSearch
from graphs.tasks import Answer
from graphs.tasks.bulk import BulkReport, BulkRequest
from policies.action import EffectKind
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import Notebook
from tests.support.working import bulks, row


class Letter(Notebook):
    """Whatever it is sent is out of the house."""

    effect_kind = EffectKind.IRREVERSIBLE


async def asked(engine: Engine, number: int, amount: int = 60_000) -> list[str]:
    return [(await engine.task_of((await engine.asking(amount)).id)).id for _ in range(number)]


def outcomes(report: BulkReport) -> list[tuple[str, str | None]]:
    return [(one.status, one.code) for one in report.outcomes]


async def test_each_task_is_answered_on_its_own_and_the_same_key_answers_the_same(engine: Engine) -> None:
    tasks = await asked(engine, 3)
    small = (await asked(engine, 1, 40_000))[0]
    await engine.desk.claim(await actor(engine.database, "emil"), tasks[1])
    unknown = "00000000-0000-4000-8000-000000000000"
    request = BulkRequest(
        key="monday", decision="approve", ids=(*tasks, small, unknown), digests={tasks[2]: "0" * 64}, reason="checked"
    )
    berta = await actor(engine.database, "berta")
    report = await bulks(engine).decide(berta, request)
    assert outcomes(report) == [
        ("accepted", None),
        ("refused", "task_held"),
        ("refused", "answer_outdated"),
        ("accepted", None),
        ("refused", "not_found"),
    ]
    assert report.accepted == 2
    await engine.desk.answer(await actor(engine.database, "emil"), tasks[1], Answer(decision="approve"))
    again = await bulks(engine).decide(berta, request)
    assert (again.id, outcomes(again)) == (report.id, outcomes(report))
    with pytest.raises(TriggerMismatch):
        await bulks(engine).decide(berta, replace(request, reason="not checked"))
    theirs = await bulks(engine).decide(await actor(engine.database, "dora"), replace(request, ids=(tasks[2],)))
    assert (theirs.id != report.id, theirs.accepted) == (True, 0)
    for task_id in (tasks[0], small):
        case = await engine.advance((await row(engine, task_id)).case_id, times=2)
        assert case.status == "done"
    assert (await engine.verification()).sound


async def test_what_was_cut_off_is_finished_and_requests_at_once_agree(engine: Engine) -> None:
    tasks = await asked(engine, 3)
    dora = await actor(engine.database, "dora")
    request = BulkRequest(key="k", decision="reject", ids=tuple(tasks), reason="not ours")
    begun = await bulks(engine)._begun(dora, request)
    # As if the process had died behind the first answer, before it was written down.
    await bulks(engine)._answer(dora, request, begun, tasks[0])
    reports = await asyncio.gather(*(bulks(engine).decide(dora, request) for _ in range(3)))
    assert [report.accepted for report in reports] == [3, 3, 3]
    assert {(await row(engine, task_id)).decided_by for task_id in tasks} == {"acme-dora"}


async def test_what_is_irreversible_is_confirmed_and_named_one_by_one(engine: Engine) -> None:
    engine.notebook = Letter()
    first, second, third = await asked(engine, 3)
    digests = {first: (await row(engine, first)).digest}
    dora = await actor(engine.database, "dora")
    hasty = BulkRequest(key="1", decision="approve", ids=(first, second), digests=digests)
    assert outcomes(await bulks(engine).decide(dora, hasty)) == [("refused", "confirmation_missing")] * 2
    sure = replace(hasty, key="2", confirm=True)
    assert outcomes(await bulks(engine).decide(dora, sure)) == [("accepted", None), ("refused", "confirmation_missing")]
    rejected = BulkRequest(key="3", decision="reject", ids=(second, third), reason="no letters")
    assert (await bulks(engine).decide(dora, rejected)).accepted == 2


async def test_a_search_is_fixed_when_its_key_is_first_used(engine: Engine) -> None:
    await asked(engine, 2)
    who = (await row(engine, (await asked(engine, 1))[0])).assignee_id
    assert who is not None
    person = await actor(engine.database, who.removeprefix("acme-"))
    request = BulkRequest(
        key="k",
        decision="approve",
        tab=Tab.MINE,
        search=TaskSearch(words=("written",), due_before=engine.clock() + timedelta(days=30)),
    )
    report = await bulks(engine).decide(person, request)
    assert {status for status, _ in outcomes(report)} == {"accepted"}
    await asked(engine, 4)
    assert len((await bulks(engine).decide(person, request)).outcomes) == len(report.outcomes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ids": ()},
        {"ids": ("a",), "tab": Tab.MINE},
        {"ids": ("a", "a")},
        {"ids": tuple(str(number) for number in range(201))},
        {"tab": Tab.DONE},
        {"ids": ("a",), "decision": "reject", "reason": " "},
    ],
)
def test_a_bulk_decision_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        BulkRequest(**{"key": "k", "decision": "approve", **wrong})  # type: ignore[arg-type]  # what a caller may send
