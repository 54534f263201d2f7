"""What to do next about an incident, in a sentence: by its code, else by what kind of error it was. Pure."""

from __future__ import annotations

STUCK = "stuck"
NOBODY_TO_ASK = "nobody_to_ask"

BY_CODE = {
    STUCK: "send it to another step, skip the step, or cancel the case: a retry leaves it where it is",
    NOBODY_TO_ASK: "give somebody the role or the limit that its task needs, have it claimed, then close the incident",
    "definition_missing": "register the version again, or move the case to another (`interlock process migrate`)",
    "checkpoint_unreadable": "register the definition that the case was started with, then retry",
    "checkpoint_forged": "do not retry: find out who wrote the checkpoint, then cancel the case",
    "compensation_stopped": "take the effect back by hand and skip it, or retry once the target allows it",
    "decision_recalled": "look at the decision again, then close the incident",
    "engine_fault": "mend the rules; the case goes on with a person meanwhile, so close the incident",
    "segregation_of_duties": "cancel the case, or let it be started by somebody who may",
    "workers_lost": "look into the workers' logs before you retry: the case ended each of them",
    "loop_bound_exceeded": "correct the data that sends the case round, or send it to another step",
    "outcome_unknown": "ask the target what has happened, then retry",
}
BY_KIND = {
    "Transient": "retry once the target answers again (`interlock target list`)",
    "Permanent": "correct the data or the target, then retry",
    "Ambiguous": "ask the target what has happened, then retry",
    "NeedsPerson": "answer at the target, then retry",
}
ELSE = "mend the process or its configuration, then retry"


def next_step(kind: str, code: str) -> str:
    """What usually helps."""
    return BY_CODE.get(code) or BY_KIND.get(kind) or ELSE


def next_step_of_group(kind: str, code: str, *, open_ones: int, one_fix: str | None) -> str:
    """The same for a group, with the fix that an agent proposes for all of it."""
    if not open_ones:
        return "nothing: no incident of it is open"
    if one_fix:
        return f"an agent proposes the same fix for all: {one_fix} (read it, then apply it to the group)"
    return next_step(kind, code)
