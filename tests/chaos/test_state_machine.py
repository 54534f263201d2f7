"""Triggers, crashes, answers and rule changes in any order, against a small model; the checker after each of them.

`INTERLOCK_CHAOS_EXAMPLES` and `INTERLOCK_CHAOS_STEPS` are how long the run of `make chaos` is.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from graphs.errors import TriggerMismatch
from graphs.steering import CaseNotSteerable
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.tables import Case
from graphs.tasks import Answer
from tests.chaos.model import Rules, State, after_crash
from tests.chaos.stage import Stage
from tests.support.case_desk import cancel, resume, suspend
from tests.support.engine import Engine
from tests.support.packs import STRICTER
from tests.support.toy import PACK, toy_rulebook

EXAMPLES = int(os.environ.get("INTERLOCK_CHAOS_EXAMPLES", "100"))
STEPS = int(os.environ.get("INTERLOCK_CHAOS_STEPS", "30"))
COMMON: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
PACKS: dict[Rules, str] = {"usual": PACK, "stricter": STRICTER}
STATUS = {"moving": "running"}
Order = Callable[[Engine, str], Coroutine[Any, Any, Case]]


class CaseMachine(RuleBasedStateMachine):
    """What may have become of each case, beside what has."""

    cases = Bundle("cases")
    server: EmbeddedPostgres
    template: str

    def __init__(self) -> None:
        """With an engine that has no cases."""
        super().__init__()
        self.stage = Stage.build(self.server, self.template)
        self.pack: Rules = "usual"
        self.possible: dict[str, set[State]] = {}
        self.keys: dict[str, tuple[str, int]] = {}

    @rule(target=cases, amount=st.sampled_from([300, 700, 1500, 200_000]))
    def trigger(self, amount: int) -> str:
        key = f"trigger-{uuid.uuid4()}"
        started = self.stage.do(self.stage.engine.start(key=key, subject=str(amount)))
        assert started.created
        case_id = started.case.id
        self.stage.accepted[key] = case_id
        self.keys[case_id] = (key, amount)
        self.possible[case_id] = {State(amount=amount)}
        return case_id

    @rule(case_id=cases)
    def duplicate(self, case_id: str) -> None:
        key, amount = self.keys[case_id]
        again = self.stage.do(self.stage.engine.start(key=key, subject=str(amount)))
        assert (again.created, again.case.id) == (False, case_id)
        with pytest.raises(TriggerMismatch):
            self.stage.do(self.stage.engine.start(key=key, subject=str(amount + 1)))

    @rule(case_id=cases)
    def tick(self, case_id: str) -> None:
        status = self.stage.do(self.stage.settle(case_id))
        expected = {state.settled(self.pack) for state in self.possible[case_id]}
        self.possible[case_id] = {state for state in expected if STATUS.get(state.status, state.status) == status}
        assert self.possible[case_id], f"{status}, expected {expected}"

    @rule(case_id=cases, milliseconds=st.integers(0, 60))
    def crash(self, case_id: str, milliseconds: int) -> None:
        self.stage.do(self.stage.crash(case_id, after_seconds=milliseconds / 1000))
        self.possible[case_id] = after_crash(self.possible[case_id], self.pack)

    @rule(case_id=cases, when=st.sampled_from(["before", "after"]))
    def die_at_target(self, case_id: str, when: Literal["before", "after"]) -> None:
        self.stage.do(self.stage.die_at_target(case_id, when))
        self.possible[case_id] = after_crash(self.possible[case_id], self.pack)

    @rule(case_id=cases)
    def approve(self, case_id: str) -> None:
        if self.waits(case_id):
            self.stage.do(self.stage.answer(case_id, Answer(decision="approve")))
            self.possible[case_id] = {state.approved() for state in self.possible[case_id]}

    @rule(case_id=cases)
    def reject(self, case_id: str) -> None:
        if self.waits(case_id):
            self.stage.do(self.stage.answer(case_id, Answer(decision="reject", reason="no")))
            self.tick_to(case_id, "rejected")

    def waits(self, case_id: str) -> bool:
        """Whether the case surely waits for a person."""
        return {state.status for state in self.possible[case_id]} == {"waiting"}

    def tick_to(self, case_id: str, status: Literal["rejected", "cancelled"]) -> None:
        """The case ends so, whatever happens."""
        assert self.stage.do(self.stage.settle(case_id)) == status
        self.possible[case_id] = {state.ended(status) for state in self.possible[case_id]}

    @rule()
    def change_rules(self) -> None:
        """No precondition: how far a crash lets a case come is chance, and the same draws must offer the same rules."""
        if not self.settled():
            return
        self.pack = "stricter" if self.pack == "usual" else "usual"
        self.stage.engine.rulebook = toy_rulebook(PACKS[self.pack])

    def settled(self) -> bool:
        """Whether no case may have been left in the middle of its effect."""
        return all(len(states) == 1 for states in self.possible.values())

    @rule(case_id=cases)
    def cancel(self, case_id: str) -> None:
        """Wherever the case stands: its desk takes back nothing here, but finds out what a call under way has done."""
        if self.takes(case_id, cancel):
            self.tick_to(case_id, "cancelled")

    @rule(case_id=cases)
    def suspend_and_resume(self, case_id: str) -> None:
        """A suspended case stands still; resumed, it is where it was."""
        if self.takes(case_id, suspend):
            assert self.stage.do(self.stage.settle(case_id)) == "suspended"
            self.stage.do(resume(self.stage.engine, case_id))

    def takes(self, case_id: str, order: Order) -> bool:
        """Whether the case takes the order; one that may not have ended does."""
        try:
            self.stage.do(order(self.stage.engine, case_id))
        except CaseNotSteerable:
            assert {state.status for state in self.possible[case_id]} & {"done", "rejected", "cancelled"}
            return False
        return True

    @invariant()
    def nothing_is_broken(self) -> None:
        assert self.stage.broken() == []

    def teardown(self) -> None:
        self.stage.close()


def run_machine(server: EmbeddedPostgres, template: str, **profile: Any) -> None:
    """Run the machine on clones of `template`."""
    machine = type("CaseMachine", (CaseMachine,), {"server": server, "template": template})
    run_state_machine_as_test(machine, settings=settings(**COMMON, **profile))


@pytest.mark.timeout(240)
def test_the_engine_does_what_the_model_says(server: EmbeddedPostgres, template: str) -> None:
    run_machine(server, template, max_examples=6, stateful_step_count=12, derandomize=True)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_the_engine_does_what_the_model_says_for_long(server: EmbeddedPostgres, template: str) -> None:
    run_machine(server, template, max_examples=EXAMPLES, stateful_step_count=STEPS)
