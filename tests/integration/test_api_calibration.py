"""Measured confidence over HTTP, and as the command line shows it."""

from __future__ import annotations

from typing import Any

import pytest

from api.cli.calibration import calibrated_fields, curve_lines, identity_fields
from tests.support.api import caller, grant
from tests.support.calibrated import Reviewed, calibrated_engine, outcome
from tests.support.engine import Engine

STATUS, CALIBRATE = "/agents/decisions/status", "/agents/decisions/calibrate"


@pytest.fixture
async def reviewed(engine: Engine) -> Reviewed:
    await grant(engine.database, "sven", "agents.calibrate")
    return Reviewed(engine=calibrated_engine(engine))


async def test_a_class_is_calibrated_and_its_standing_shown_with_its_curve(reviewed: Reviewed) -> None:
    await reviewed.review(*[outcome()] * 160, *[outcome(raw_bps=6_000, right=number % 2 == 0) for number in range(80)])
    async with caller(reviewed.engine, "sven") as sven, caller(reviewed.engine, "clara") as clara:
        made = await sven.post(CALIBRATE, json={"decision_class": "colour", "reason": "pilot"})
        status = (await clara.get(STATUS)).json()
    [one] = made.json()["calibrated"]
    [shown] = status["classes"]
    [standing] = shown["identities"]
    assert (made.status_code, one["open"], shown["autonomous"]) == (200, True, True)
    assert (standing["calibration_id"], standing["made_by"]) == (one["id"], "acme-sven")
    assert standing["curve"][0]["threshold_bps"] == standing["threshold_bps"]
    lines = list(curve_lines(standing["curve"], standing["threshold_bps"]))
    assert lines[0].endswith("0 % wrong ← threshold")
    assert lines[1].count("█") == 40, "the lowest threshold lets everything through"
    assert "100 % automatic" in lines[1]
    assert calibrated_fields(one)["gate"] == identity_fields(standing)["gate"] == "open"
    assert identity_fields(standing)["reviewed"] == "240, 0 of them blind (0 wrong)"
    assert str(calibrated_fields(one)["check"]).startswith("0 of ")


async def test_a_class_without_a_calibration_is_shown_with_the_reason(reviewed: Reviewed) -> None:
    await reviewed.review(outcome())
    async with caller(reviewed.engine, "clara") as clara:
        [shown] = (await clara.get(STATUS)).json()["classes"]
    [standing] = shown["identities"]
    assert (shown["autonomous"], shown["why"], shown["target_bps"]) == (False, "nothing has been calibrated yet", 500)
    assert identity_fields(standing) == {
        "gate": "closed",
        "why": "nothing has been calibrated yet",
        "reviewed": "1, 0 of them blind (0 wrong)",
    }
    assert list(curve_lines(standing["curve"], None)) == []


@pytest.mark.parametrize(
    ("login", "body", "status", "told"),
    [
        ("clara", {"reason": "r"}, 403, "agents.calibrate"),
        ("sven", {}, 422, "reason"),
        ("sven", {"reason": "r", "decision_class": "shape"}, 404, "no process asks 'shape'"),
        ("sven", {"reason": "r", "target_bps": 10_000}, 422, "target_bps"),
        ("sven", {"reason": "r"}, 404, "no reviewed decisions"),
    ],
)
async def test_what_cannot_be_calibrated_is_refused(
    reviewed: Reviewed, login: str, body: dict[str, Any], status: int, told: str
) -> None:
    async with caller(reviewed.engine, login) as client:
        answer = await client.post(CALIBRATE, json=body)
    assert (answer.status_code, told in answer.text) == (status, True)
