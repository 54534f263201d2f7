"""The effect ledger: an effect happens once, whatever the target does to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from graphs.errors import LeaseLost
from graphs.ledger import EffectLedger, LedgerConflict, OutcomeUnknown
from graphs.runtime.parking import MAX_ATTEMPTS
from graphs.runtime.pending import Pending
from graphs.store.tables import Case
from graphs.tasks import Answer
from policies.action import Action, EffectKind
from tests.support.engine import Engine
from tests.support.targets import BlindNotebook, DedupingNotebook, NoticeBoard
from tests.support.toy import AmountReader, Notebook
from tools.errors import Ambiguous, Permanent, Transient

LIMIT = timedelta(seconds=1)
VERDICT = {"verdict": {"kind": "allow"}}


def action(amount: int = 500) -> Action:
    arguments = {"amount": amount}
    return Action(tool="toy.write", arguments=arguments, effect_kind=EffectKind.WRITE, idempotency_key="interlock-key")


async def held_case(engine: Engine) -> Case:
    """A case whose lease this test holds."""
    accepted = await engine.start()
    return await engine.take_lease(accepted.case.id, owner="test")


@dataclass(slots=True, kw_only=True)
class Books:
    """The ledger of one visit; every conclusion is committed at once, as an effect step does."""

    engine: Engine
    case: Case
    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def perform(
        self, tool: Notebook, wanted: Action, *, clock: Callable[[], datetime] | None = None
    ) -> dict[str, Any]:
        pending = Pending(
            writer=self.engine.database.writer,
            clock=clock or self.engine.clock,
            tenant="acme",
            case_id=self.case.id,
            epoch=self.case.epoch,
            journaled=0,
        )
        ledger = EffectLedger(
            pending=pending,
            admitted=lambda _tool: nullcontext(),
            clock=pending.clock,
            known=self.known,
            case_id=self.case.id,
            step="write",
            visit=1,
        )
        performed = await ledger.perform(tool, wanted, verdict=VERDICT)
        await pending.commit()
        return performed.result


async def take_over(engine: Engine, case: Case) -> None:
    """Another worker takes the case."""
    taken = await engine.take_lease(case.id, owner="another", even_if_held=True)
    assert taken.epoch > case.epoch


async def test_a_confirmed_effect_is_never_sent_again(engine: Engine) -> None:
    books = Books(engine=engine, case=await held_case(engine))
    first = await books.perform(engine.notebook, action())
    second = await books.perform(engine.notebook, action())
    assert first == second == {"line": 1}
    assert engine.notebook.calls == 1


async def test_a_lost_answer_is_found_by_asking_and_confirmed_once(engine: Engine) -> None:
    engine.notebook.loses_answers = 1
    accepted = await engine.start()
    parked = await engine.advance(accepted.case.id)
    assert (parked.status, (await engine.effect_of(parked.id)).status) == ("running", "unknown")
    case = await engine.advance(parked.id)
    effect = await engine.effect_of(case.id)
    assert (case.status, effect.status, effect.sends, effect.result) == ("done", "confirmed", 1, {"line": 1})
    assert engine.notebook.calls == 1
    assert (await engine.trail_of(case.id)).count("effect.confirmed") == 1


async def test_not_found_counts_only_after_the_targets_time_limit(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("no answer")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    still = await engine.advance(accepted.case.id)
    assert (still.status, engine.notebook.calls, engine.notebook.asked) == ("running", 1, 1)
    await engine.let_effects_age(LIMIT)
    case = await engine.advance(accepted.case.id)
    assert case.status == "done"
    assert (engine.notebook.calls, len(engine.notebook.written)) == (2, 1)


@pytest.mark.parametrize(("late_by", "sends"), [(-1, 1), (0, 2), (1, 2)])
async def test_the_time_limit_is_met_exactly(engine: Engine, late_by: int, sends: int) -> None:
    case = await held_case(engine)
    sent_at = engine.clock()
    engine.notebook.faults = [Ambiguous("no answer")]
    books = Books(engine=engine, case=case)
    with pytest.raises(OutcomeUnknown):
        await books.perform(engine.notebook, action(), clock=lambda: sent_at)
    asked_at = sent_at + LIMIT + timedelta(microseconds=late_by)
    with suppress(OutcomeUnknown):
        await books.perform(engine.notebook, action(), clock=lambda: asked_at)
    assert engine.notebook.calls == sends


async def test_a_target_that_enforces_keys_is_sent_the_same_key_again_at_once(engine: Engine) -> None:
    engine.notebook = DedupingNotebook()
    engine.notebook.loses_answers = 1
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    case = await engine.advance(accepted.case.id)
    assert case.status == "done"
    assert (engine.notebook.calls, len(engine.notebook.written)) == (2, 1)
    assert (await engine.effect_of(case.id)).sends == 2


async def test_a_target_that_can_do_neither_makes_a_task_for_a_person(engine: Engine) -> None:
    engine.notebook = BlindNotebook()
    engine.notebook.loses_answers = 1
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    case = await engine.advance(accepted.case.id)
    task = await engine.task_of(case.id)
    assert (case.status, engine.notebook.calls) == ("waiting", 1)
    assert task.reasons[-1]["rule"] == "outcome_needs_person"
    assert task.form["choices"] == ["correct", "reject"]


async def test_a_refusal_becomes_a_task_with_the_reason_and_the_corrected_action_is_sent(engine: Engine) -> None:
    engine.notebook.faults = [Permanent("the period is closed", tool="toy.write", code="period_closed")]
    accepted = await engine.start()
    waiting = await engine.advance(accepted.case.id)
    task = await engine.task_of(waiting.id)
    assert (await engine.effect_of(waiting.id)).status == "refused"
    assert task.reasons[-1] == {
        "rule": "period_closed",
        "severity": "refusal",
        "message": "the period is closed",
    }
    assert task.form["choices"] == ["correct", "reject"]
    await engine.answer(waiting.id, "berta", Answer(decision="correct", set={"amount": "400"}))
    case = await engine.advance(waiting.id)
    assert case.status == "done"
    assert [amount for _, amount in engine.notebook.written] == [400]


async def test_other_arguments_for_a_confirmed_key_are_a_conflict(engine: Engine) -> None:
    books = Books(engine=engine, case=await held_case(engine))
    await books.perform(engine.notebook, action(500))
    with pytest.raises(LedgerConflict, match="confirmed with other arguments"):
        await books.perform(engine.notebook, action(501))
    assert len(engine.notebook.written) == 1


async def test_other_arguments_while_the_outcome_is_unknown_are_a_conflict(engine: Engine) -> None:
    engine.notebook.loses_answers = 1
    books = Books(engine=engine, case=await held_case(engine))
    with pytest.raises(OutcomeUnknown):
        await books.perform(engine.notebook, action(500))
    with pytest.raises(LedgerConflict, match="unknown with other arguments"):
        await books.perform(engine.notebook, action(501))


async def test_who_lost_the_lease_can_neither_send_nor_conclude(engine: Engine) -> None:
    case = await held_case(engine)
    await take_over(engine, case)
    with pytest.raises(LeaseLost):
        await Books(engine=engine, case=case).perform(engine.notebook, action())
    assert engine.notebook.calls == 0


async def test_who_loses_the_lease_during_the_call_cannot_conclude_it(engine: Engine) -> None:
    case = await held_case(engine)

    class Slow(Notebook):
        async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
            await take_over(engine, case)
            return await super().execute(arguments, key=key)

    with pytest.raises(LeaseLost):
        await Books(engine=engine, case=case).perform(Slow(), action())
    assert (await engine.effect_of(case.id)).status == "sent"


async def test_a_worker_that_lost_its_lease_commits_no_step(engine: Engine) -> None:
    accepted = await engine.start()

    class Slow(AmountReader):
        async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
            await take_over(engine, accepted.case)
            return await super().execute(arguments, key=key)

    engine.reader = Slow(500)
    case = await engine.advance(accepted.case.id)
    assert (case.status, case.lease_owner) == ("running", "another")
    assert await engine.steps_of(case.id) == []
    assert await engine.trail_of(case.id) == ["case.started", "write.refused"]


async def test_the_verdict_stands_in_the_trail_before_the_call(engine: Engine) -> None:
    seen: list[tuple[str, Any]] = []

    class Looking(Notebook):
        async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
            async with engine.database.unit_of_work("acme") as unit:
                entries = await unit.audit_log.of_case(accepted.case.id)
            seen.extend(
                (entry.kind, entry.visit, values.get("verdict"), values.get("judged")) for entry, values in entries
            )
            return await super().execute(arguments, key=key)

    engine.notebook = Looking()
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    (judged, visit, verdict, _), (sent, _, _, stands) = seen[-2:]
    assert (judged, verdict["kind"]) == ("action.judged", "allow")
    assert (sent, stands) == ("effect.sent", {"step": "propose", "visit": visit})


async def test_a_proposal_that_was_committed_before_is_judged_again_and_its_verdict_stands_in_the_intent(
    engine: Engine,
) -> None:
    engine.notebook.faults = [Transient("later")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    await engine.advance(accepted.case.id)
    async with engine.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(accepted.case.id)
    first, again = [values for entry, values in entries if entry.kind == "effect.sent"]
    assert "verdict" not in first
    assert again["verdict"]["kind"] == "allow"
    assert again["action"]["idempotency_key"] == again["key"] == first["key"]


async def test_a_target_that_never_tells_ends_in_an_incident_not_in_silence(engine: Engine) -> None:
    engine.notebook.faults = [Ambiguous("no answer") for _ in range(MAX_ATTEMPTS + 2)]
    accepted = await engine.start()
    for _ in range(2 * MAX_ATTEMPTS):
        await engine.advance(accepted.case.id)
        await engine.let_effects_age(LIMIT)
    case = await engine.case(accepted.case.id)
    assert case.status == "incident"
    assert [incident.code for incident in await engine.incidents_of(case.id)] == ["outcome_unknown"]
    assert engine.notebook.calls == MAX_ATTEMPTS


async def test_a_transient_failure_of_a_write_is_sent_again_without_asking(engine: Engine) -> None:
    engine.notebook.faults = [Transient("busy")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    assert (await engine.effect_of(accepted.case.id)).status == "planned"
    case = await engine.advance(accepted.case.id)
    assert (case.status, engine.notebook.calls, engine.notebook.asked) == ("done", 2, 0)


async def test_an_unclassified_failure_of_a_write_may_have_happened(engine: Engine) -> None:
    engine.notebook.faults = [RuntimeError("what is this")]
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    assert (await engine.effect_of(accepted.case.id)).status == "unknown"
    await engine.let_effects_age(LIMIT)
    case = await engine.advance(accepted.case.id)
    assert (case.status, engine.notebook.asked, len(engine.notebook.written)) == ("done", 1, 1)


async def test_a_notification_whose_outcome_is_unknown_is_sent_once_more_and_marked(engine: Engine) -> None:
    board = NoticeBoard()
    board.loses_answers = 1
    engine.notebook = board
    accepted = await engine.start()
    await engine.advance(accepted.case.id)
    case = await engine.advance(accepted.case.id)
    effect = await engine.effect_of(case.id)
    assert (case.status, effect.status, effect.sends) == ("done", "confirmed", 2)
    assert (board.calls, board.marked) == (2, 1)
    assert len({key for key, _ in board.written}) == 1


@pytest.mark.parametrize(
    "second", [Ambiguous("no answer"), Transient("not now"), Permanent("never")], ids=["lost", "later", "refused"]
)
async def test_a_notification_is_never_sent_a_third_time(engine: Engine, second: Exception) -> None:
    board = NoticeBoard()
    board.faults = [Ambiguous("no answer"), second]
    engine.notebook = board
    accepted = await engine.start()
    for _ in range(3):
        await engine.advance(accepted.case.id)
    effect = await engine.effect_of(accepted.case.id)
    assert (board.calls, board.marked, effect.sends, effect.status) == (2, 1, 2, "unknown")
    assert (await engine.case(accepted.case.id)).status == "waiting"
