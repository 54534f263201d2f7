"""`supplier_mail`: what does a supplier want with a mail?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import JsonValue

from graphs.agents.account_numbers import accounts_in
from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.supplier_mail import letter
from graphs.state import CaseView
from graphs.steps import Reader
from tools.llm.question import MOST_PASSAGE, Budget, Passage

NAME = "supplier_mail"
Intent = Literal[
    "invoice",
    "credit_note",
    "payment_query",
    "bank_change",
    "order_confirmation",
    "delivery_notice",
    "statement",
    "dunning",
    "price_change",
    "other",
]


class SupplierMail(AgentAnswer):
    """What the mail is about; a change of bank details wins over everything else in it."""

    intent: Intent

    @property
    def choice(self) -> str:
        return self.intent


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """An invoice or a credit note without anything attached; another intent although a bank account is named."""
    found: list[str] = []
    if answer.choice in ("invoice", "credit_note") and not asked.fields.get("attachments"):
        found.append("nothing_attached")
    text = " ".join(passage.text for passage in asked.passages)
    if answer.choice != "bank_change" and accounts_in(text):
        found.append("names_account")
    return tuple(found)


def reviewed(answer: Mapping[str, Any], decision: Mapping[str, Any]) -> str | None:
    """The intent that was entered; the proposed one where it was approved by somebody who saw it."""
    match answer.get("decision"):
        case "correct":
            entered = (answer.get("set") or {}).get("intent")
            return str(entered).strip() or None if entered else None
        case "approve":
            return None if decision.get("blind") else cast("str | None", decision.get("choice"))
        case _:
            return None


async def question(case: CaseView, _reader: Reader) -> Asked | None:
    """Subject, sender and text; nothing where the text is not known, or a person has said what is wanted."""
    text = letter.text(case)
    if not text or case.value("intent") is not None:
        return None
    attached = [str(one.get("name", "")) for one in letter.attachments(case)]
    fields: dict[str, JsonValue] = {
        "subject": letter.subject(case),
        "sender_domain": letter.sender_domain(case),
        "sender_known": letter.sender_known(case),
        "attachments": cast("JsonValue", attached),
    }
    return Asked(fields=fields, passages=(Passage(label="mail", text=text[:MOST_PASSAGE]),))


SUPPLIER_MAIL = DecisionClass(
    name=NAME,
    version=1,
    title="Intent of a supplier's mail",
    prompt=read_prompt(Path(__file__).parent / "prompts", NAME, 1),
    answer=SupplierMail,
    fields=frozenset({"subject", "sender_domain", "sender_known", "attachments"}),
    reviewed=reviewed,
    budget=Budget(calls=12, tokens=60_000, cost_micros=300_000, seconds=60),
    contradictions=contradictions,
)
