"""What the console asks about one case: what may be done, its history, its data of then, its documents, messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphs.audit import AuditRecord
from graphs.case_data import CaseDataDesk
from graphs.errors import PermissionMissing
from graphs.tasks import Answer
from tests.support.api import caller, grant
from tests.support.case_desk import cancel, failed, suspend
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.waiting import let_send, send, waiting_definition

RIGHTS = ("case.suspend", "case.cancel", "case.steer", "incident.retry")


async def asked(engine: Engine, path: str, login: str = "sven", **query: Any) -> dict[str, Any]:
    async with caller(engine, login) as client:
        answer = await client.get(f"/cases/{path}", params=query)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def allowed(engine: Engine, case_id: str, login: str = "sven") -> dict[str, list[str]]:
    """The verbs that are offered, with their steps."""
    options = (await asked(engine, f"{case_id}/options", login))["options"]
    return {one["verb"]: one["steps"] for one in options if one["allowed"]}


async def test_what_is_offered_is_what_the_orders_would_accept(engine: Engine) -> None:
    await grant(engine.database, "sven", *RIGHTS)
    waiting, stopped = await engine.asking(), await failed(engine)
    found = await allowed(engine, waiting.id)
    assert {"retry_from", "suspend", "cancel"} <= set(found)
    assert "look_up" in found["retry_from"]
    assert "retry" not in found
    assert set(await allowed(engine, stopped.id)) >= {"retry", "retry_from", "cancel", "skip"}
    async with caller(engine, "sven") as sven:
        for step in found["retry_from"]:
            other = await engine.asking()
            answer = await sven.post(f"/cases/{other.id}/retry", json={"from_step": step, "reason": "again"})
            assert answer.is_success, answer.text
    await suspend(engine, waiting.id)
    assert set(await allowed(engine, waiting.id)) == {"resume", "cancel"}
    await cancel(engine, waiting.id)
    assert set(await allowed(engine, waiting.id)) == set()
    assert (await asked(engine, f"{waiting.id}/options"))["stands_at"] is None


async def test_what_is_not_offered_says_why_as_the_order_would(engine: Engine) -> None:
    case = await engine.asking()
    options = {one["verb"]: one for one in (await asked(engine, f"{case.id}/options", "clara"))["options"]}
    assert {one["code"] for verb, one in options.items()} == {"permission_missing"}
    await grant(engine.database, "clara", *RIGHTS, "audit.read")
    options = {one["verb"]: one for one in (await asked(engine, f"{case.id}/options", "clara"))["options"]}
    assert (options["skip"]["code"], options["resume"]["code"]) == ("segregation_of_duties", "case_not_steerable")
    assert (options["retry"]["code"], options["dossier"]["code"]) == ("case_not_stopped", "trail_not_signed")


async def test_the_data_is_looked_at_after_each_step_and_compared(engine: Engine) -> None:
    case = await engine.asking()
    await engine.answer(case.id, "berta", Answer(decision="approve"))
    await engine.advance(case.id)
    now = await asked(engine, f"{case.id}/data", "clara")
    steps = [place["step"] for place in now["places"]]
    assert (now["at"], now["since"], steps[0]) == (len(steps), len(steps) - 1, "look_up")
    first = await asked(engine, f"{case.id}/data", "clara", at=1)
    assert first["data"]["facts"]["amount"]["value"] == 60_000
    added = {one["field"]: one for one in first["changes"]}
    assert (added["facts.amount.value"]["old"], added["facts.amount.value"]["new"]) == (None, 60_000)
    whole = await asked(engine, f"{case.id}/data", "clara", at=len(steps), since=0)
    assert {"facts.amount.value"} < {one["field"] for one in whole["changes"]}
    assert (await asked(engine, f"{case.id}/data", "clara", at=0, since=0))["data"] == {}
    async with caller(engine) as clara:
        for query in ({"at": len(steps) + 1}, {"since": 99}, {"at": -1}):
            assert (await clara.get(f"/cases/{case.id}/data", params=query)).status_code == 422


async def test_erased_values_are_said_to_be_gone(engine: Engine) -> None:
    case = await engine.asking()
    async with engine.database.unit_of_work("acme") as unit:
        [first, *_] = [
            entry for entry, values in await unit.audit_log.of_case(case.id) if "update" in values and entry.visit
        ]
        await unit.audit_log.erase("acme", first.seq, "update")
    found = await asked(engine, f"{case.id}/data", "clara")
    assert (found["data"], found["changes"], found["places"][0]["erased"]) == (None, None, True)
    assert (await asked(engine, f"{case.id}/data", "clara", at=0, since=0))["data"] == {}
    assert (await asked(engine, f"{case.id}/documents", "clara")) == {"documents": []}
    assert (await asked(engine, f"{case.id}/options", "clara"))["stands_at"] is None


async def test_the_history_says_who_did_what_in_words_without_the_right_to_the_trail(engine: Engine) -> None:
    case = await engine.asking()
    await engine.answer(case.id, "berta", Answer(decision="reject", reason="twice"))
    await engine.advance(case.id)
    found = await asked(engine, f"{case.id}/history", "clara")
    by = {one["kind"]: (one["by"], one["name"]) for one in found["happenings"]}
    assert by["case.started"] == ("person", "Clara")
    assert by["action.judged"] == ("rule", None)
    assert by["read.done"] == ("system", None)
    assert by["task.answered"][1] == "Berta"
    told = {one["kind"]: one["told"] for one in found["happenings"]}
    assert told["answer.applied"] == "reject; twice"
    assert [one["verdict"] for one in found["happenings"] if one["kind"] == "action.judged"] == ["review"]
    assert {one["verdict"] for one in found["happenings"] if one["by"] != "rule"} == {None}
    assert told["action.judged"].endswith(".")
    [judged] = [one for one in found["verdicts"] if one["kind"] == "action.judged"]
    assert (judged["verdict"], next(iter(judged["facts"].values()))) == ("review", 60_000)
    assert [finding["rule"] for finding in judged["findings"]]
    assert [one["tool"] for one in found["verdicts"] if one["kind"] == "read.done"] == ["toy.read"]


DECISION = {
    "class": "gl_coding",
    "class_version": 2,
    "status": "answered",
    "why": "",
    "choice": "6800",
    "answer": {"reason": "Paper is office supply.", "evidence": [{"source": "line", "text": "paper"}]},
    "agreement_bps": 10_000,
    "raw_bps": 9_000,
    "confidence_bps": 8_200,
    "autonomous": False,
    "gate": "drawn",
    "signals": ["no_majority"],
    "model": "m",
    "prompt": "gl_coding@2",
    "prompt_digest": "d",
    "usage": {"calls": 5, "tokens_in": 900, "tokens_out": 40, "cost_micros": 1200, "milliseconds": 800},
}


@pytest.mark.parametrize("blind", [False, True])
async def test_an_agents_answer_is_told_unless_a_person_is_to_decide_without_it(engine: Engine, *, blind: bool) -> None:
    case = await engine.asking()
    decision = DECISION | {"blind": blind}
    step = {"kind": "agent", "stage": "coding", "route": "write", "started_at": engine.clock().isoformat()}
    update = {"data": {"decisions": {"code": decision}}, "visits": {"code": 1}, "route": "write"}
    record = AuditRecord(
        kind="agent.decided",
        actor="worker",
        case_id=case.id,
        step="code",
        visit=1,
        values={"step": step, "update": update, "decision": decision},
    )
    async with engine.database.unit_of_work("acme") as unit:
        unit.record("acme", record)
    [shown] = (await asked(engine, f"{case.id}/history", "clara"))["decisions"]
    data = (await asked(engine, f"{case.id}/data", "clara"))["data"]["decisions"]["code"]
    open_to_all = (shown["choice"], shown["confidence_bps"], shown["reason"], data.get("choice"))
    expected = (None, None, None, None) if blind else ("6800", 8_200, "Paper is office supply.", "6800")
    assert open_to_all == expected
    assert (shown["cost_micros"], shown["tokens_in"], shown["decision_class"]) == (1200, 900, "gl_coding@2")
    text = str(await asked(engine, f"{case.id}/history", "clara"))
    assert ("6800" in text) is not blind
    await cancel_as_admin(engine, case.id)
    [ended] = (await asked(engine, f"{case.id}/history", "clara"))["decisions"]
    assert ended["choice"] == "6800"


async def cancel_as_admin(engine: Engine, case_id: str) -> None:
    await grant(engine.database, "sven", *RIGHTS)
    await cancel(engine, case_id)


async def test_messages_show_what_was_waited_for_and_what_came(engine: Engine) -> None:
    engine.definitions = (replace(waiting_definition(), name="toy"),)
    await let_send(engine)
    case = await engine.advance((await engine.start(subject="INV-1")).case.id)
    [row] = (await asked(engine, f"{case.id}/messages", "clara"))["messages"]
    assert (row["status"], row["name"], row["key"], row["payload"]) == ("waiting", "payment.received", "INV-1", None)
    waits = (await asked(engine, case.id, "clara"))["waits"]
    assert (waits[0]["kind"], waits[0]["what"], waits[0]["until"] is not None) == ("message", "payment.received", True)
    await send(engine, "INV-1", "bank-1")
    await engine.advance(case.id)
    [row] = (await asked(engine, f"{case.id}/messages", "clara"))["messages"]
    assert (row["status"], row["sent_by"]["name"], row["payload"]) == ("matched", "Intake", {"amount": 5})


async def test_another_tenant_and_whoever_may_not_see_cases_get_nothing(engine: Engine) -> None:
    case = await engine.asking()
    parts = ("options", "history", "data", "messages", "documents", f"documents/{'0' * 64}/pages")
    async with caller(engine, "clara") as clara:
        for part in parts:
            unknown = await clara.get(f"/cases/00000000-0000-4000-8000-000000000000/{part}")
            assert unknown.status_code == 404, part
        assert (await clara.get(f"/cases/{case.id}/documents/{'0' * 64}/pages")).status_code == 404
    outsider = replace(await actor(engine.database, "sven"), permissions=frozenset())
    with pytest.raises(PermissionMissing):
        await CaseDataDesk(services=engine.services).at(outsider, case.id)
