"""What an entry of a case's history says in a few words."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.case_history import told_of


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([], ""),
        ([{"message": "3055.00 EUR is billed."}], "3055.00 EUR is billed."),
        ([{"message": "A price is over."}, {"title": "No order"}], "A price is over. No order."),
        ([{"message": "", "title": ""}], ""),
    ],
)
def test_a_verdict_says_the_sentences_of_its_rules(findings: list[dict[str, str]], said: str) -> None:
    assert told_of("decision.judged", {"verdict": {"kind": "review", "findings": findings}}) == said


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"choice": "4711", "why": "", "status": "answered"}, "4711"),
        ({"choice": None, "why": "no model is configured", "status": "unavailable"}, "no model is configured"),
        ({"choice": None, "why": "", "status": "not_asked"}, ""),
    ],
)
def test_an_agents_step_is_its_choice_or_why_there_is_none(decision: dict[str, Any], said: str) -> None:
    assert told_of("agent.decided", {"decision": decision}) == said


def test_what_was_erased_says_nothing() -> None:
    assert told_of("decision.judged", {"verdict": None}) == ""
    assert told_of("agent.decided", {"decision": None}) == ""
