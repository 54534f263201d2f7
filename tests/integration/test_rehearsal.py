"""Rehearsal: what another version would make of the cases under way, told by case, without writing anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.rehearsal import CaseRehearsal, Fit, Rehearser
from graphs.runtime.execution import Execution
from graphs.runtime.seal import Seal
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.toy import PACK, toy_definition, toy_rulebook
from tests.support.versions import one_more, renamed_review, rows_of, second, unchecked
from tools.errors import Ambiguous, Transient


async def rehearsed(engine: Engine, new: ProcessDefinition, **names: str) -> CaseRehearsal:
    """The one live case, rehearsed against `new`."""
    page = await Rehearser(services=engine.services, definition=new, names=names).page("acme")
    [found] = page.cases
    return found


async def test_a_waiting_case_fits_a_version_that_changed_nothing_for_it(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    found = await rehearsed(engine, second())
    assert (found.case_id, found.fit, found.reasons) == (case_id, Fit.FITS, ())
    assert (found.status, found.version, found.stands_at) == ("waiting", 1, "approve")
    assert found.ahead == "review approve"


async def test_a_case_that_was_approved_before_fits_as_if_it_had_been_approved_under_the_new_version(
    engine: Engine,
) -> None:
    case_id = (await engine.asking()).id
    engine.notebook.faults = [Transient("busy", tool="toy.write")]
    await engine.answer(case_id, "berta", Answer(decision="approve"))
    assert (await engine.advance(case_id)).status == "running"
    found = await rehearsed(engine, second())
    assert (found.fit, found.reasons, found.stands_at) == (Fit.FITS, (), "write")


async def test_a_case_that_has_not_begun_fits_if_its_input_is_accepted(engine: Engine) -> None:
    await engine.start()
    found = await rehearsed(engine, unchecked())
    assert (found.fit, found.stands_at, found.ahead) == (Fit.FITS, "look_up", "read look_up")


async def test_a_case_that_waits_at_a_step_that_is_gone_is_stuck(engine: Engine) -> None:
    await engine.asking(0)
    found = await rehearsed(engine, unchecked())
    assert found.fit is Fit.STUCK
    assert "it waits at resolve, which is no step of toy@2" in found.reasons


async def test_a_renamed_step_is_gone_unless_the_mapping_names_it(engine: Engine) -> None:
    await engine.asking()
    assert (await rehearsed(engine, renamed_review())).fit is Fit.STUCK
    mapped = await rehearsed(engine, renamed_review(), approve="approve_amount")
    assert (mapped.fit, mapped.reasons, mapped.stands_at) == (Fit.FITS, (), "approve_amount")


async def test_the_first_divergence_is_reported_with_both_routes(engine: Engine) -> None:
    await engine.asking()
    found = await rehearsed(engine, unchecked())
    assert found.fit is Fit.DIVERGES
    assert found.divergence is not None
    assert (found.divergence.step, found.divergence.old_route, found.divergence.new_route) == (
        "look_up",
        "check",
        "propose",
    )


async def test_another_action_is_a_divergence_that_names_the_fields(engine: Engine) -> None:
    await engine.asking()
    found = await rehearsed(engine, second(propose={"draft": one_more}))
    assert found.fit is Fit.DIVERGES
    assert found.divergence is not None
    assert (found.divergence.step, found.divergence.visit, found.divergence.fields) == (
        "propose",
        1,
        ("action.arguments.amount",),
    )


async def test_pure_steps_are_judged_with_the_pack_active_now(engine: Engine) -> None:
    await engine.asking()
    limit = "auto_limit: {type: money, value: "
    engine.rulebook = toy_rulebook(PACK.replace(f"{limit}1000", f"{limit}70000"))
    found = await rehearsed(engine, second())
    assert found.divergence is not None
    assert (found.divergence.old_route, found.divergence.new_route) == ("approve", "write")
    assert found.divergence.fields == ("parameters.auto_limit",)
    assert found.ahead == "effect write"


async def test_a_step_that_fails_on_a_recorded_state_is_named_with_its_error(engine: Engine) -> None:
    await engine.asking()

    def broken(case: Any) -> Any:
        raise KeyError("margin")

    found = await rehearsed(engine, second(propose={"draft": broken}))
    assert found.fit is Fit.STUCK
    assert found.divergence is not None
    assert "KeyError: 'margin'" in found.divergence.why


async def test_an_open_task_whose_field_is_gone_is_stuck(engine: Engine) -> None:
    await engine.asking()
    found = await rehearsed(engine, second(approve={"editable": ()}))
    assert found.reasons == ("its open task has fields that approve does not: amount",)


async def test_a_case_of_another_key_is_unreadable(engine: Engine) -> None:
    engine.execution = Execution.STRETCHES
    await engine.asking()
    elsewhere = replace(engine.services, seal=Seal(b"the key of another installation, yes"))
    [found] = (await Rehearser(services=elsewhere, definition=second()).page("acme")).cases
    assert found.fit is Fit.UNREADABLE
    assert "CheckpointForged" in found.reasons[0]


async def test_a_case_whose_values_were_erased_is_unreadable(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    async with engine.database.unit_of_work("acme") as unit:
        first = next(e for e, _ in await unit.audit_log.of_case(case_id) if e.visit is not None)
        await unit.audit_log.erase("acme", first.seq, "update")
    found = await rehearsed(engine, second())
    assert found.fit is Fit.UNREADABLE
    assert "PastErased" in found.reasons[0]


async def test_an_effect_under_way_keeps_its_case_where_it_is(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("no answer", tool="toy.write")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    assert (await engine.effect_of(accepted.case.id)).status in ("sent", "unknown")
    found = await rehearsed(engine, second())
    assert found.fit is Fit.STUCK
    assert "toy.write may have been done" in found.reasons[0]


async def test_an_incident_is_rehearsed_too(engine: Engine) -> None:
    accepted = await engine.start()
    engine.definitions = (toy_definition(version=2),)
    assert (await engine.advance(accepted.case.id)).status == "incident"
    assert (await rehearsed(engine, second())).status == "incident"


async def test_cases_that_have_ended_or_are_on_the_new_version_are_not_rehearsed(engine: Engine) -> None:
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    engine.definitions = (toy_definition(), second())
    await engine.start()
    page = await Rehearser(services=engine.services, definition=second()).page("acme")
    assert (page.cases, page.after) == ((), None)


async def test_a_rehearsal_calls_no_tool_and_writes_nothing(engine: Engine, own_database: TestDatabase) -> None:
    await engine.asking()
    await engine.asking(0)
    await engine.start()
    before, calls = await rows_of(own_database.owner_url), (engine.reader.calls, engine.notebook.calls)
    page = await Rehearser(services=engine.services, definition=unchecked()).page("acme")
    assert page.counts == {"fits": 1, "diverges": 1, "stuck": 1, "unreadable": 0}
    assert await rows_of(own_database.owner_url) == before
    assert (engine.reader.calls, engine.notebook.calls, engine.notebook.asked) == (*calls, 0)


async def test_pages_go_on_where_the_last_one_ended(engine: Engine) -> None:
    ids = sorted([(await engine.asking()).id for _ in range(3)])
    rehearser = Rehearser(services=engine.services, definition=second())
    first = await rehearser.page("acme", limit=2)
    rest = await rehearser.page("acme", limit=2, after=first.after or "")
    assert [case.case_id for case in (*first.cases, *rest.cases)] == ids
    assert rest.after is None


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"approve": "nowhere"}, "has no step nowhere"),
        ({"approve": "check"}, "still has a step approve"),
        ({"old": "check", "older": "check"}, "two steps cannot both become check"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(engine: Engine, names: dict[str, str], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Rehearser(services=engine.services, definition=second(), names=names)
