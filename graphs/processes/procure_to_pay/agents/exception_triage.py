"""`exception_triage`: what should be done about an invoice that does not agree with its order?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from pydantic import JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.procure_to_pay import advice, values
from graphs.processes.procure_to_pay.agents.material import BUDGET, PROMPTS, amount_text, invoice_lines
from graphs.processes.procure_to_pay.facts import matched
from graphs.processes.procure_to_pay.matching import LinePair, Match
from graphs.state import CaseView
from graphs.steps import Reader

NAME = "exception_triage"
WAIT = "wait_for_receipt"
NO_RECEIPT = "insufficient_goods_receipt"
CODED = "coding_required"
UNACCEPTABLE = frozenset({"bank_mismatch", "invalid_or_blocked_supplier", "duplicate_exact", "duplicate_fuzzy"})
"""Exceptions that nobody may accept as a difference of price or quantity."""
HUNDRED = Decimal(100)


class ExceptionTriage(AgentAnswer):
    """What should be done next. It is advice: only waiting for a receipt is ever done without a person."""

    resolution: Literal[
        "wait_for_receipt",
        "ask_supplier",
        "correct_data",
        "accept_difference",
        "route_to_buyer",
        "route_to_tax",
        "reject_invoice",
    ]

    @property
    def choice(self) -> str:
        return self.resolution


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """Waiting for what is not missing, waiting although something else is wrong, accepting what nobody may."""
    exceptions = set(cast("list[str]", asked.fields.get("exceptions") or []))
    found: list[str] = []
    if answer.choice == WAIT and NO_RECEIPT not in exceptions:
        found.append("nothing_to_receive")
    if answer.choice == WAIT and exceptions - {NO_RECEIPT}:
        found.append("other_exceptions")
    if answer.choice == "accept_difference" and exceptions & UNACCEPTABLE:
        found.append("not_acceptable")
    return tuple(found)


def reviewed(answer: Mapping[str, Any], _decision: Mapping[str, Any]) -> str | None:
    """Accepting, correcting and rejecting say what was right; whoever waits or asks somebody has said nothing yet."""
    said = {"approve": "accept_difference", "correct": "correct_data", "reject": "reject_invoice"}
    return said.get(str(answer.get("decision")))


def open_exceptions(case: CaseView) -> list[str]:
    """What the rules object to in the match, without what has been coded since."""
    found = list(case.section("judgements").get("match", {}).get("exceptions", []))
    coded = matched(case, added=advice.line_pairs(case)).matched or advice.account(case) is not None
    return sorted(set(found) - ({CODED} if coded else set()))


async def question(case: CaseView, _reader: Reader) -> Asked | None:
    """The exceptions, and how the invoice differs from its order; nothing where nothing is left of them."""
    exceptions = open_exceptions(case)
    if not exceptions:
        return None
    return Asked(
        fields=_fields(case, exceptions, matched(case, added=advice.line_pairs(case))), passages=(invoice_lines(case),)
    )


def _fields(case: CaseView, exceptions: list[str], found: Match) -> dict[str, JsonValue]:
    order = values.order(case)
    ordered_on, received_on = order.get("ordered_on") if order else None, str(case.input["received_on"])
    since = (date.fromisoformat(received_on) - date.fromisoformat(str(ordered_on))).days if ordered_on else None
    lines = order["lines"] if order else ()
    total = sum((Decimal(str(line["quantity"])) * Decimal(str(line["unit_price"])) for line in lines), Decimal(0))
    left = sum((_open(line) * Decimal(str(line["unit_price"])) for line in lines), Decimal(0))
    over_receipt = max((pair.over_receipt for pair in found.pairs), default=Decimal(0))
    return {
        "exceptions": cast("JsonValue", exceptions),
        "findings": cast("JsonValue", list(findings(found))),
        "currency": values.currency(case),
        "total": amount_text(case, "total"),
        "order_total": format(total, "f") if order else None,
        "open_total": format(left, "f") if order else None,
        "price_excess_percent": format(Decimal(found.price_excess_bps) / HUNDRED, "f"),
        "quantity_over_receipt": format(over_receipt, "f"),
        "days_since_order": since,
        "category": found.category,
    }


def _open(line: Mapping[str, Any]) -> Decimal:
    return Decimal(str(line["quantity"])) - Decimal(str(line["invoiced_quantity"]))


def findings(found: Match) -> Iterator[str]:
    """How each line differs, in a sentence of numbers: what the supplier wrote stands in the passage, not here."""
    for pair in found.pairs:
        yield from (f"line {pair.number + 1}: {what}" for what in _differences(pair))


def _differences(pair: LinePair) -> Iterator[str]:
    if pair.ordered is None:
        yield "no line of the order fits"
    if pair.price_excess:
        price, ordered = format(pair.unit_price, "f"), pair.ordered_amount("unit_price")
        yield f"billed at {price}, ordered at {ordered:f}"
    if pair.over_order:
        yield f"{pair.over_order:f} more billed than is open on the order"
    if pair.over_receipt:
        yield f"{pair.over_receipt:f} more billed than was received"


EXCEPTION_TRIAGE = DecisionClass(
    name=NAME,
    version=1,
    title="Triage of an invoice's exceptions",
    prompt=read_prompt(PROMPTS, NAME, 1),
    answer=ExceptionTriage,
    fields=frozenset(
        {
            "exceptions",
            "findings",
            "currency",
            "total",
            "order_total",
            "open_total",
            "price_excess_percent",
            "quantity_over_receipt",
            "days_since_order",
            "category",
        }
    ),
    reviewed=reviewed,
    budget=BUDGET,
    contradictions=contradictions,
)
