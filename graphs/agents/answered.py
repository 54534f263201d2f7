"""What rules are told of a decision where they need to know nothing else than that there is an answer."""

from __future__ import annotations

from graphs.agents.facts import decision_facts
from graphs.state import CaseView
from policies.fact import Fact, FactValue


def answered_facts(case: CaseView, step: str, prefix: str, *, blind: bool = True) -> dict[str, FactValue | Fact]:
    """`<prefix>.choice`, `.autonomous`, `.signals` and, unless `blind` is false, `.blind`; nothing without an answer.

    So a pack that does not know agents judges a case without one as it always has.
    """
    found = decision_facts(case, step, prefix)
    if not found[f"{prefix}.answered"]:
        return {}
    told = ("choice", "autonomous", "signals", *(("blind",) if blind else ()))
    return {f"{prefix}.{name}": found[f"{prefix}.{name}"] for name in told}
