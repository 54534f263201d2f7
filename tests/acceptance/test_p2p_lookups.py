"""The proposal of an account looks up which were used for this supplier; nothing else, and never on a line's word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from graphs.processes.procure_to_pay.definition import definition
from graphs.switches import SwitchDesk, SwitchScope
from tests.support.accounts_payable import TODAY, AccountsPayable
from tests.support.api import grant
from tests.support.people import actor
from tests.support.scripted_model import ScriptedModel
from tools.erp.port import DraftInvoice, DraftLine
from tools.llm.question import AskArguments

USED = "erp.account.used"


def wanting(*lookups: Mapping[str, Any]) -> ScriptedModel:
    """A model that wants these once, and then proposes an account."""

    def wanted(asked: AskArguments) -> Mapping[str, Any]:
        first = not any(passage.label == "lookup_1" for passage in asked.passages)
        return {"lookups": list(lookups) if first else []}

    return ScriptedModel(script={"gl_coding.lookups": wanted, "gl_coding": {"account": "5.1.3"}})


async def supplier(payable: AccountsPayable) -> str:
    order = await payable.erp.read_order("PO-2026-0002")
    assert order is not None
    return order.supplier_id


async def booked(payable: AccountsPayable, supplier_id: str, account: str) -> None:
    """A posted invoice of the supplier on that account."""
    line = DraftLine(
        description="work", quantity=Decimal(1), unit_price=Decimal(90), tax_rate=Decimal("0.19"), account_code=account
    )
    draft = DraftInvoice(
        supplier_id=supplier_id, reference=f"B-{account}", invoice_date=TODAY, currency="EUR", lines=(line,)
    )
    made = await payable.erp.draft_invoice(draft, key=f"draft-{account}")
    await payable.erp.post_invoice(made.invoice_id, expected_total=made.total, currency="EUR", key=f"post-{account}")


async def proposed(payable: AccountsPayable) -> tuple[list[Any], list[dict[str, Any]]]:
    """What stood in the passage of look-ups when the account was asked for, and the calls on record."""
    case = await payable.send("no_order")
    assert (await payable.task(case)).step == "resolve_coding"
    async with payable.database.unit_of_work("acme") as unit:
        entries = await unit.audit_log.of_case(case.id)
    [values] = [v for entry, v in entries if entry.kind == "agent.decided" and entry.step == "propose_account"]
    assert isinstance(payable.model, ScriptedModel)
    [asked] = [one for one in payable.model.heard if one.question == "gl_coding"]
    found = [json.loads(one.text) for one in asked.passages if one.label == "lookup_1"]
    return found[0], [call for call in values["calls"] if call["action"]["tool"] != "model.ask"]


def read(payable: AccountsPayable) -> list[str]:
    """Of which suppliers the accounts were read."""
    return [request.subject for request in payable.erp.requests if request.operation == "used_accounts"]


async def test_the_accounts_used_for_the_cases_own_supplier_are_shown(payable: AccountsPayable) -> None:
    own = await supplier(payable)
    await booked(payable, own, "5.1.3")
    payable.model = wanting({"tool": USED, "arguments": {}})
    found, calls = await proposed(payable)
    assert found == [
        {
            "tool": USED,
            "result": {
                "accounts": [
                    {"code": "5.1.3", "title": "Services", "invoices": 1, "last_used_on": TODAY.isoformat()},
                ]
            },
        }
    ]
    assert read(payable) == [own]
    looked_up = calls[-1]
    assert looked_up["action"]["arguments"]["supplier_id"] == own
    assert (looked_up["verdict"]["point"], looked_up["verdict"]["kind"]) == ("read", "allow")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"tool": USED, "arguments": {"supplier_id": "S-OTHER"}}, "not about this case"),
        ({"tool": USED, "arguments": {"since": "2001-01-01"}}, "not about this case"),
        ({"tool": "erp.supplier.find", "arguments": {"vat_id": "DE1"}}, "not on the list"),
        ({"tool": "erp.invoice.post", "arguments": {"invoice_id": "1"}}, "not on the list"),
    ],
)
async def test_what_is_not_about_this_case_or_not_on_the_list_is_refused_and_on_record(
    payable: AccountsPayable, wanted: dict[str, Any], why: str
) -> None:
    payable.model = wanting(wanted)
    found, calls = await proposed(payable)
    assert found == [{"tool": wanted["tool"], "refused": why}]
    refused = calls[-1]
    assert (refused["action"]["tool"], refused["action"]["arguments"]) == (wanted["tool"], wanted["arguments"])
    assert (refused["verdict"]["kind"], refused["failure"]["message"]) == ("deny", why)
    assert (read(payable), payable.posted()) == ([], 0)


async def test_a_look_up_that_is_switched_off_leaves_the_question_without_it(payable: AccountsPayable) -> None:
    payable.model = wanting({"tool": USED, "arguments": {}})
    await grant(payable.database, "sven", "switch.set")
    desk, sven = SwitchDesk(services=payable.services), await actor(payable.database, "sven")
    await desk.set(sven, SwitchScope.TOOL, USED, off=True, reason="the ERP is slow")
    found, calls = await proposed(payable)
    assert found == [{"tool": USED, "refused": "switched_off"}]
    assert calls[-1]["failure"]["code"] == "switched_off"


def test_cases_of_version_3_are_asked_as_they_always_were() -> None:
    old, new = (definition(version).by_name["propose_account"] for version in (3, 4))
    assert (old.asks.version, old.asks.lookups, old.asks.prompt.version) == (1, (), 1)  # type: ignore[union-attr]
    assert (new.asks.version, new.asks.lookups, new.asks.prompt.version) == (2, (USED,), 2)  # type: ignore[union-attr]
