"""A table's rows are replaced in the text of a pack, and nothing else is touched."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from policies_samples import pack_data, rule

from policies.errors import PackInvalid
from policies.pack_file import read_pack
from policies.pack_text import with_table
from policies.table import DecisionTable

TEXT = """\
# Who may spend what.
pack: sample
version: "1"
fields:
  a.total: {type: money, description: total}   # gross
  a.name: {type: str, description: name}
tables:
  limits:
    description: Limits by kind
    inputs:
      - {name: kind, type: str, value: a.name}
    outputs:
      - {name: limit, type: money}
    rows:
      # goods first
      - {if: [goods], then: [100]}
      - if: [service]
        then: [200]
        note: since the spring
    otherwise: [0]  # nobody else
  other:
    description: Another
    inputs: [{name: n, type: money, value: a.total}]
    outputs: [{name: m, type: int}]
    rows: [{if: ["> 5"], then: [1]}]
rules:
  - id: R-01
    at: [check]
    title: Too much
    severity: review
    when: a.total > limits.limit or other.m == 1
    message: "{a.total} is over {limits.limit}."  # for people
    source: {regulation: Law, clause: "1"}
    examples:
      - {expect: fires, given: {a.name: goods, a.total: 101}}
      - {expect: passes, given: {a.name: goods, a.total: 1}}
"""


def changed(name: str, **changes: Any) -> str:
    table = read_pack(TEXT, name="p").tables[name]
    data = table.model_dump(by_alias=True) | changes
    return with_table(TEXT, name, DecisionTable.model_validate(data), where="p")


def test_only_the_rows_of_that_table_change() -> None:
    text = changed("limits", rows=[{"if": ["goods, travel"], "then": [150], "from": "2026-01-01", "note": 'said "so"'}])
    row = '{if: ["goods, travel"], then: [150], from: 2026-01-01, note: "said \\"so\\""}'
    assert f"    rows:\n      - {row}\n    otherwise: [0]" in text
    before, after = TEXT.partition("    rows:\n      # goods")[0], TEXT.partition("otherwise: [0]")[2]
    assert text.startswith(before)
    assert text.endswith(after)


def test_what_counts_otherwise_may_come_and_go() -> None:
    assert "otherwise" not in changed("limits", otherwise=None)
    with_one = changed("other", otherwise=[7])
    assert read_pack(with_one, name="p").tables["other"].otherwise == (7,)
    assert with_one.partition("rules:")[2] == TEXT.partition("rules:")[2]


tests = st.sampled_from(["goods", "a, b", "not(x)", '"quoted, text"', "-", "# no comment", ": {x}"])


@given(
    st.lists(
        st.tuples(
            tests, st.integers(-9, 2**40), st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=6)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_rows_are_read_back_as_they_were_written(rows: list[tuple[str, int, str]]) -> None:
    data = [{"if": [test], "then": [number], "note": note} for test, number, note in rows]
    text = with_first(data)
    assert [(row.tests, row.gives, row.note) for row in read_pack(text, name="p").tables["limits"].rows] == [
        ((test,), (number,), note) for test, number, note in rows
    ]


def with_first(rows: list[dict[str, Any]]) -> str:
    text = TEXT.replace("    description: Limits by kind\n", "    description: Limits by kind\n    hit: first\n")
    table = read_pack(text, name="p").tables["limits"]
    data = table.model_dump(by_alias=True) | {"rows": rows}
    return with_table(text, "limits", DecisionTable.model_validate(data), where="p")


def test_a_pack_written_as_one_line_is_changed_too() -> None:
    table = read_pack(TEXT, name="p").tables["limits"]
    data = pack_data(rule("a.total > limits.limit"), tables={"limits": table.model_dump(by_alias=True, mode="json")})
    flow = yaml.safe_dump(data, default_flow_style=True, width=10**6)
    with pytest.raises(PackInvalid):
        with_table(flow, "limits", table.model_copy(update={"rows": table.rows[:1]}), where="p")


def test_a_table_that_is_not_there_is_named() -> None:
    table = read_pack(TEXT, name="p").tables["limits"]
    with pytest.raises(PackInvalid, match=r"has no table 'prices' \(tables: limits, other\)"):
        with_table(TEXT, "prices", table, where="p")
