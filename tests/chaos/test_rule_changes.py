"""The rules become stricter while an effect is under way: what has happened is not asked about again."""

from __future__ import annotations

from graphs.tasks import Answer
from tests.chaos.stage import Stage
from tests.support.packs import STRICTER
from tests.support.toy import toy_rulebook

BETWEEN = "700"
"""Allowed by the usual rules, for a person by the stricter ones."""


def interrupted(stage: Stage, *, written: bool) -> str:
    """A case whose worker died in the call, before or after the target wrote; then the rules became stricter."""
    started = stage.do(stage.engine.start(key="order-1", subject=BETWEEN))
    stage.accepted["order-1"] = started.case.id
    stage.do(stage.die_at_target(started.case.id, "after" if written else "before"))
    stage.engine.rulebook = toy_rulebook(STRICTER)
    return started.case.id


def test_what_was_not_written_yet_is_judged_by_the_stricter_rules(stage: Stage) -> None:
    case_id = interrupted(stage, written=False)
    assert stage.do(stage.settle(case_id)) == "waiting"
    stage.do(stage.answer(case_id, Answer(decision="approve")))
    assert stage.do(stage.settle(case_id)) == "done"
    assert len(stage.notebook.written) == 1
    assert stage.broken() == []


def test_what_was_written_under_the_usual_rules_is_not_rejected_afterwards(stage: Stage) -> None:
    case_id = interrupted(stage, written=True)
    assert stage.do(stage.settle(case_id)) == "done"
    assert stage.broken() == []
    assert len(stage.notebook.written) == 1
