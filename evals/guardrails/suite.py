"""The suite `guardrails`: the replay of AgentDojo through the guard, and its gates."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from evals.guardrails.episode import Episode
from evals.guardrails.guard import guard_rules
from evals.guardrails.replay import PYTHON, SERVICES, ReplayFailed, Version, replay
from evals.guardrails.report import SUITE, GuardrailReport, report_on
from policies.judgement import RuleBook

WHOLE = "the whole"
STEP = 100

__all__ = ["SUITE", "run_guardrails"]


def run_guardrails(
    *,
    rules: RuleBook | None = None,
    part: int | None = None,
    services: Sequence[str] = SERVICES,
    python: Path = PYTHON,
) -> GuardrailReport:
    """Replay everything, or the fifth `part` (0..4) of the attacks, and count. Raises `ReplayFailed`.

    Tells on standard error how far it is.
    """
    episodes: list[Episode] = []
    version: Version | None = None
    for told in replay(rules or guard_rules(), part=part, services=services, python=python):
        if isinstance(told, Version):
            version = told
            continue
        episodes.append(told)
        if len(episodes) % STEP == 0:
            sys.stderr.write(f"guardrails: {len(episodes)} episodes, {told.suite}\n")
    if version is None:
        raise ReplayFailed("AgentDojo's process ended before the replay did")
    return report_on(episodes, version, part=WHOLE if part is None else f"fifth {part} (0..4) of the attacks")
