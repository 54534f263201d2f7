"""Every sample of `make run` ends as it should, on the twin of the ERP."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from graphs.duties import Claimed
from graphs.errors import DutiesConflict, Invalid
from graphs.intake import Intake
from graphs.processes.procure_to_pay.definition import check_input
from graphs.store.duty_tables import DutyActRow
from graphs.store.tables import Case
from graphs.store.writer import Change
from graphs.tasks import Answer
from policies.duties import DutyAct
from tests.support.accounts_payable import SAMPLES, AccountsPayable
from tests.support.people import actor
from tools.clock import utc_now


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_ends_as_it_should(payable: AccountsPayable, name: str) -> None:
    sample = SAMPLES[name]
    case = await payable.send(name)
    tasks = await payable.tasks(case)
    end = "review" if case.status == "waiting" else case.status
    reasons = {reason.get("exception") for task in tasks for reason in task.reasons}
    assert end in sample.expected_ends, (case.step, case.outcome, await payable.incidents(case))
    assert end != "review" or set(sample.exceptions) <= reasons


async def test_a_clean_invoice_is_posted_once_with_its_document_attached(payable: AccountsPayable) -> None:
    case = await payable.send("clean_ubl")
    assert case.status == "done"
    assert payable.posted() == 1
    assert len(payable.erp.executed("attach_document")) == 1


async def test_a_waiting_invoice_has_written_nothing(payable: AccountsPayable) -> None:
    await payable.send("price_variance")
    assert payable.erp.executed("draft_invoice") == []


async def test_every_read_and_every_write_has_its_verdict_in_the_trail(payable: AccountsPayable) -> None:
    case = await payable.send("clean_ubl")
    async with payable.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
        verification = await unit.audit_log.verify("acme")
    reads = [values for entry, values in entries if entry.kind == "read.done"]
    judged = {
        (entry.step, entry.visit): values["verdict"]["kind"]
        for entry, values in entries
        if entry.kind == "action.judged"
    }
    stands = {entry.step: values["judged"] for entry, values in entries if entry.kind == "effect.sent"}
    sent = {step: judged[place["step"], place["visit"]] for step, place in stands.items()}
    calls = [call for values in reads for call in values["calls"]]
    assert len(calls) >= 4
    assert all(call["verdict"]["kind"] == "allow" for call in calls)
    assert sent == dict.fromkeys(["draft_invoice", "attach_document", "post_invoice"], "allow")
    assert verification.sound


async def test_a_stored_document_can_be_named_by_its_hash(payable: AccountsPayable) -> None:
    sample = SAMPLES["price_variance"]
    async with payable.database.unit_of_work("acme") as unit:
        sha256 = await unit.originals.keep(
            "acme", name="x.pdf", media_type=sample.media_type, content=sample.content, now=utc_now()
        )
    body = {"document": sha256, "channel": sample.channel, "sender": sample.sender}
    who = await actor(payable.database, "intake")
    accepted = await Intake(services=payable.services).start(who, "procure_to_pay", body, key="from-json")
    case = await payable.advance(accepted.case.id)
    assert (case.status, await payable.incidents(case)) == ("waiting", [])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "document, channel, sender"),
        ({"document": "a", "channel": "mail"}, "sender"),
        ({"document": "a", "channel": "mail", "sender": 1}, "sender must be text"),
        ({"document": "a", "channel": "mail", "sender": "b", "received_on": "01.02.2026"}, "received_on"),
        ({"document": "a", "channel": "mail", "sender": "b", "received_on": 20260201}, "received_on must be text"),
    ],
)
def test_a_trigger_that_lacks_something_is_refused_by_name(body: dict[str, object], named: str) -> None:
    with pytest.raises(Invalid, match=named):
        check_input(body)


APPROVE = Answer(decision="approve")


async def asked_to_approve(payable: AccountsPayable) -> Case:
    """An invoice without an order, whose account Clara has entered: it waits for an approval."""
    case = await payable.send("no_order")
    await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "5.1.3"}))
    return await payable.answer(case, "clara", APPROVE)


async def test_an_approval_is_an_act_on_record_with_vendor_and_amount(payable: AccountsPayable) -> None:
    case = await asked_to_approve(payable)
    [asked] = (await payable.task(case)).duties or []
    await payable.answer(case, "dora", APPROVE)
    async with payable.database.unit_of_work("acme") as unit:
        act = (await unit.session.execute(select(DutyActRow))).scalar_one()
    assert (act.who, act.duty, act.subject) == ("acme-dora", "invoice.approved", asked["subject"])
    assert (act.amount_minor, act.currency) == (asked["amount_minor"], "EUR")
    assert act.subject.startswith("vendor:")


async def test_who_created_the_vendor_does_not_approve_its_invoice(payable: AccountsPayable) -> None:
    case = await asked_to_approve(payable)
    [asked] = (await payable.task(case)).duties or []
    created = DutyAct(id="made", who="acme-dora", did="vendor.created", to=asked["subject"], at=utc_now())
    change = Change("acme")
    Claimed(acts=[(created, 0)]).add_to(change, case_id=case.id, step="create")
    await payable.database.writer.commit(change)
    with pytest.raises(DutiesConflict, match=r"vendor\.created .* invoice\.approved: SOD-VENDOR"):
        await payable.answer(case, "dora", APPROVE)
    assert (await payable.answer(case, "emil", APPROVE)).status == "done"
