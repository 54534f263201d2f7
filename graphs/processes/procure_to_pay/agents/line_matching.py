"""`line_matching`: to which line of the order does each line of the invoice belong?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.agents.material import BUDGET, PROMPTS, invoice_lines
from graphs.processes.procure_to_pay.facts import matched
from graphs.processes.procure_to_pay.line_pairs import PRICE_TOLERANCE, parsed_pairs, written_pairs
from graphs.state import CaseView
from graphs.steps import Reader

NAME = "line_matching"
MOST_LINES = 60
"""Lines of an invoice or an order about which a model is asked; more are a person's from the start."""
ROW = re.compile(r"^\s*(\d+)[.:)]")
PRICE = re.compile(r".*\bunit price\b\D{0,3}(\d+(?:\.\d+)?)", re.IGNORECASE)


class LineOf(BaseModel):
    """A line of the invoice, and the line of the order that it bills; None where no line fits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice_line: Annotated[int, Field(ge=1, le=MOST_LINES)]
    order_line: Annotated[int, Field(ge=1, le=MOST_LINES)] | None


class LineMatching(AgentAnswer):
    """Every line of the invoice, each once."""

    pairs: Annotated[tuple[LineOf, ...], Field(min_length=1, max_length=MOST_LINES)]

    @property
    def choice(self) -> str:
        return written_pairs((pair.invoice_line, pair.order_line) for pair in self.pairs)


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """Lines that are not there, left out or used twice, and pairs whose prices differ."""
    pairs = [(pair.invoice_line, pair.order_line) for pair in cast("LineMatching", answer).pairs]
    lines = cast("list[Mapping[str, Any]]", asked.fields.get("order_lines") or [])
    ordered = {int(line["line"]): line for line in lines}
    prices = _billed(asked)
    used = Counter(order for _, order in pairs if order is not None)
    found: set[str] = set()
    if any(count > 1 for count in used.values()):
        found.add("order_line_twice")
    if used.keys() - ordered.keys():
        found.add("order_line_unknown")
    if prices and sorted(number for number, _ in pairs) != sorted(prices):
        found.add("invoice_lines")
    for number, order in pairs:
        billed = prices.get(number)
        if billed is not None and order in ordered and not _near(billed, ordered[order].get("unit_price")):
            found.add("amounts")
    return tuple(sorted(found))


def _billed(asked: Asked) -> dict[int, Decimal | None]:
    """The unit price of each line of the invoice, as its passage says; None where it says none."""
    rows = next((passage.text for passage in asked.passages if passage.label == "lines"), "").splitlines()
    found: dict[int, Decimal | None] = {}
    for row in rows:
        numbered, price = ROW.match(row), PRICE.match(row)
        if numbered:
            found[int(numbered.group(1))] = values.decimal(price.group(1)) if price else None
    return found


def _near(billed: Decimal, ordered: Any) -> bool:
    price = values.decimal(ordered)
    return price is None or abs(billed - price) <= price * PRICE_TOLERANCE


def reviewed(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """The pairs that were entered; the proposed ones where they were approved by somebody who saw them."""
    match answer.get("decision"):
        case "correct":
            entered = (answer.get("set") or {}).get("line_pairs")
            pairs = parsed_pairs(str(entered)) if entered else None
            return written_pairs(pairs.items()) if pairs else None
        case "approve":
            return None if decision.get("blind") else cast("str | None", decision.get("choice"))
        case _:
            return None


async def question(case: CaseView, _reader: Reader) -> Asked | None:
    """The lines of both; nothing where each has its counterpart, or there are too many."""
    order, lines = values.order(case), values.lines(case)
    if (
        order is None
        or values.text(case, "line_pairs") is not None
        or matched(case).matched
        or not 0 < len(lines) <= MOST_LINES
    ):
        return None
    if not 0 < len(order["lines"]) <= MOST_LINES:
        return None
    ordered = [
        {
            "line": number,
            "description": line["description"],
            "quantity": str(line["quantity"]),
            "unit_price": str(line["unit_price"]),
        }
        for number, line in enumerate(order["lines"], start=1)
    ]
    fields = {"order_lines": cast("JsonValue", ordered), "currency": values.currency(case)}
    return Asked(fields=fields, passages=(invoice_lines(case),))


LINE_MATCHING = DecisionClass(
    name=NAME,
    version=1,
    title="Order lines of an invoice's lines",
    prompt=read_prompt(PROMPTS, NAME, 1),
    answer=LineMatching,
    fields=frozenset({"order_lines", "currency"}),
    reviewed=reviewed,
    budget=BUDGET,
    # Only the supplier's words tell other goods from ordered ones of the same price and quantity.
    alone=False,
    contradictions=contradictions,
)
