"""What rules are told of an agent's decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.agents.decision_class import DecisionClass
from graphs.state import CaseView
from policies.fact import FULL_BPS, Fact, FactValue, Integrity, Source, SourceKind

DECISIONS = "decisions"


def decision_facts(case: CaseView, step: str, prefix: str) -> dict[str, FactValue | Fact]:
    """The facts `<prefix>.asked`, `.answered`, `.choice`, `.autonomous`, `.signals` and `.blind` of a step's decision.

    A choice is a fact from a model, untrusted, as sure as was measured. A step that has not run was not asked. The
    choice of a decision drawn for blind review is not told: reasons are shown to whoever reviews.
    """
    found = case.section(DECISIONS).get(step) or {}
    answered, blind = found.get("status") == "answered", bool(found.get("blind"))
    return {
        f"{prefix}.asked": bool(found) and found["status"] != "not_asked",
        f"{prefix}.answered": answered,
        f"{prefix}.choice": chosen(found) if answered and not blind else None,
        f"{prefix}.autonomous": bool(found.get("autonomous")),
        f"{prefix}.signals": len(found.get("signals", ())),
        f"{prefix}.blind": blind,
    }


def advice(case: CaseView, step: str) -> dict[str, Any]:
    """What a reviewer is shown of a step's decision: nothing of the answer where they are to decide blind."""
    found = case.section(DECISIONS).get(step)
    if not found or found["status"] == "not_asked":
        return {}
    if found["blind"]:
        return {"advice": {"class": found["class"], "status": found["status"], "blind": True}}
    return {"advice": found}


def outcome(asks: DecisionClass, step: str, case: CaseView, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a person's answer says about the agent's: nothing where either has not said."""
    found = case.section(DECISIONS).get(step)
    if not found or found["status"] != "answered":
        return {}
    person = asks.reviewed(answer, found)
    if person is None:
        return {}
    kept = ("class", "class_version", "model", "prompt_digest", "raw_bps", "choice", "blind")
    told = {name: found[name] for name in kept}
    return {"outcome": {"step": step, **told, "person": person, "right": person == found["choice"]}}


def chosen(decision: Mapping[str, Any]) -> Fact:
    """A decision's choice with its provenance: the model, the prompt, and the calibrated confidence."""
    confidence = decision.get("confidence_bps")
    return Fact(
        value=str(decision["choice"]),
        confidence=(confidence if isinstance(confidence, int) else 0) / FULL_BPS,
        source=Source(kind=SourceKind.MODEL, ref=str(decision["model"]), reader=str(decision["prompt"])),
        integrity=Integrity.UNTRUSTED,
    )
