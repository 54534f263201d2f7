"""What agents may bring about in Procure-to-Pay; without one, or with a bad one, a person decides as before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphs.agents.decision_class import LOOKUPS
from graphs.processes import incident_resolution, procure_to_pay
from graphs.processes.procure_to_pay.agents import DECISION_CLASSES
from graphs.processes.procure_to_pay.definition import LATEST
from graphs.processes.procure_to_pay.reviews import ACCOUNT
from graphs.runtime.sweep import Sweep
from graphs.store.tables import Case
from graphs.switches import SwitchDesk, SwitchScope
from graphs.tasks import Answer
from tests.support.accounts_payable import SAMPLES, AccountsPayable
from tests.support.api import grant
from tests.support.disputed_invoices import CHAIR, INJECTED, PAPER, UNLIKE, enter_earlier, in_dispute, renamed, sent
from tests.support.people import actor
from tests.support.scripted_model import ScriptedModel, key_that, open_terms
from tools.llm import errors
from tools.testing.erp import MemoryErp

APPROVE = Answer(decision="approve", reason="compared")
DISTINCT = {"judgement": "distinct"}
PAIRS = {"pairs": [{"invoice_line": 1, "order_line": 1}, {"invoice_line": 2, "order_line": 2}]}
FAULTS = (
    errors.ModelUnavailable,
    errors.ModelTimedOut,
    errors.ModelBusy,
    errors.ModelRefused,
    errors.ModelAnswerInvalid,
    errors.ModelBudgetSpent,
    errors.QuestionUnknown,
)
WRITES = ("draft_invoice", "attach_document", "post_invoice", "cancel_invoice")


def with_model(payable: AccountsPayable, **script: Any) -> AccountsPayable:
    """A model with this script, whose answers count by themselves."""
    payable.model, payable.gates_open = ScriptedModel(script=script), True
    return payable


async def decisions(payable: AccountsPayable, case: Case) -> dict[str, dict[str, Any]]:
    """The case's decisions by step, the newest of each."""
    async with payable.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
    return {str(entry.step): values["decision"] for entry, values in entries if entry.kind == "agent.decided"}


async def outcomes(payable: AccountsPayable, case: Case) -> list[dict[str, Any]]:
    async with payable.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
    return [values["outcome"] for entry, values in entries if "outcome" in values]


def written(payable: AccountsPayable) -> dict[str, int]:
    return {name: len(payable.erp.executed(name)) for name in WRITES}


# Without a model ---------------------------------------------------------------------------------------------------


async def way(payable: AccountsPayable, name: str, version: int) -> Mapping[str, Any]:
    """How the sample's case goes under that version: where it stands, what it asks, what it has written."""
    definition = procure_to_pay.definition(version)
    own = replace(
        payable,
        erp=MemoryErp.from_seed(today=payable.erp.today),
        definitions=[definition, incident_resolution.definition()],
    )
    for sent_first in (SAMPLES[name].after, name):
        if sent_first:
            case = await own.advance((await own.accept_as(SAMPLES[sent_first], f"{sent_first}@{version}")).case.id)
    async with own.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
    shown = [
        (
            task.step,
            task.role,
            task.title,
            task.question,
            task.reasons,
            since_2(task.form),
            without_advice(task.evidence),
        )
        for task in await own.tasks(case)
    ]
    judged = {(values["verdict"]["point"]): values["verdict"]["kind"] for _, values in entries if "verdict" in values}
    reads = [
        [call["action"]["tool"] for call in values["calls"]] for entry, values in entries if entry.kind == "read.done"
    ]
    return {
        "end": (case.status, case.outcome, case.stage),
        "asked": shown,
        "written": written(own),
        "reads": reads,
        "verdicts": {point: kind for point, kind in judged.items() if point not in AGENTS_POINTS},
        "other": sorted({entry.kind for entry, _ in entries} - {"agent.decided"}),
    }


AGENTS_POINTS = {"lines", "coding", "triage"}


def since_2(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form without the account that an approver may name since version 5."""
    return {**form, "fields": [field for field in form["fields"] if field["name"] != ACCOUNT.name]}


def without_advice(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in evidence.items() if name != "advice"}


TELLING = ("clean_cii", "price_variance", "partial_receipt", "no_order", "foreign_bank_account")
"""One of each kind: clean, review, what an agent could wait for, what it could code, denied."""


@pytest.mark.parametrize("name", TELLING)
async def test_without_a_model_a_case_goes_the_way_of_version_2(payable: AccountsPayable, name: str) -> None:
    assert await way(payable, name, LATEST) == await way(payable, name, 2)


@pytest.mark.chaos
@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - set(TELLING)))
async def test_without_a_model_every_other_sample_goes_the_way_of_version_2(
    payable: AccountsPayable, name: str
) -> None:
    assert await way(payable, name, LATEST) == await way(payable, name, 2)


async def test_a_clean_invoice_is_never_put_to_an_agent(payable: AccountsPayable) -> None:
    case = await with_model(payable).send("clean_ubl")
    assert case.status == "done"
    assert payable.model is not None
    assert payable.model.heard == []
    assert await decisions(payable, case) == {}


# A model that fails ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS, ids=lambda kind: kind.code)
async def test_after_any_fault_of_a_model_each_step_asks_a_person_who_is_told_why(
    payable: AccountsPayable, fault: type[errors.ModelFailed]
) -> None:
    with_model(payable, **{asked.name: fault("it did not work") for asked in DECISION_CLASSES})
    case = await in_dispute(payable)
    first = await payable.task(case)
    case = await payable.answer(case, "clara", APPROVE)
    second = await payable.task(case)
    found = await decisions(payable, case)
    assert [first.step, second.step] == ["resolve_duplicate", "resolve_match"]
    assert set(found) == {"judge_duplicate", "pair_lines", "propose_account", "triage"}
    assert {decision["status"] for decision in found.values()} <= {"unavailable", "failed"}
    assert all("it did not work" in decision["why"] for decision in found.values())
    assert "it did not work" in first.evidence["advice"]["why"]
    assert "it did not work" in second.evidence["advice"]["why"]
    assert written(payable) == {**dict.fromkeys(WRITES, 0), "draft_invoice": 1}, "only the earlier one"


async def test_an_answer_without_evidence_that_stands_there_counts_for_nothing_by_itself(
    payable: AccountsPayable,
) -> None:
    made_up = {**DISTINCT, "evidence": [{"source": "lines", "text": "this stands nowhere"}]}
    case = await in_dispute(with_model(payable, duplicate_judgement=made_up))
    assert (await payable.task(case)).step == "resolve_duplicate"
    assert (await decisions(payable, case))["judge_duplicate"]["signals"] == ["evidence_missing"]


async def test_a_switched_off_agent_is_not_asked_and_a_person_decides(payable: AccountsPayable) -> None:
    with_model(payable, duplicate_judgement=DISTINCT)
    await grant(payable.database, "sven", "switch.set")
    desk = SwitchDesk(services=payable.services)
    sven = await actor(payable.database, "sven")
    await desk.set(sven, SwitchScope.AGENT, "duplicate_judgement", off=True, reason="too sure of itself")
    case = await in_dispute(payable)
    assert payable.model is not None
    assert payable.model.heard == []
    task = await payable.task(case)
    assert (task.step, task.evidence["advice"]["status"]) == ("resolve_duplicate", "unavailable")
    assert "too sure of itself" in task.evidence["advice"]["why"]


# A model whose answers count ---------------------------------------------------------------------------------------


async def test_a_sure_judgement_lets_a_near_duplicate_pass_and_a_person_is_spared(payable: AccountsPayable) -> None:
    await enter_earlier(payable)
    case = await sent(with_model(payable, duplicate_judgement=DISTINCT), SAMPLES["clean_ubl"])
    assert case.status == "done"
    assert (await decisions(payable, case))["judge_duplicate"]["autonomous"]


@pytest.mark.parametrize("judgement", ["same", "unclear"])
async def test_an_agent_never_rejects_an_invoice(payable: AccountsPayable, judgement: str) -> None:
    case = await in_dispute(with_model(payable, duplicate_judgement={"judgement": judgement}))
    task = await payable.task(case)
    assert (case.status, task.step) == ("waiting", "resolve_duplicate")
    assert task.evidence["advice"]["choice"] == judgement


async def test_pairs_are_a_persons_however_sure_and_complete_the_match_once_approved(payable: AccountsPayable) -> None:
    case = await sent(with_model(payable, line_matching=PAIRS), renamed("clean_ubl", PAPER, UNLIKE))
    assert (case.status, (await payable.task(case)).step) == ("waiting", "resolve_lines")
    case = await payable.answer(case, "clara", APPROVE)
    assert case.status == "done"
    [invoice] = [one for one in payable.erp.books.invoices.values() if one.post_key]
    assert all(line.order_line_id for line in invoice.lines)


async def test_pairs_that_do_not_add_up_are_a_persons_however_sure(payable: AccountsPayable) -> None:
    dearer = renamed("clean_ubl", PAPER, UNLIKE)
    content = dearer.content.replace(b">24.90<", b">26.90<").replace(b">249.00<", b">269.00<")
    case = await sent(with_model(payable, line_matching=PAIRS), replace(dearer, content=content))
    assert (await payable.task(case)).step == "resolve_validation"  # the total does not follow from the lines either
    case = await payable.answer(case, "clara", APPROVE)
    assert "contradiction:amounts" in (await decisions(payable, case))["pair_lines"]["signals"]
    assert (case.status, written(payable)) == ("waiting", dict.fromkeys(WRITES, 0))


async def test_proposed_pairs_count_once_a_person_has_approved_them(payable: AccountsPayable) -> None:
    with_model(payable, line_matching=PAIRS)
    payable.gates_open = False
    case = await sent(payable, renamed("clean_ubl", PAPER, UNLIKE))
    task = await payable.task(case)
    assert (task.step, task.evidence["advice"]["choice"]) == ("resolve_lines", "1:1,2:2")
    case = await payable.answer(case, "clara", APPROVE)
    assert case.status == "done"
    [outcome] = await outcomes(payable, case)
    assert (outcome["class"], outcome["person"], outcome["right"], outcome["blind"]) == (
        "line_matching", "1:1,2:2", True, False,
    )  # fmt: skip


async def test_a_sure_account_codes_the_lines_and_the_payment_is_still_approved_by_a_person(
    payable: AccountsPayable,
) -> None:
    case = await with_model(payable, gl_coding={"account": "5.2.1"}).send("no_order")
    task = await payable.task(case)
    assert task.step == "resolve_match"
    assert {reason.get("exception") for reason in task.reasons} == {"no_po"}
    case = await payable.answer(case, "clara", APPROVE)
    assert (await payable.task(case)).step == "approve_invoice"
    case = await payable.answer(case, "dora", APPROVE)
    assert case.status == "done"
    assert drafted(await payable.drafting(case)) == {"5.2.1"}


async def test_an_account_that_nobody_offers_is_stopped_by_its_contradiction(payable: AccountsPayable) -> None:
    case = await with_model(payable, gl_coding={"account": "9.9.9"}).send("no_order")
    assert (await payable.task(case)).step == "resolve_coding"
    assert (await decisions(payable, case))["propose_account"]["signals"] == ["contradiction:account"]


async def test_a_person_who_corrects_the_account_is_the_one_who_is_right(payable: AccountsPayable) -> None:
    with_model(payable, gl_coding={"account": "9.9.9"})
    case = await payable.send("no_order")
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "5.1.3"}))
    [outcome] = await outcomes(payable, case)
    assert (outcome["choice"], outcome["person"], outcome["right"]) == ("9.9.9", "5.1.3", False)
    assert (await payable.task(case)).step == "resolve_match"


async def test_a_sure_triage_only_ever_makes_a_case_wait_for_its_receipt_and_not_for_ever(
    payable: AccountsPayable,
) -> None:
    case = await with_model(payable, exception_triage={"resolution": "wait_for_receipt"}).send("partial_receipt")
    for _ in range(3):
        assert (case.status, case.step, await payable.tasks(case)) == ("waiting", "receipt_wait", [])
        payable.ahead += timedelta(days=2, minutes=1)
        await Sweep(services=payable.services).run()
        case = await payable.advance(case.id)
    task = await payable.task(case)
    assert (task.step, task.evidence["advice"]["choice"]) == ("resolve_match", "wait_for_receipt")
    assert written(payable) == dict.fromkeys(WRITES, 0)


@pytest.mark.parametrize("resolution", ["accept_difference", "reject_invoice", "ask_supplier"])
async def test_every_other_triage_is_advice(payable: AccountsPayable, resolution: str) -> None:
    case = await with_model(payable, exception_triage={"resolution": resolution}).send("partial_receipt")
    task = await payable.task(case)
    assert (task.step, task.evidence["advice"]["choice"]) == ("resolve_match", resolution)
    assert written(payable) == dict.fromkeys(WRITES, 0)


async def test_waiting_for_a_receipt_is_refused_where_something_else_is_wrong(payable: AccountsPayable) -> None:
    case = await with_model(payable, exception_triage={"resolution": "wait_for_receipt"}).send("price_variance")
    assert (await payable.task(case)).step == "resolve_match"


# Blind reviews -----------------------------------------------------------------------------------------------------


async def test_whoever_is_drawn_to_decide_blind_sees_neither_answer_nor_reason(payable: AccountsPayable) -> None:
    with_model(payable, gl_coding={"account": "5.2.1", "reason": "because of the chairs"})
    accepted = await payable.accept(SAMPLES["no_order"])
    payable.gates_open = False
    payable.terms = open_terms(key=key_that(accepted.case.id, ["propose_account"], draws=True))
    case = await payable.advance(accepted.case.id)
    task = await payable.task(case)
    shown = f"{task.title} {task.question} {task.reasons} {task.evidence} {task.form}"
    assert (task.step, task.form["choices"]) == ("resolve_coding", ["correct", "reject"])
    assert task.evidence["advice"] == {"class": "gl_coding", "status": "answered", "blind": True}
    assert "5.2.1" not in shown
    assert "because of the chairs" not in shown
    case = await payable.answer(case, "clara", Answer(decision="correct", set={"gl_account": "5.1.3"}))
    [outcome] = await outcomes(payable, case)
    assert (outcome["blind"], outcome["choice"], outcome["person"]) == (True, "5.2.1", "5.1.3")


# Hostile documents and what a prompt may hold ----------------------------------------------------------------------


async def test_an_instruction_in_a_line_stops_automation_and_changes_neither_payee_nor_amount(
    payable: AccountsPayable,
) -> None:
    with_model(payable, gl_coding={"account": "5.2.1"}, exception_triage={"resolution": "accept_difference"})
    case = await sent(payable, renamed("no_order", CHAIR, INJECTED))
    assert (await payable.task(case)).step == "resolve_coding"
    assert "injection:lines" in (await decisions(payable, case))["propose_account"]["signals"]
    for login in ("clara", "clara", "dora"):
        case = await payable.answer(case, login, APPROVE)
    assert case.status == "done"
    action = await payable.drafting(case)
    order = await payable.erp.read_order("PO-2026-0002")
    assert order is not None
    assert action["arguments"]["supplier_id"] == order.supplier_id
    assert [(line["quantity"], line["unit_price"]) for line in action["arguments"]["lines"]] == [("12", "79.00")]
    assert "DE02120300000000202051" not in str({**action["arguments"], "lines": []})


def drafted(action: Mapping[str, Any]) -> set[str]:
    return {line["account_code"] for line in action["arguments"]["lines"]}


ALLOWED = {asked.name: asked.fields for asked in DECISION_CLASSES}


async def test_a_prompt_holds_nothing_but_its_fields_and_no_other_case(payable: AccountsPayable) -> None:
    secret = b"CANARY-7f3a"
    other = replace(SAMPLES["no_order"], sender="CANARY-other@nordlicht.example")
    await sent(with_model(payable), other)
    await enter_earlier(payable)
    plain = renamed("clean_ubl", PAPER, UNLIKE)
    marked = plain.content.replace(b"<cbc:StreetName>", b"<cbc:StreetName>" + secret)
    assert marked != plain.content
    case = await sent(payable, replace(plain, content=marked, file_name="CANARY-file.xml"))
    await payable.answer(case, "clara", Answer(decision="approve", reason="CANARY-reason"))
    assert payable.model is not None
    heard = payable.model.heard
    assert {asked.question.removesuffix(LOOKUPS) for asked in heard} == set(ALLOWED)
    for asked in heard:
        assert set(asked.fields) <= ALLOWED[asked.question.removesuffix(LOOKUPS)]
        assert {passage.label for passage in asked.passages} <= {"lines", "earlier_lines"}
        text = f"{asked.fields} {asked.passages}"
        hidden = ["CANARY", "acme-", case.id, *personal(SAMPLES["clean_ubl"].content.decode())]
        assert [word for word in hidden if word in text] == []


def personal(ubl: str) -> list[str]:
    """What an invoice says that no agent needs to know: accounts, addresses, tax numbers."""
    names = ("StreetName", "CityName", "CompanyID", "ElectronicMail")
    found = [part.partition("<")[0] for name in names for part in ubl.split(f"<cbc:{name}>")[1:]]
    account = ubl.partition("<cac:PayeeFinancialAccount>")[2].partition("<cbc:ID>")[2].partition("<")[0]
    return [value for value in (*found, account) if value]
