"""`gl_coding`: on which expense account do lines without an order belong?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, cast

from pydantic import Field, JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.procure_to_pay import advice, values
from graphs.processes.procure_to_pay.agents.material import BUDGET, PROMPTS, amount_text, invoice_lines
from graphs.processes.procure_to_pay.facts import matched
from graphs.state import CaseView
from graphs.steps import Reader

NAME = "gl_coding"
ACCOUNTS_USED = "erp.account.used"
LOOK_BACK_DAYS = 365


class GlCoding(AgentAnswer):
    """The code of one of the accounts that were offered."""

    account: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]

    @property
    def choice(self) -> str:
        return self.account


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """An account that nobody has offered."""
    offered = [account.get("code") for account in cast("list[Mapping[str, Any]]", asked.fields.get("accounts") or [])]
    return () if answer.choice in offered else ("account",)


def reviewed(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """The account that was entered; the proposed one where it was approved by somebody who saw it."""
    match answer.get("decision"):
        case "correct":
            entered = (answer.get("set") or {}).get("gl_account")
            return str(entered).strip() or None if entered else None
        case "approve":
            return None if decision.get("blind") else cast("str | None", decision.get("choice"))
        case _:
            return None


async def question(case: CaseView, reader: Reader) -> Asked | None:
    """Supplier and lines with the accounts of the ERP; nothing where every line has its account."""
    found = matched(case, added=advice.line_pairs(case))
    if not found.pairs or found.matched or values.text(case, "gl_account") is not None:
        return None
    accounts = (await reader.read("erp.account.list", {}))["accounts"]
    if not accounts:
        return None
    fields: dict[str, JsonValue] = {
        "vendor_name": values.text(case, "vendor_name"),
        "currency": values.currency(case),
        "total": amount_text(case, "total"),
        "accounts": [{"code": account["code"], "title": account["title"]} for account in accounts],
    }
    return Asked(fields=fields, passages=(invoice_lines(case),))


def about_the_supplier(case: CaseView, _tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The case's own supplier and the last year, whatever a line says; anything else is not looked up."""
    supplier = values.supplier(case)
    if supplier is None:
        return None
    since = date.fromisoformat(str(case.input["received_on"])) - timedelta(days=LOOK_BACK_DAYS)
    bound = {"supplier_id": supplier["supplier_id"], "since": since.isoformat()}
    return bound if all(bound.get(name) == value for name, value in arguments.items()) else None


GL_CODING_1 = DecisionClass(
    name=NAME,
    version=1,
    title="Account of lines without an order",
    prompt=read_prompt(PROMPTS, NAME, 1),
    answer=GlCoding,
    fields=frozenset({"vendor_name", "currency", "total", "accounts"}),
    reviewed=reviewed,
    budget=BUDGET,
    contradictions=contradictions,
)
GL_CODING = replace(
    GL_CODING_1,
    version=2,
    prompt=read_prompt(PROMPTS, NAME, 2),
    lookups=(ACCOUNTS_USED,),
    budget=BUDGET.model_copy(update={"calls": 16, "tokens": 80_000, "seconds": 75}),
)
"""Since version 2 the model may look up which accounts were used for the supplier."""
