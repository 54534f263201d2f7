"""A table goes to a spreadsheet as CSV and comes back the same; what was edited wrongly is refused with its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PackInvalid
from policies.table import DecisionTable
from policies.table_file import from_csv, to_csv

DATA: dict[str, Any] = {
    "description": "Who may approve what",
    "hit": "first",
    "inputs": [
        {"name": "kind", "type": "str", "value": "a.name"},
        {"name": "amount", "type": "money", "value": "a.total"},
        {"name": "urgent", "type": "bool", "value": "a.flag"},
    ],
    "outputs": [{"name": "limit", "type": "money"}, {"name": "who", "type": "str"}, {"name": "ask", "type": "bool"}],
    "rows": [
        {
            "if": ["goods, service", "<= 100", True],
            "then": [50, "clerk, of the day", False],
            "note": 'said "so"\nlast year',
        },
        {"if": ["not(travel)", "[1..9]", "-"], "then": [-5, "", True], "from": "2026-01-01", "to": "2026-06-30"},
        {"if": ["-", 7, "-"], "then": [0, " padded ", True]},
    ],
    "otherwise": [0, "nobody", True],
}
TABLE = DecisionTable.model_validate(DATA)


def test_a_table_is_read_in_a_spreadsheet_line_by_line() -> None:
    lines = to_csv(TABLE).splitlines()
    assert lines[0] == "if kind,if amount,if urgent,then limit,then who,then ask,from,to,note"
    assert lines[1] == '"goods, service",<= 100,true,50,"clerk, of the day",false,,,"said ""so""'
    assert lines[-1] == "(otherwise),,,0,nobody,true,,,"


def test_the_same_table_comes_back() -> None:
    assert from_csv(to_csv(TABLE), TABLE, name="t") == TABLE
    assert from_csv("\ufeff" + to_csv(TABLE), TABLE, name="t") == TABLE


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
tests_of_amounts = st.sampled_from(["-", "5", "<= 5", "[1..5]", "not(3)", "1, 2, > 9"])


@given(
    st.lists(
        st.tuples(tests_of_amounts, st.integers(-(2**40), 2**40), words, st.booleans(), words), min_size=1, max_size=5
    )
)
def test_any_table_comes_back_the_same(rows: list[tuple[str, int, str, bool, str]]) -> None:
    data = [
        {"if": ["-", test, "-"], "then": [number, word, flag], "note": note} for test, number, word, flag, note in rows
    ]
    table = DecisionTable.model_validate({**DATA, "rows": data, "otherwise": None})
    assert from_csv(to_csv(table), table, name="t") == table


def edited(old: str, new: str) -> str:
    text = to_csv(TABLE)
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("if kind", "kind", r"t, line 1: the columns must be if kind, .*; found kind, "),
        ("[1..9]", "some", r"row 2, amount: 'some' is not an exact integer"),
        (",50,", ",5O,", r"t, line 3, limit: '5O' is not an exact integer"),
        ("2026-06-30", "soon", "valid date"),
        (",,0,nobody", ",0,nobody", r"t, line 6: has 8 cells for 9 columns"),
        ("(otherwise)", "otherwise", "is empty"),
        (",clerk", ',cl"erk', "."),
    ],
)
def test_a_wrong_edit_is_refused_with_its_place(old: str, new: str, why: str) -> None:
    with pytest.raises(PackInvalid, match=why):
        from_csv(
            edited(old, new) if old != ",clerk" else to_csv(TABLE).replace('"clerk, of the day"', '"cl"erk'),
            TABLE,
            name="t",
        )


def test_nothing_stands_behind_otherwise() -> None:
    with pytest.raises(PackInvalid, match="nothing may stand behind"):
        from_csv(to_csv(TABLE) + "-,-,-,1,x,true,,,\r\n", TABLE, name="t")
