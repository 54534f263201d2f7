"""The material of the questions: what a model is told of an invoice, and nothing that its question does not need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graphs.processes.procure_to_pay import values
from graphs.state import CaseView
from tools.llm.question import MOST_PASSAGE, Budget, Passage

PROMPTS = Path(__file__).parent / "prompts"
BUDGET = Budget(calls=12, tokens=60_000, cost_micros=300_000, seconds=60)
"""Five samples with retries and repairs; one sample needs some 3,000 tokens."""
CUT = "[cut: the rest is not shown]"


def passage(label: str, rows: Iterable[str]) -> Passage:
    """The rows as one passage; what is too long is cut, and the passage says so."""
    text = "\n".join(rows)
    return Passage(label=label, text=text if len(text) <= MOST_PASSAGE else f"{text[: MOST_PASSAGE - len(CUT)]}{CUT}")


def line_row(number: int, line: Mapping[str, Any]) -> str:
    """`1: description | quantity 2 | unit price 10.00 | amount 20.00`, with what is known, in one line."""
    known = [(name, line.get(name)) for name in ("quantity", "unit_price", "amount")]
    described = " ".join(str(line.get("description") or "").split())
    stated = [f"{name.replace('_', ' ')} {value}" for name, value in known if value is not None]
    return f"{number}: {' | '.join([described, *stated])}"


def lines_passage(label: str, lines: Iterable[Mapping[str, Any]]) -> Passage:
    """The lines of an invoice, numbered from 1."""
    return passage(label, [line_row(number, line) for number, line in enumerate(lines, start=1)])


def invoice_lines(case: CaseView) -> Passage:
    """The lines of the case's invoice."""
    return lines_passage("lines", values.lines(case))


def amount_text(case: CaseView, name: str) -> str | None:
    """An amount of the invoice as a decimal string."""
    amount = values.decimal(case.value(name))
    return None if amount is None else format(amount, "f")
