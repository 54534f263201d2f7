"""What agents have said that counts: only what the rules let pass, or a person has approved as it stood.

A choice counts from the decision step that has judged it to the end of that round. A correction begins a new round,
whose first comparison knows only what the documents, the ERP and people say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.agents.counting import counting_choice
from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.line_pairs import added_pairs
from graphs.state import CaseView
from policies.verdict import VerdictKind

PAIR_LINES, LINES = "pair_lines", "lines"
PROPOSE_ACCOUNT, CODING = "propose_account", "coding"
MATCH, EXCEPTION = "match", "exception"


def account(case: CaseView) -> str | None:
    """The account of lines without an order: the one a person entered, else the proposed one where it counts."""
    entered = values.text(case, "gl_account")
    return entered or counting_choice(case, agent=PROPOSE_ACCOUNT, judged_by=CODING)


def entered_pairs(case: CaseView) -> dict[int, int]:
    """What a person has entered beside the comparison, by position."""
    return proposed_pairs(case, values.text(case, "line_pairs"))


def line_pairs(case: CaseView) -> dict[int, int]:
    """What counts beside the comparison: what a person entered, else the proposed pairs where they count."""
    entered = entered_pairs(case)
    return entered or proposed_pairs(case, counting_choice(case, agent=PAIR_LINES, judged_by=LINES))


def proposed_pairs(case: CaseView, text: str | None) -> dict[int, int]:
    """What the text adds to the comparison of this invoice with its order."""
    order = values.order(case)
    return added_pairs(text, values.lines(case), order["lines"]) if text and order else {}


def match_judgement(case: CaseView) -> Mapping[str, Any]:
    """The newest judgement of the match: that of the exception, where the first one was no plain `allow`."""
    judgements = case.section("judgements")
    first: Mapping[str, Any] = judgements.get(MATCH) or {}
    if first.get("verdict") == VerdictKind.ALLOW.value:
        return first
    return judgements.get(EXCEPTION) or first
