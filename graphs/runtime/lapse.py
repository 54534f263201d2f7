"""Why an approval lapsed: what was approved beside what is now, field by field.

What was approved stands in the journal, in the entry of the visit that was judged with its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from graphs.past import MIGRATED
from graphs.runtime.judged import approvals_of
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import JudgedStep
from policies.canonical import Canonical
from policies.difference import differences


async def with_difference(step: JudgedStep, outcome: StepOutcome, view: CaseView, run: Run) -> StepOutcome:
    """The outcome, whose task shows what differs from what was approved last, if that is not what is asked now."""
    if outcome.task is None:
        return outcome
    last = max(approvals_of(view, step.name), key=lambda approval: approval.at, default=None)
    if last is None or last.digest == outcome.task.digest:
        return outcome
    changes = await changes_since(last.digest, outcome.values, run)
    task = replace(outcome.task, changes=changes)
    return replace(outcome, values={**outcome.values, "changes": changes}, task=task)


async def changes_since(digest: str | None, recorded: Mapping[str, Any], run: Run) -> list[dict[str, Any]]:
    """What differs between what was judged with `digest` and what is `recorded` now: field, old, new.

    Where the values of then were erased, that alone is said; without a digest nothing was shown before.
    """
    if digest is None:
        return []
    async with run.database.unit_of_work(run.case.tenant) as unit:
        entries = await unit.audit_log.of_case(run.case.id)
    then: Mapping[str, Any] | None = None
    definition = run.definition.reference
    for entry, values in entries:
        # What was approved with edits was judged before it was asked: it stands in the entry of the answer.
        judged = values.get("approved") or values
        if judged.get("digest") == digest and judged.get("verdict"):
            then, definition = judged, run.definition.reference
        elif entry.kind == MIGRATED and then is not None and definition == run.definition.reference:
            definition = values["from"]["process"]
    if then is None:
        return [{"field": "facts", "old": "[erased]", "new": None}]
    now = judged_fields(recorded, definition=run.definition.reference)
    return [change.model_dump(mode="json") for change in differences(judged_fields(then, definition=definition), now)]


def judged_fields(recorded: Mapping[str, Any], *, definition: str) -> dict[str, Any]:
    """All that a digest covers, by field: action, facts, thresholds, rule pack, graph version."""
    verdict = recorded["verdict"]
    if isinstance(verdict, Canonical):
        verdict = orjson.loads(verdict.text)
    return {
        "action": recorded.get("action"),
        **({"performer": recorded["performer"]} if recorded.get("performer") else {}),
        "point": verdict["point"],
        "facts": verdict["facts"],
        "parameters": verdict["parameters"],
        "pack": {"name": verdict["pack"], "version": verdict["pack_version"], "digest": verdict["pack_digest"]},
        "definition": definition,
    }
