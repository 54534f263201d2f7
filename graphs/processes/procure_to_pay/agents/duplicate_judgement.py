"""`duplicate_judgement`: is an invoice that looks like an earlier one the same, or another?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal, cast

from pydantic import JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.agents.material import BUDGET, PROMPTS, amount_text, invoice_lines, lines_passage
from graphs.processes.procure_to_pay.duplicates import LOOK_BACK_DAYS, NEAR_DAYS
from graphs.state import CaseView
from graphs.steps import Reader

NAME = "duplicate_judgement"
DISTINCT, SAME = "distinct", "same"


class DuplicateJudgement(AgentAnswer):
    """Whether the two invoices bill the same delivery or service."""

    judgement: Literal["same", "distinct", "unclear"]

    @property
    def choice(self) -> str:
        return self.judgement


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """`distinct` although the two say the same or ask for one amount in one week, `same` although they ask for another.

    What a supplier writes into the lines can neither raise nor hide one: numbers, dates and totals are compared.
    """
    judged = cast("DuplicateJudgement", answer).judgement
    invoice, earlier = (cast("Mapping[str, Any]", asked.fields.get(name) or {}) for name in ("invoice", "earlier"))
    totals = [values.decimal(one.get("total")) for one in (invoice, earlier)]
    same_total = None not in totals and totals[0] == totals[1] and invoice.get("currency") == earlier.get("currency")
    same_number = bool(invoice.get("number")) and invoice.get("number") == earlier.get("number")
    found: list[str] = []
    if judged == DISTINCT and same_total and same_number:
        found.append("number_and_total")
    if judged == DISTINCT and same_total and _near(invoice.get("issue_date"), earlier.get("issue_date")):
        found.append("date_and_total")
    if judged == SAME and None not in totals and not same_total:
        found.append("total")
    return tuple(found)


def _near(one: Any, other: Any) -> bool:
    """Whether the days are so near that duplicates are looked for by amount; a day that cannot be read is near."""
    try:
        apart = date.fromisoformat(str(one)) - date.fromisoformat(str(other))
    except ValueError:
        return True
    return abs(apart.days) <= NEAR_DAYS


def reviewed(answer: Mapping[str, Any], _decision: Mapping[str, Any]) -> str | None:
    """Going on with the invoice says that it is another; rejecting it, that it is the same."""
    return {"approve": DISTINCT, "reject": SAME}.get(str(answer.get("decision")))


async def question(case: CaseView, reader: Reader) -> Asked | None:
    """The two invoices side by side; nothing where there is no earlier one that only looks alike."""
    found, supplier = case.section("duplicate"), values.supplier(case)
    if supplier is None or found.get("exact") or not found.get("fuzzy"):
        return None
    since = date.fromisoformat(str(case.input["received_on"])) - timedelta(days=LOOK_BACK_DAYS)
    arguments = {"supplier_id": supplier["supplier_id"], "since": since.isoformat()}
    listed = (await reader.read("erp.invoice.similar", arguments))["invoices"]
    earlier = next((one for one in listed if one["reference"] == found["of"]), None)
    if earlier is None:
        return None
    whole = (await reader.read("erp.invoice.read", {"invoice_id": earlier["invoice_id"]}))["invoice"] or {}
    fields: dict[str, JsonValue] = {
        "invoice": {
            "number": values.text(case, "invoice_number"),
            "issue_date": values.text(case, "issue_date"),
            "total": amount_text(case, "total"),
            "currency": values.currency(case),
            "po_number": values.text(case, "po_number"),
        },
        "earlier": {
            "number": earlier["reference"],
            "issue_date": earlier["invoice_date"],
            "total": earlier["total"],
            "currency": earlier["currency"],
            "po_number": None,
            "state": earlier["state"],
        },
    }
    return Asked(fields=fields, passages=(invoice_lines(case), lines_passage("earlier_lines", whole.get("lines", ()))))


DUPLICATE_JUDGEMENT = DecisionClass(
    name=NAME,
    version=1,
    title="Judgement of a possible duplicate",
    prompt=read_prompt(PROMPTS, NAME, 1),
    answer=DuplicateJudgement,
    fields=frozenset({"invoice", "earlier"}),
    reviewed=reviewed,
    budget=BUDGET,
    contradictions=contradictions,
)
