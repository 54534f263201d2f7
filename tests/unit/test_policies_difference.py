"""What is different from what was approved is named field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.difference import FieldChange, differences

BEFORE: dict[str, Any] = {
    "action": {"tool": "pay", "arguments": {"amount": 5, "lines": [1, 2]}},
    "facts": {"iban": "DE1", "open": True},
}


def changed(**changes: Any) -> list[tuple[str, Any, Any]]:
    return [(item.field, item.old, item.new) for item in differences(BEFORE, BEFORE | changes)]


def test_nothing_changed_is_no_difference() -> None:
    assert changed() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"facts": {"iban": "DE2", "open": True}}, [("facts.iban", "DE1", "DE2")]),
        ({"facts": {"iban": "DE1"}}, [("facts.open", True, None)]),
        ({"facts": {"iban": "DE1", "open": 1}}, [("facts.open", True, 1)]),
        ({"facts": {"iban": "DE1", "open": True, "hold": False}}, [("facts.hold", None, False)]),
        (
            {"action": {"tool": "pay", "arguments": {"amount": 5, "lines": [2, 1]}}},
            [("action.arguments.lines", [1, 2], [2, 1])],
        ),
    ],
)
def test_a_field_is_named_with_what_it_was_and_what_it_is(
    changes: dict[str, Any], found: list[tuple[str, Any, Any]]
) -> None:
    assert changed(**changes) == found


values = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(("", "p", "q"))
trees = st.dictionaries(
    st.sampled_from("abc"), values | st.dictionaries(st.sampled_from("xyz"), values, min_size=1), max_size=3
)


def known(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree by dotted name, without what is null: that says the same as what is absent."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        inner = {f"{name}.{part}": item for part, item in value.items()} if isinstance(value, dict) else {name: value}
        flat |= inner
    return {name: value for name, value in flat.items() if value is not None}


@given(trees, trees)
def test_the_differences_lead_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    reached = known(before)
    for change in differences(before, after):
        assert isinstance(change, FieldChange)
        reached.pop(change.field, None)
        if change.new is not None:
            reached[change.field] = change.new
    assert reached == known(after)
