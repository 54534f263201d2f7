"""What the rules are told of a proposed fix, and the action that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from graphs.agents.facts import DECISIONS, chosen
from graphs.errors import Invalid
from graphs.forms import entered_value
from graphs.resolution.answer import FixAnswer, is_proven
from graphs.resolution.outcome import LATER
from graphs.resolution.situation import MAIL_TOOL
from graphs.resolution.terms import Fix
from graphs.state import CaseView
from graphs.steps import ActionDraft
from policies.fact import Fact, FactValue
from policies.protected import is_protected

ASKED = "ask_fix"
TRANSIENT = "Transient"


def situation(case: CaseView) -> Mapping[str, Any]:
    """What was read last about the incident."""
    return case.section("situation")


def by_person(case: CaseView) -> bool:
    """Whether a person applies what was proposed before."""
    return bool(case.input["applies"])


def decision(case: CaseView) -> Mapping[str, Any]:
    """The agent's decision: this case's own, or the one a person applies, as it is on record."""
    found = situation(case).get("proposal") if by_person(case) else case.section(DECISIONS).get(ASKED)
    return found or {}


def answer(case: CaseView) -> FixAnswer | None:
    """The proposed fix."""
    found = decision(case)
    return FixAnswer.model_validate(found["answer"]) if found.get("status") == "answered" else None


def transient(case: CaseView) -> bool:
    """Whether the failure is one of those that pass: nothing had happened, and the same call may work later."""
    return TRANSIENT in case.input["error"]


def texts(case: CaseView) -> list[str]:
    """What may prove a value."""
    known = situation(case)
    return [known["incident"]["message"], *(passage["text"] for passage in known["passages"])]


def fix_facts(case: CaseView) -> Mapping[str, FactValue | Fact]:
    """Everything that the rules ask about a fix; what a fix does not have is false, and no rule about it applies.

    The choice of a decision drawn for blind review is not told: findings are shown to people.
    """
    known, found, fix = situation(case), decision(case), answer(case)
    stopped = known["incident"]["status"] == "open" and known["case"]["status"] == "incident"
    return {
        "fix.stopped": stopped,
        "fix.by_person": by_person(case),
        "fix.answered": fix is not None,
        "fix.choice": chosen(found) if fix and not found.get("blind") else None,
        "fix.kind": fix.fix.value if fix else "",
        "fix.autonomous": bool(found.get("autonomous")),
        "fix.signals": len(found.get("signals", ())),
        "fix.allowed": fix is not None and fix.fix.value in known["fixes"],
        "fix.transient": transient(case),
        "fix.done_before": int(known["done_before"]),
        **_target_facts(case, fix),
    }


def _target_facts(case: CaseView, fix: FixAnswer | None) -> Mapping[str, FactValue]:
    known = situation(case)
    name, value = (fix.field or "", fix.value or "") if fix else ("", "")
    return {
        "fix.field_editable": name in known["editable"],
        "fix.field_protected": is_protected(name),
        "fix.value_valid": _is_valid(known["editable"], name, value),
        "fix.value_proven": bool(value) and is_proven(value, texts(case)),
        "fix.step_admitted": fix is not None and fix.to_step in known["entries"],
        "fix.sender_known": bool(known["sender"]),
        "fix.mail_connected": bool(known["mail"]),
        "fix.mail_plain": fix is not None and fix.mail is not None and fix.mail.plain,
    }


def _is_valid(editable: Mapping[str, Mapping[str, str]], name: str, value: str) -> bool:
    if name not in editable:
        return False
    try:
        return bool(entered_value(name, editable[name]["kind"], value))
    except Invalid:
        return False


def draft(case: CaseView) -> ActionDraft:
    """The fix as an action. Reached only where the rules have allowed it. Raises `ValueError` without a fix."""
    fix, known = answer(case), situation(case)
    if fix is None or fix.fix is Fix.LEAVE_TO_PERSON:
        raise ValueError("no fix was proposed")
    target = {"incident": known["incident"]["id"], "resolution": case.case_id}
    match fix.fix:
        case Fix.CORRECT_FIELD:
            found = decision(case)
            read = {"model": found["model"], "prompt": found["prompt"], "confidence_bps": found["confidence_bps"] or 0}
            return _action("incident.correct", fix, {**target, "field": fix.field, "value": fix.value, **read})
        case Fix.RE_ROUTE:
            return _action("incident.reroute", fix, {**target, "step": fix.to_step})
        case Fix.ASK_SENDER if fix.mail is not None:
            reference = f"\n\n({known['case']['title']}, {known['case']['id']})"
            letter = {"to": [known["sender"]], "subject": fix.mail.subject, "text": fix.mail.body + reference}
            return _action(MAIL_TOOL, fix, letter)
        case _:
            return _action("incident.retry", fix, target)


def _action(tool: str, fix: FixAnswer, arguments: Mapping[str, Any]) -> ActionDraft:
    return ActionDraft(tool=tool, arguments=arguments, business_key=fix.fix.value)


def due(case: CaseView, arrived_at: datetime) -> datetime:
    """When the fix is carried out: a retry that is to wait waits, unless a person applies it."""
    fix = answer(case)
    waits = fix is not None and fix.fix is Fix.RETRY_LATER and not by_person(case)
    return arrived_at + LATER if waits else arrived_at


def left(case: CaseView) -> str:
    """Why the incident is left as it is."""
    judged = case.section("judgements")
    exceptions: Sequence[str] = [name for step in ("judge_fix", "propose_fix") for name in _exceptions(judged, step)]
    if "overtaken" in exceptions:
        return "overtaken: the incident was closed, or its case does not stand still"
    refusal = case.section("refusals").get("propose_fix")
    if refusal:
        return f"left to a person: {refusal['code']}: {refusal['message']}"
    found = decision(case)
    if found.get("status") != "answered":
        return f"left to a person: {found.get('status', 'not asked')}: {found.get('why') or 'nothing was proposed'}"
    return f"left to a person: {', '.join(dict.fromkeys(exceptions)) or 'the rules want a person'}"


def _exceptions(judged: Mapping[str, Any], step: str) -> Sequence[str]:
    found: Sequence[str] = judged.get(step, {}).get("exceptions", ())
    return found


def applied(case: CaseView) -> str:
    """What was done."""
    fix = answer(case)
    return f"done: {fix.fix.value}" if fix else "done"
