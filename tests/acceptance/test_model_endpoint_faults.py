"""Whatever goes wrong at a model's endpoint, over HTTP: requests are bounded, and a person decides who is told why."""

from __future__ import annotations

import pytest

from api.bootstrap import questions_of
from graphs.processes import procure_to_pay
from graphs.tasks import Answer
from tests.support.accounts_payable import AccountsPayable
from tests.support.disputed_invoices import in_dispute
from tests.support.model import scripted
from tools.llm.tool import ModelTool
from tools.testing.model_play import FAULTS, in_turn

APPROVE = Answer(decision="approve", reason="compared")
STEPS = {"read_unsure_fields", "judge_duplicate", "pair_lines", "propose_account", "triage"}
SHORT = ("time_out", "busy", "refusal", "invalid_json")
"""A fault of each way to fail: no answer, a bounded wait, a refusal, an answer that is none."""
MOST_REQUESTS = 12
"""A question's own budget, whatever it is spent on."""


async def disputed(payable: AccountsPayable, fault: str) -> None:
    async with scripted(in_turn(FAULTS[fault])) as asking:
        payable.model = ModelTool(questions_of([procure_to_pay.definition()]), asking.gateway)
        payable.gates_open = True
        case = await in_dispute(payable)
        while (task := await payable.task(case)).step != "resolve_match":
            assert task.evidence["advice"]["status"] in ("failed", "unavailable")
            assert task.evidence["advice"]["why"]
            case = await payable.answer(case, "clara", APPROVE)
        async with payable.database.unit_of_work("acme") as unit:
            entries = await unit.audit_log.of_case(case.id)
        decided = [(entry.step, values["decision"]) for entry, values in entries if entry.kind == "agent.decided"]
        assert {step for step, decision in decided if decision["status"] != "not_asked"} <= STEPS
        assert all(decision["status"] in ("failed", "unavailable", "not_asked") for _, decision in decided)
        assert sum(decision["usage"]["calls"] for _, decision in decided) == asking.requests
        assert all(decision["usage"]["calls"] <= MOST_REQUESTS for _, decision in decided)
    assert (await payable.incidents(case), payable.erp.executed("post_invoice")) == ([], [])
    assert [request.key for request in payable.erp.executed("draft_invoice")] == ["earlier"]  # what was there before


@pytest.mark.parametrize("fault", SHORT)
async def test_after_a_fault_of_an_endpoint_a_person_decides(payable: AccountsPayable, fault: str) -> None:
    await disputed(payable, fault)


@pytest.mark.chaos
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - set(SHORT)))
async def test_after_every_other_fault_of_an_endpoint_a_person_decides(payable: AccountsPayable, fault: str) -> None:
    await disputed(payable, fault)
