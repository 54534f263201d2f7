"""Gates by what was calibrated and what the rules allow now; what an order covers; whose records count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphs.agents.gate import Gate
from graphs.calibration.calibration import Calibration, calibrate
from graphs.calibration.desk import CalibrationOrder
from graphs.calibration.gates import gate_of
from graphs.calibration.outcome import Outcome
from graphs.calibration.recorded import outcome_rows
from graphs.calibration.target import AskedClass, Target, asked_classes, target_in
from graphs.process import ProcessRegistry
from graphs.rule_shelf import ActiveRules
from graphs.store.calibration_tables import AgentCalibrationRow
from graphs.store.outcomes import DecisionEntry
from policies.fact import FactValue
from tests.support.calibrated import NEXT_PROMPT, TARGET, WITH_TARGET, asking_definition, colour, identity, outcome
from tests.support.toy import PACK, toy_rulebook

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ASKED = AskedClass(asks=colour(), packs=frozenset({"toy"}))
OF_COLOUR = TARGET.replace("agent_error_bps", "agent_error_colour_bps").replace("500", "50")
BOTH = WITH_TARGET.replace(TARGET, TARGET + OF_COLOUR)
FIVE_PERCENT = Target(bps=500)


def proven(*, target_bps: int = 500) -> Calibration:
    found = [Outcome(seq=n, case_id=f"case-{n}", raw_bps=10_000, right=True, blind=False) for n in range(400)]
    return calibrate(found, identity(), target_bps=target_bps)


def row(made: Calibration | None = None, **change: Any) -> AgentCalibrationRow:
    """The calibration as it is stored."""
    found = made or proven()
    whose = {"decision_class": "colour", "class_version": 1, "model": "m-1", "prompt_digest": found.prompt_digest}
    told = {"status": "open", "why": found.why, "digest": found.digest, **change}
    stored = found.model_dump(mode="json")
    return AgentCalibrationRow(
        id="c", tenant="acme", made_at=NOW, made_by="sven", upto_seq=1, calibration=stored, **whose, **told
    )


def gate(found: AgentCalibrationRow, target: Target = FIVE_PERCENT, asked: AskedClass = ASKED) -> Gate:
    return gate_of(identity(), {identity(): found}, asked, target)


def test_an_open_calibration_within_the_target_opens_the_gate() -> None:
    assert (gate(row()).open, gate(row()).why) == (True, proven().why)


@pytest.mark.parametrize(("target_bps", "is_open"), [(499, False), (500, True), (501, True)])
def test_a_target_stricter_than_the_calibrations_closes_the_gate(target_bps: int, is_open: bool) -> None:
    assert gate(row(), Target(bps=target_bps)).open is is_open


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (row(status="closed", why="drift: 5 of 5"), "drift: 5 of 5"),
        (row(digest="another"), "cannot be read by this release"),
        (row(calibrate([], identity(), target_bps=500)), "no reviewed decisions to learn from"),
    ],
    ids=["closed", "tampered with", "not proven"],
)
def test_a_calibration_that_proves_nothing_any_more_closes_the_gate(found: AgentCalibrationRow, told: str) -> None:
    assert (gate(found).open, told in gate(found).why) == (False, True)


def test_a_class_that_never_decides_alone_is_closed_and_still_calibrated() -> None:
    never = gate(row(), asked=AskedClass(asks=colour(alone=False), packs=frozenset({"toy"})))
    assert (never.open, never.points) == (False, proven().points)


@pytest.mark.parametrize(
    "change",
    [{"model": "m-2"}, {"prompt_digest": NEXT_PROMPT.digest}, {"class_version": 2}],
    ids=["model", "prompt", "version"],
)
def test_another_identity_begins_with_nothing(change: dict[str, Any]) -> None:
    other = gate_of(identity(**change), {identity(): row()}, ASKED, FIVE_PERCENT)
    assert (other.open, other.points, "for this model, prompt and version" in other.why) == (False, (), True)


@pytest.mark.parametrize(
    ("pack", "parameters", "bps"),
    [
        (WITH_TARGET, {}, 500),
        (WITH_TARGET, {"agent_error_bps": 200}, 200),
        (BOTH, {}, 50),
        (BOTH, {"agent_error_bps": 10}, 50),
        (BOTH, {"agent_error_colour_bps": 70}, 70),
        (WITH_TARGET, {"agent_error_bps": 0}, None),
        (WITH_TARGET, {"agent_error_bps": 10_000}, None),
        (PACK, {}, None),
    ],
)
def test_the_target_is_that_of_the_class_else_of_all_with_the_tenants_own_value(
    pack: str, parameters: dict[str, FactValue], bps: int | None
) -> None:
    target = target_in(ActiveRules(book=toy_rulebook(pack), parameters=parameters), "colour", "toy")
    assert target.bps == bps
    assert bool(target.why) is (bps is None)
    assert gate(row(), target).open is (bps == 500)


def test_the_classes_are_those_that_registered_processes_ask() -> None:
    registry = ProcessRegistry([asking_definition()])
    assert asked_classes(registry) == {("colour", 1): ASKED}


@pytest.mark.parametrize(
    ("order", "covered"),
    [
        ({}, True),
        ({"decision_class": "colour", "model": "m-1", "prompt": "colour@1"}, True),
        ({"prompt": identity().prompt_digest[:8]}, True),
        ({"prompt": identity().prompt_digest[:7]}, False),
        ({"prompt": "colour@2"}, False),
        ({"prompt": NEXT_PROMPT.digest}, False),
        ({"model": "m-2"}, False),
        ({"decision_class": "shape"}, False),
    ],
)
def test_an_order_covers_only_what_it_names(order: dict[str, Any], covered: bool) -> None:
    assert CalibrationOrder(**order).covers(identity(), ASKED) is covered


@pytest.mark.parametrize(
    "told",
    [
        outcome(raw_bps=10_001),
        outcome(raw_bps=-1),
        outcome(right="yes"),
        outcome(person=None),
        {"class": "c"},
        "red",
        [],
    ],
)
def test_an_outcome_that_is_not_whole_does_not_count(told: Any) -> None:
    entry = DecisionEntry(
        seq=1, at=NOW, kind="answer.applied", case_id="c", step="s", decision=None, outcome=told, analysis=False
    )
    assert list(outcome_rows("acme", [entry])) == []
