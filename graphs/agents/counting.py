"""Which decisions count: what the rules let pass, or a person has approved as it stood and as they saw it."""

from __future__ import annotations

from graphs.agents.facts import DECISIONS
from graphs.state import CaseView
from policies.verdict import VerdictKind


def counting_choice(case: CaseView, *, agent: str, judged_by: str) -> str | None:
    """What the agent step chose, if `judged_by` allowed it or somebody approved exactly this; else None."""
    decision = case.section(DECISIONS).get(agent) or {}
    judged = case.section("judgements").get(judged_by) or {}
    if decision.get("status") != "answered" or not judged:
        return None
    approved = any(
        item["of"] == judged_by and item["approval"].get("digest") == judged["digest"]
        for item in case.section("approvals").values()
    )
    automatic = judged["verdict"] == VerdictKind.ALLOW.value and bool(decision.get("autonomous"))
    seen = approved and not decision.get("blind")
    return str(decision["choice"]) if automatic or seen else None
