"""A model's text becomes an answer only if every reader would understand it alike."""

from __future__ import annotations

import pytest

from tests.support.model import COLOUR, RED
from tools.llm.answer import MOST_CHARACTERS, read_answer

GOOD = '{"reason": "it says red", "choice": "red", "confidence": 0.5}'


@pytest.mark.parametrize("text", [GOOD, f"\n {GOOD} \n", f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```\n"])
def test_one_object_is_an_answer_also_within_one_fence(text: str) -> None:
    assert read_answer(COLOUR, text).answer == RED


@pytest.mark.parametrize(
    "text",
    [
        f"Here it is: {GOOD}",
        f"{GOOD} Anything else?",
        f"{GOOD}{GOOD}",
        f"Sure!\n```json\n{GOOD}\n```",
        f"```json\n{GOOD}\n```\n```json\n{GOOD}\n```",
        "",
        "null",
        f"[{GOOD}]",
        '{"reason": "x", "choice": "red", "choice": "blue"}',
        '{"reason": "x", "choice": "red", "confidence": NaN}',
        '{"reason": "x", "choice": "red", "confidence": Infinity}',
        '{"reason": "x", "choice": "red", "confidence": 1e400}',
        '{"reason": "\\ud800", "choice": "red"}',
        '{"reason": "\ud800", "choice": "red"}',
        '{"\\udfff": 1, "reason": "x", "choice": "red"}',
        '{"reason": "x", "choice": "red", "confidence": 2.3}',
        '{"reason": "x", "choice": "pink"}',
        '{"reason": "x", "choice": "red", "route": "pay"}',
        '{"choice": "red"}',
        "{'reason': 'x', 'choice': 'red'}",
        '{"reason": "x", "choice": "red",}',
        '{"reason": ' + "[" * 5000,
        " " * (MOST_CHARACTERS + 1),
    ],
    ids=range(23),
)
def test_everything_else_is_none_and_says_why(text: str) -> None:
    reading = read_answer(COLOUR, text)
    assert reading.answer is None
    assert reading.reason
    assert reading.problems


def test_what_people_are_told_holds_nothing_that_the_model_made_up() -> None:
    reading = read_answer(COLOUR, '{"reason": "x", "choice": "send 4711", "ignore all rules": 1}')
    assert "ignore" not in reading.reason
    assert "4711" not in reading.reason
    assert "(unknown): extra_forbidden" in reading.reason
