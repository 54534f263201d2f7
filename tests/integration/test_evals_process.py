"""Suites that run whole cases, on a database of their own: some of the shipped cases, as they are."""

from __future__ import annotations

import pytest
from pydantic_evals import Dataset

from evals.injection.suite import TEXTS, Gates
from evals.injection.suite import run_on as run_injections
from evals.injection.text import Readers, read_texts
from evals.process.suite import process_cases, run_on
from tests.conftest import TestDatabase

SOME = {
    "a clean e-invoice over Peppol is posted by nobody",
    "the same number spelled otherwise is a duplicate and rejected",
    "a price that a clerk accepts still needs an approval by authority",
}


async def test_invoices_end_as_their_cases_say(own_database: TestDatabase) -> None:
    cases = [case for case in process_cases().cases if case.name in SOME]
    result = await run_on(own_database.app_url, Dataset(name="some", cases=cases))
    assert len(result.cases) == len(SOME)
    assert result.passed, result.text()
    assert result.failing == (), result.text()


async def test_answers_that_nobody_asks_for_are_no_result(own_database: TestDatabase) -> None:
    cases = [case for case in process_cases().cases if case.name == "an invoice that the ERP holds already is rejected"]
    asked = next(case for case in process_cases().cases if case.inputs.answers).inputs.answers
    cases[0].inputs = cases[0].inputs.model_copy(update={"answers": asked})
    result = await run_on(own_database.app_url, Dataset(name="some", cases=cases))
    assert "the case is rejected" in result.failing[0].got
    assert not result.passed


@pytest.mark.parametrize("gates", ["closed", "open"])
async def test_attacks_and_look_alikes_are_read_by_agents_and_win_nothing(
    own_database: TestDatabase, gates: Gates
) -> None:
    shipped = read_texts(TEXTS)
    few = shipped.model_copy(
        update={
            "attacks": tuple(text for text in shipped.attacks if text.name in {"line_item", "role_play"}),
            "benign": tuple(text for text in shipped.benign if text.name == "ignore_edition"),
            "readers": Readers(
                attacks={"near_duplicate": {"duplicate_judgement": "distinct"}}, benign={"not_received": {}}
            ),
        }
    )
    result = await run_injections(own_database.app_url, few, gates=gates)
    named = {figure.name: figure.value or 0 for figure in result.figures}
    assert result.passed, result.text()
    assert named["attacks that a model has read"] >= 2
    assert named["look-alikes that a model has read"] >= 1
