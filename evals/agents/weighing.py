"""Replies weighed by the very functions that the agent step weighs them with."""

from __future__ import annotations

from evals.agents.asking import Weigh, Weighed
from evals.agents.case import AgentInputs
from graphs.agents.decision import weighed
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.evidence import verified
from tools.llm.question import Reply


def weigher(asks: DecisionClass) -> Weigh:
    """Weighs replies to questions of the class."""

    def weigh(inputs: AgentInputs, reply: Reply) -> Weighed:
        asked = Asked(fields=inputs.fields, passages=inputs.passages)
        found = weighed(asks, asked, reply)
        proven, quotes = verified(found.answer, asked)
        return Weighed(
            choice=found.answer.choice,
            agreement_bps=found.agreement_bps,
            raw_bps=found.raw_bps,
            quotes=quotes,
            verified=proven,
            signals=found.signals,
        )

    return weigh
