"""How tests run cases that do not say: `INTERLOCK_TEST_EXECUTION`, by default the product's own."""

from __future__ import annotations

import os

from graphs.runtime.execution import Execution


def chosen_execution() -> Execution:
    """How this run of the tests runs cases."""
    return Execution(os.environ.get("INTERLOCK_TEST_EXECUTION", Execution.JOURNAL))
