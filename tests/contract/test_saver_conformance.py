"""LangGraph's own suite for checkpoint savers, against the saver that keeps history."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import Capability

from graphs.runtime.history import HistorySaver
from graphs.store.database import Database
from tests.support.engine import SEAL

CAPABILITIES = sorted(capability.value for capability in Capability)


@pytest.mark.parametrize("capability", CAPABILITIES)
async def test_every_capability_is_there_and_passes_all_its_tests(database: Database, capability: str) -> None:
    @checkpointer_test(name="interlock")
    async def saver() -> AsyncGenerator[HistorySaver]:
        yield HistorySaver(database, tenant="acme", seal=SEAL)

    report = await validate(saver, capabilities={capability})
    result = report.results[capability]
    print(f"{capability}: {result.tests_passed} passed, {result.tests_failed} failed")  # noqa: T201
    assert result.failures == []
    assert (result.detected, result.passed, result.tests_failed) == (True, True, 0)
    assert result.tests_passed > 0


def test_the_suite_has_the_eight_capabilities() -> None:
    assert len(CAPABILITIES) == 8
