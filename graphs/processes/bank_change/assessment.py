"""`bank_change_assessment`: does a request to change bank details look like fraud? Advice, never more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.prompt import read_prompt
from graphs.processes.bank_change import request
from graphs.state import CaseView
from graphs.steps import Reader
from tools.llm.question import MOST_PASSAGE, Budget, Passage

NAME = "bank_change_assessment"
PLAUSIBLE = "plausible"


class BankChangeAssessment(AgentAnswer):
    """How the request looks before anybody has called back."""

    assessment: Literal["suspicious", "incomplete", "plausible"]

    @property
    def choice(self) -> str:
        return self.assessment


def contradictions(answer: AgentAnswer, asked: Asked) -> tuple[str, ...]:
    """`plausible` although the sender is not verified, the account lies abroad, or nobody can be called."""
    if answer.choice != PLAUSIBLE:
        return ()
    fields, found = asked.fields, list[str]()
    if not fields.get("sender_verified"):
        found.append("sender")
    if fields.get("iban_country") and fields.get("iban_country") != fields.get("vendor_country"):
        found.append("country")
    if not fields.get("on_file_contact"):
        found.append("contact")
    return tuple(found)


def reviewed(answer: Mapping[str, Any], _decision: Mapping[str, Any]) -> str | None:
    """Approving says that it was plausible, rejecting that it was not, correcting that something was missing."""
    said = {"approve": PLAUSIBLE, "correct": "incomplete", "reject": "suspicious"}
    return said.get(str(answer.get("decision")))


async def question(case: CaseView, _reader: Reader) -> Asked | None:
    """The mail, and what is known of supplier and sender; nothing where either is not known."""
    text, vendor = request.text(case), request.vendor(case)
    if not text or vendor is None:
        return None
    account = request.account(case)
    fields: dict[str, JsonValue] = {
        "vendor_name": vendor["name"],
        "vendor_country": vendor["country"],
        "iban_country": account[:2] if account else None,
        "known_ibans": len(request.known_accounts(case)),
        "sender_domain": request.sender_domain(case),
        "sender_verified": request.sender_verified(case),
        "channel": str(case.input["channel"]),
        "on_file_contact": bool(vendor.get("emails")),
        "days_since_last_change": request.days_since_change(case),
    }
    return Asked(fields=fields, passages=(Passage(label="mail", text=text[:MOST_PASSAGE]),))


BANK_CHANGE_ASSESSMENT = DecisionClass(
    name=NAME,
    version=1,
    title="Assessment of a change of bank details",
    prompt=read_prompt(Path(__file__).parent / "prompts", NAME, 1),
    answer=BankChangeAssessment,
    fields=frozenset(
        {
            "vendor_name",
            "vendor_country",
            "iban_country",
            "known_ibans",
            "sender_domain",
            "sender_verified",
            "channel",
            "on_file_contact",
            "days_since_last_change",
        }
    ),
    reviewed=reviewed,
    budget=Budget(calls=12, tokens=60_000, cost_micros=300_000, seconds=60),
    alone=False,
    contradictions=contradictions,
)
