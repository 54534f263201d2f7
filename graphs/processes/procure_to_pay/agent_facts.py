"""What the rules are told at the points where an agent's decision is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.agents.answered import answered_facts
from graphs.processes.procure_to_pay import advice, facts
from graphs.processes.procure_to_pay.agents.exception_triage import NO_RECEIPT
from graphs.processes.procure_to_pay.line_pairs import add_up
from graphs.state import CaseView
from policies.fact import Fact, FactValue
from policies.verdict import VerdictKind

JUDGE_DUPLICATE, TRIAGE = "judge_duplicate", "triage"
WAITED = "waited"

Facts = Mapping[str, FactValue | Fact]


def near_duplicate(case: CaseView) -> Facts:
    """Was it here before, and what did the agent make of it?"""
    judged = answered_facts(case, JUDGE_DUPLICATE, "duplicate.judged", blind=False)
    return {**facts.duplicate(case), **judged}


def lines(case: CaseView) -> Facts:
    """Do the proposed pairs count? Whatever an agent has answered, also that nothing fits, is put to a person.

    Else its answer, which a supplier's words may have swayed, would choose what a person is asked.
    """
    found = answered_facts(case, advice.PAIR_LINES, "lines.agent")
    choice = found.get("lines.agent.choice")
    if not isinstance(choice, Fact):
        return found
    added = advice.proposed_pairs(case, str(choice.value))
    return {**found, "lines.add_up": add_up(facts.matched(case, added=added).pairs, added)}


def coding(case: CaseView) -> Facts:
    """Does the proposed account count?"""
    return answered_facts(case, advice.PROPOSE_ACCOUNT, "coding.agent")


def receipt_wait(case: CaseView) -> Facts:
    """May the case wait for goods without asking anybody?"""
    return {
        **answered_facts(case, TRIAGE, "triage.agent", blind=False),
        "triage.only_receipt_missing": only_receipt_missing(case.section("judgements").get(advice.MATCH) or {}),
        "triage.waits": int(case.section(WAITED).get("receipts", 0)),
    }


def only_receipt_missing(match: Mapping[str, Any]) -> bool:
    """Whether nothing but a receipt stands against the match: no duty, nothing undecided, no fault."""
    judged = match.get("judged") or {}
    open_questions = [judged.get(name) for name in ("obligations", "indeterminate", "engine_fault")]
    review = match.get("verdict") == VerdictKind.REVIEW.value
    return review and match.get("exceptions") == [NO_RECEIPT] and not any(open_questions)


def exception(case: CaseView) -> Facts:
    """The match again, with the pairs and the account that count by now."""
    found = facts.matched(case, added=advice.line_pairs(case))
    return facts.compared(case, found, account=advice.account(case))
