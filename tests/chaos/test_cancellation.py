"""A case is cancelled while its effect is under way: what was done is on record, what was not is never sent."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.chaos.process import STRAIGHT
from tests.chaos.stage import Stage
from tests.support.case_desk import cancel


@pytest.mark.parametrize(("dies", "status", "lines"), [("before", "planned", 0), ("after", "confirmed", 1)])
def test_a_case_cancelled_after_its_worker_died_in_the_call_says_what_the_call_did(
    stage: Stage, dies: Literal["before", "after"], status: str, lines: int
) -> None:
    case_id = stage.accepted["order-1"] = stage.do(stage.engine.start(key="order-1", subject=STRAIGHT)).case.id
    stage.do(stage.die_at_target(case_id, dies))
    stage.do(cancel(stage.engine, case_id))
    assert stage.do(stage.engine.case(case_id)).status == "compensating"
    assert stage.do(stage.settle(case_id)) == "cancelled"
    assert stage.do(stage.engine.effect_of(case_id)).status == status
    assert (len(stage.notebook.written), stage.notebook.calls) == (lines, lines)
    assert stage.broken() == []
